import { describe, expect, it } from 'vitest';
import {
  decodeIcmp,
  echoIdentifier,
  echoReplyTo,
  echoRequest,
  echoSequence,
  encodeIcmp,
  errorSubject,
  icmpError,
  IcmpType,
  Unreachable,
} from '@engine/base/net/icmp';
import { ipv4Packet } from '@engine/base/net/ipv4';
import { decodeTcp, encodeTcp, resetFor, sequenceDifference, TcpFlag, type TcpSegment } from '@engine/base/net/tcp';
import { decodeUdp, encodeUdp } from '@engine/base/net/udp';
import { hex, toHex } from '../../hex';

const SOURCE = 0xc0a80001;
const DESTINATION = 0xc0a800c7;

describe('ICMP', () => {
  /** An echo request of Windows' ping: identifier 1, sequence 5, the letters a to w. Checksum worked out by hand. */
  const PING = hex('0800 4d56 0001 0005 6162636465666768696a6b6c6d6e6f7071727374757677616263646566676869');

  it('reads and writes an echo request', () => {
    const message = decodeIcmp(PING);
    expect(message).toMatchObject({ type: IcmpType.EchoRequest, code: 0 });
    expect(message && [echoIdentifier(message), echoSequence(message), message.payload.length]).toEqual([1, 5, 32]);
    expect(toHex(encodeIcmp(echoRequest(1, 5, PING.subarray(8))))).toBe(toHex(PING));
  });

  it('answers an echo request with its own bytes, and nothing else', () => {
    const reply = echoReplyTo(echoRequest(0xffff, 0xfffe, PING));
    expect(reply).toMatchObject({ type: IcmpType.EchoReply, word: 0xfffffffe, payload: PING });
    expect(reply && echoReplyTo(reply)).toBeNull();
  });

  it('says in an error which packet was meant', () => {
    const packet = ipv4Packet({ source: SOURCE, destination: DESTINATION, protocol: 17, payload: PING });
    const error = decodeIcmp(encodeIcmp(icmpError(IcmpType.Unreachable, Unreachable.Port, packet)));
    expect(error?.payload.length).toBe(28);
    expect(error && errorSubject(error)).toEqual({
      source: SOURCE,
      destination: DESTINATION,
      protocol: 17,
      start: PING.subarray(0, 8),
    });
    expect(errorSubject(echoRequest(1, 1, error?.payload ?? PING))).toBeNull();
    expect(error && errorSubject({ ...error, payload: error.payload.subarray(0, 27) })).toBeNull();
  });

  it('refuses a wrong checksum and a cut header', () => {
    const wrong = PING.slice();
    wrong[9] = 0;
    expect(decodeIcmp(wrong)).toBeNull();
    expect(decodeIcmp(PING.subarray(0, 7))).toBeNull();
  });
});

describe('UDP', () => {
  const datagram = { sourcePort: 68, destinationPort: 67, payload: hex('010203') };

  it('has a checksum over the addresses', () => {
    const bytes = encodeUdp(datagram, SOURCE, DESTINATION);
    expect(toHex(bytes)).toBe('00440043000b' + sumByHand() + '010203');
    expect(decodeUdp(bytes, SOURCE, DESTINATION)).toEqual(datagram);
    expect(decodeUdp(bytes, SOURCE, DESTINATION + 1)).toBeNull();
  });

  function sumByHand(): string {
    const words = [0xc0a8, 0x0001, 0xc0a8, 0x00c7, 0x0011, 0x000b, 0x0044, 0x0043, 0x000b, 0x0102, 0x0300];
    const sum = words.reduce((a, b) => a + b, 0);
    return (~((sum & 0xffff) + (sum >>> 16)) & 0xffff).toString(16).padStart(4, '0');
  }

  it('accepts a datagram without checksum and cuts padding', () => {
    expect(decodeUdp(hex('0044 0043 000b 0000 010203 0000'), 1, 2)).toEqual(datagram);
  });

  it('refuses lengths that do not fit', () => {
    for (const text of ['0044 0043 0007 0000', '0044 0043 000c 0000 010203', '0044 0043 000b'])
      expect(decodeUdp(hex(text), 1, 2)).toBeNull();
  });
});

describe('TCP', () => {
  const syn: TcpSegment = {
    sourcePort: 40_000,
    destinationPort: 7,
    sequence: 0xfffffff0,
    acknowledgment: 0,
    flags: TcpFlag.Syn,
    window: 65_535,
    maximumSegment: 1460,
    payload: new Uint8Array(0),
  };

  it('goes to bytes and back', () => {
    const data = { ...syn, flags: TcpFlag.Ack | TcpFlag.Psh, maximumSegment: null, payload: hex('0102030405') };
    for (const segment of [syn, data])
      expect(decodeTcp(encodeTcp(segment, SOURCE, DESTINATION), SOURCE, DESTINATION)).toEqual(segment);
    expect(toHex(encodeTcp(syn, SOURCE, DESTINATION).subarray(0, 16))).toBe('9c400007fffffff00000000060' + '02ffff');
  });

  it('refuses a wrong checksum and a header that is not there', () => {
    const bytes = encodeTcp(syn, SOURCE, DESTINATION);
    expect(decodeTcp(bytes, SOURCE, DESTINATION + 1)).toBeNull();
    expect(decodeTcp(bytes.subarray(0, 19), SOURCE, DESTINATION)).toBeNull();
    bytes[12] = 0xf0;
    expect(decodeTcp(bytes, SOURCE, DESTINATION)).toBeNull();
  });

  it('resets a segment without a connection as RFC 9293 says', () => {
    expect(resetFor(syn)).toMatchObject({
      sequence: 0,
      acknowledgment: 0xfffffff1,
      flags: TcpFlag.Rst | TcpFlag.Ack,
      sourcePort: 7,
    });
    expect(resetFor({ ...syn, flags: TcpFlag.Ack, acknowledgment: 99 })).toMatchObject({
      sequence: 99,
      flags: TcpFlag.Rst,
    });
    expect(resetFor({ ...syn, flags: TcpFlag.Rst })).toBeNull();
  });

  it('compares sequence numbers in a circle', () => {
    expect([sequenceDifference(5, 0xfffffffb), sequenceDifference(0xfffffffb, 5), sequenceDifference(7, 7)]).toEqual([
      10, -10, 0,
    ]);
  });
});
