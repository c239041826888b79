import type { Ipv4Address } from '../../../base/net/address';
import {
  echoIdentifier,
  echoSequence,
  errorSubject,
  IcmpType,
  Unreachable,
  type IcmpMessage,
} from '../../../base/net/icmp';
import { readBe16 } from '../../../base/bytes';
import { IpProtocol, type Ipv4Packet } from '../../../base/net/ipv4';
import type { Nanoseconds } from '../../../clock/clock';
import type { EchoState } from './net-state';

/** What a message says about the echo request that is under way; the first word counts. True when it was about it. */
export function hearEcho(echo: EchoState, message: IcmpMessage, packet: Ipv4Packet, now: Nanoseconds): boolean {
  if (echo.result !== null) return false;
  if (message.type === IcmpType.EchoReply) {
    if (echoIdentifier(message) !== echo.identifier || echoSequence(message) !== echo.sequence) return false;
    const { source: from, ttl } = packet;
    echo.result = { kind: 'reply', from, time: now - echo.sentAt, ttl, bytes: message.payload.length };
    return true;
  }
  const subject = errorSubject(message);
  if (!subject || subject.protocol !== IpProtocol.Icmp || !isAbout(echo, subject.destination, subject.start))
    return false;
  if (message.type === IcmpType.TimeExceeded) echo.result = { kind: 'expired', from: packet.source };
  else if (message.type === IcmpType.Unreachable)
    echo.result = { kind: 'unreachable', from: packet.source, code: message.code };
  return echo.result !== null;
}

/** A packet of ours was given up because nobody answered ARP. */
export function loseEcho(echo: EchoState, packet: Ipv4Packet): void {
  if (echo.result !== null || packet.protocol !== IpProtocol.Icmp) return;
  if (!isAbout(echo, packet.destination, packet.payload)) return;
  echo.result = { kind: 'unreachable', from: packet.source, code: Unreachable.Host };
}

function isAbout(echo: EchoState, destination: Ipv4Address, icmp: Uint8Array): boolean {
  const isRequest = icmp[0] === IcmpType.EchoRequest && destination === echo.destination;
  return isRequest && readBe16(icmp, 4) === echo.identifier && readBe16(icmp, 6) === echo.sequence;
}
