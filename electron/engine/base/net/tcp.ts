import { readBe16, readBe32, writeBe16, writeBe32 } from '../bytes';
import type { Ipv4Address } from './address';
import { addWords, foldChecksum, pseudoHeaderSum } from './checksum';
import { IpProtocol } from './ipv4';

/** Control bits of RFC 9293, section 3.1. */
export const TcpFlag = { Fin: 0x01, Syn: 0x02, Rst: 0x04, Psh: 0x08, Ack: 0x10, Urg: 0x20 } as const;

/** Bytes of a header without options. */
export const TCP_HEADER = 20;

/** One TCP segment. Sequence numbers are 32-bit unsigned and wrap. */
export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgment: number;
  /** `TcpFlag` bits. */
  readonly flags: number;
  readonly window: number;
  /** Maximum segment size option of a SYN, or null. */
  readonly maximumSegment: number | null;
  readonly payload: Uint8Array;
}

/** Null when the header is cut off or the checksum does not fit the addresses. Options but MSS are passed over. */
export function decodeTcp(bytes: Uint8Array, source: Ipv4Address, destination: Ipv4Address): TcpSegment | null {
  const headerLength = ((bytes[12] ?? 0) >> 4) * 4;
  if (headerLength < TCP_HEADER || bytes.length < headerLength) return null;
  if (checksum(bytes, source, destination) !== 0) return null;
  return {
    sourcePort: readBe16(bytes, 0),
    destinationPort: readBe16(bytes, 2),
    sequence: readBe32(bytes, 4),
    acknowledgment: readBe32(bytes, 8),
    flags: (bytes[13] ?? 0) & 0x3f,
    window: readBe16(bytes, 14),
    maximumSegment: maximumSegmentOf(bytes.subarray(TCP_HEADER, headerLength)),
    payload: bytes.subarray(headerLength),
  };
}

/** Bytes of a segment with its checksum. */
export function encodeTcp(segment: TcpSegment, source: Ipv4Address, destination: Ipv4Address): Uint8Array {
  const headerLength = segment.maximumSegment === null ? TCP_HEADER : TCP_HEADER + 4;
  const bytes = new Uint8Array(headerLength + segment.payload.length);
  writeBe16(bytes, 0, segment.sourcePort);
  writeBe16(bytes, 2, segment.destinationPort);
  writeBe32(bytes, 4, segment.sequence);
  writeBe32(bytes, 8, segment.acknowledgment);
  bytes[12] = (headerLength / 4) << 4;
  bytes[13] = segment.flags;
  writeBe16(bytes, 14, segment.window);
  if (segment.maximumSegment !== null) {
    bytes[20] = OPTION_MSS;
    bytes[21] = 4;
    writeBe16(bytes, 22, segment.maximumSegment);
  }
  bytes.set(segment.payload, headerLength);
  writeBe16(bytes, 16, checksum(bytes, source, destination));
  return bytes;
}

const OPTION_END = 0;
const OPTION_NOTHING = 1;
const OPTION_MSS = 2;

function maximumSegmentOf(options: Uint8Array): number | null {
  for (let at = 0; at < options.length;) {
    const kind = options[at] ?? OPTION_END;
    if (kind === OPTION_END) return null;
    const length = kind === OPTION_NOTHING ? 1 : (options[at + 1] ?? 0);
    if (kind === OPTION_MSS && length === 4 && at + 4 <= options.length) return readBe16(options, at + 2);
    if (kind !== OPTION_NOTHING && length < 2) return null;
    at += length;
  }
  return null;
}

function checksum(bytes: Uint8Array, source: Ipv4Address, destination: Ipv4Address): number {
  return foldChecksum(addWords(pseudoHeaderSum(source, destination, IpProtocol.Tcp, bytes.length), bytes));
}

/** How much of the sequence space a segment takes: its bytes, and one each for SYN and FIN. */
export function sequenceLength(segment: TcpSegment): number {
  const control = (segment.flags & TcpFlag.Syn ? 1 : 0) + (segment.flags & TcpFlag.Fin ? 1 : 0);
  return segment.payload.length + control;
}

/** `a` minus `b` in the circle of sequence numbers: negative when `a` comes before `b`. */
export function sequenceDifference(a: number, b: number): number {
  return (a - b) | 0;
}

/** The answer to a segment for which there is no connection (RFC 9293, section 3.10.7.1), or null for a reset. */
export function resetFor(segment: TcpSegment): TcpSegment | null {
  if (segment.flags & TcpFlag.Rst) return null;
  const hasAck = (segment.flags & TcpFlag.Ack) !== 0;
  return {
    sourcePort: segment.destinationPort,
    destinationPort: segment.sourcePort,
    sequence: hasAck ? segment.acknowledgment : 0,
    acknowledgment: hasAck ? 0 : (segment.sequence + sequenceLength(segment)) >>> 0,
    flags: hasAck ? TcpFlag.Rst : TcpFlag.Rst | TcpFlag.Ack,
    window: 0,
    maximumSegment: null,
    payload: new Uint8Array(0),
  };
}
