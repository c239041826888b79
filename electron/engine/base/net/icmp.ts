import { readBe32, writeBe16, writeBe32 } from '../bytes';
import { internetChecksum } from './checksum';
import { encodeIpv4, IPV4_HEADER, type Ipv4Packet } from './ipv4';

/** Types of RFC 792. */
export const IcmpType = { EchoReply: 0, Unreachable: 3, Redirect: 5, EchoRequest: 8, TimeExceeded: 11 } as const;

/** Codes of a destination unreachable message (RFC 792; RFC 1812, 5.2.7.1). */
export const Unreachable = { Net: 0, Host: 1, Protocol: 2, Port: 3, FragmentationNeeded: 4 } as const;

/** An ICMP message: type, code, the 32 bits after the checksum, and what follows. */
export interface IcmpMessage {
  readonly type: number;
  readonly code: number;
  /** Echo: identifier and sequence number. Fragmentation needed: MTU of the next hop in the low half. */
  readonly word: number;
  readonly payload: Uint8Array;
}

const ICMP_HEADER = 8;

/** Null when the message is shorter than its header or its checksum is wrong. */
export function decodeIcmp(bytes: Uint8Array): IcmpMessage | null {
  if (bytes.length < ICMP_HEADER || internetChecksum(bytes) !== 0) return null;
  return {
    type: bytes[0] ?? 0,
    code: bytes[1] ?? 0,
    word: readBe32(bytes, 4),
    payload: bytes.subarray(ICMP_HEADER),
  };
}

export function encodeIcmp(message: IcmpMessage): Uint8Array {
  const bytes = new Uint8Array(ICMP_HEADER + message.payload.length);
  bytes[0] = message.type;
  bytes[1] = message.code;
  writeBe32(bytes, 4, message.word);
  bytes.set(message.payload, ICMP_HEADER);
  writeBe16(bytes, 2, internetChecksum(bytes));
  return bytes;
}

/** An echo request: identifier and sequence number have 16 bits each. */
export function echoRequest(identifier: number, sequence: number, payload: Uint8Array): IcmpMessage {
  const word = (((identifier & 0xffff) << 16) | (sequence & 0xffff)) >>> 0;
  return { type: IcmpType.EchoRequest, code: 0, word, payload };
}

/** The answer that an echo request asks for, or null when the message is none. */
export function echoReplyTo(message: IcmpMessage): IcmpMessage | null {
  if (message.type !== IcmpType.EchoRequest || message.code !== 0) return null;
  return { ...message, type: IcmpType.EchoReply };
}

export function echoIdentifier(message: IcmpMessage): number {
  return message.word >>> 16;
}

export function echoSequence(message: IcmpMessage): number {
  return message.word & 0xffff;
}

/** An error message about `packet`: it carries the packet's header and the first 8 bytes behind it (RFC 792). */
export function icmpError(type: number, code: number, packet: Ipv4Packet, mtu = 0): IcmpMessage {
  const about = encodeIpv4({ ...packet, payload: packet.payload.subarray(0, 8) });
  writeBe16(about, 2, IPV4_HEADER + packet.options.length + packet.payload.length);
  writeBe16(about, 10, 0);
  writeBe16(about, 10, internetChecksum(about.subarray(0, IPV4_HEADER + packet.options.length)));
  return { type, code, word: mtu & 0xffff, payload: about };
}

/** What an error message says about the packet that caused it. */
export interface IcmpErrorSubject {
  readonly source: number;
  readonly destination: number;
  readonly protocol: number;
  /** The first bytes behind the packet's IP header: 8 as a rule. */
  readonly start: Uint8Array;
}

/** Reads the packet inside an error message; its checksum is not checked, since only its beginning is there. */
export function errorSubject(message: IcmpMessage): IcmpErrorSubject | null {
  const { type, payload } = message;
  const isError = type === IcmpType.Unreachable || type === IcmpType.TimeExceeded || type === IcmpType.Redirect;
  const headerLength = ((payload[0] ?? 0) & 0xf) * 4;
  if (!isError || (payload[0] ?? 0) >> 4 !== 4 || headerLength < IPV4_HEADER || payload.length < headerLength + 8)
    return null;
  return {
    source: readBe32(payload, 12),
    destination: readBe32(payload, 16),
    protocol: payload[9] ?? 0,
    start: payload.subarray(headerLength),
  };
}
