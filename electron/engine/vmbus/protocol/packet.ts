import { readU16, readU32, writeU16, writeU32 } from '../../base/bytes';

/** Types of packets in a ring. linux include/linux/hyperv.h, enum vmbus_packet_type. */
export const PacketType = {
  InBand: 6,
  TransferPages: 7,
  GpaDirect: 9,
  Completion: 0xb,
} as const;

/** Flag in a descriptor: the sender wants a completion packet. */
export const COMPLETION_REQUESTED = 1;

/** struct vmpacket_descriptor. */
export const DESCRIPTOR_BYTES = 16;
/** struct vmtransfer_page_packet_header without its ranges; a GPA direct packet's ranges begin at the same place. */
export const RANGES_AT = 24;
/** The u64 behind every packet. */
export const TRAILER_BYTES = 8;

/**
 * One packet as it lay in the ring. The transaction id is opaque to the receiver and returned unchanged; it is kept as two
 * halves because guests use all 64 bits of it.
 */
export interface Packet {
  readonly type: number;
  readonly flags: number;
  readonly idLow: number;
  readonly idHigh: number;
  /** Descriptor, ranges and payload, padded to eight bytes. Good until the next packet of the ring is read. */
  readonly bytes: Uint8Array;
  /** What follows the descriptor and the ranges. */
  readonly payload: Uint8Array;
}

/** What a sender gives: the rest of a packet is computed. */
export interface OutgoingPacket {
  readonly type: number;
  readonly flags?: number;
  readonly idLow: number;
  readonly idHigh?: number;
  /** Between descriptor and payload: counts and ranges, a multiple of eight bytes. */
  readonly ranges?: Uint8Array;
  readonly payload: Uint8Array;
}

/** Bytes that a packet takes in a ring, trailer included. */
export function ringBytes(packet: OutgoingPacket): number {
  return align8(DESCRIPTOR_BYTES + (packet.ranges?.length ?? 0) + packet.payload.length) + TRAILER_BYTES;
}

/**
 * Writes a packet, padded with zeros and followed by its trailer, which names the write index before it.
 * @param words where it goes, from `at` on; `bytes` is the same memory
 * @param needed what `ringBytes` says of the packet
 */
export function putPacket(
  packet: OutgoingPacket,
  writeIndex: number,
  needed: number,
  words: DataView,
  bytes: Uint8Array,
  at: number,
): void {
  const { type, flags = 0, idLow, idHigh = 0, ranges, payload } = packet;
  const length = needed - TRAILER_BYTES;
  const dataOffset = DESCRIPTOR_BYTES + (ranges === undefined ? 0 : ranges.length);
  words.setUint32(at + length - 8, 0, true); // the padding is somewhere in the last eight bytes
  words.setUint32(at + length - 4, 0, true);
  words.setUint32(at, type | ((dataOffset >> 3) << 16), true);
  words.setUint32(at + 4, (length >> 3) | (flags << 16), true);
  words.setUint32(at + 8, idLow, true);
  words.setUint32(at + 12, idHigh, true);
  if (ranges !== undefined) bytes.set(ranges, at + DESCRIPTOR_BYTES);
  bytes.set(payload, at + dataOffset);
  words.setUint32(at + length, 0, true);
  words.setUint32(at + length + 4, writeIndex, true);
}

/**
 * A packet made of its bytes, as long as the descriptor says, and the part of them behind descriptor and ranges.
 * @param words begins where `bytes` begin
 */
export function packetOf(words: DataView, bytes: Uint8Array, payload: Uint8Array): Packet {
  return {
    type: words.getUint16(0, true),
    flags: words.getUint16(6, true),
    idLow: words.getUint32(8, true),
    idHigh: words.getUint32(12, true),
    bytes,
    payload,
  };
}

/** True when the sender of `packet` waits for a completion. */
export function wantsCompletion(packet: Packet): boolean {
  return (packet.flags & COMPLETION_REQUESTED) !== 0;
}

export function align8(bytes: number): number {
  return (bytes + 7) & ~7;
}

/** Pieces of guest memory that a GPA direct packet names, in order. */
export interface MemoryPiece {
  readonly gpa: number;
  readonly length: number;
}

const MAX_RANGES = 512;
const PFN_LIMIT = 2 ** 8; // upper half of a page number: addresses stay below 2^52

/**
 * Pieces of a GPA direct packet: each range is a byte count, an offset into its first page, and as many page numbers as that
 * takes. (The page-buffer form, one page a range, is the same with one page number each.) Null when the packet is not well formed.
 */
export function gpaDirectPieces(packet: Packet): MemoryPiece[] | null {
  const { bytes } = packet;
  const end = bytes.length - packet.payload.length;
  const count = end < RANGES_AT ? MAX_RANGES + 1 : readU32(bytes, 20);
  if (count > MAX_RANGES) return null;
  const pieces: MemoryPiece[] = [];
  let at = RANGES_AT;
  for (let i = 0; i < count; i++) {
    const next = at + 8 <= end ? rangePieces(bytes, at, end, pieces) : null;
    if (next === null) return null;
    at = next;
  }
  return pieces;
}

/** Adds the pieces of the range at `at`; returns where the next one begins, or null when this one leaves the packet. */
function rangePieces(bytes: Uint8Array, at: number, end: number, pieces: MemoryPiece[]): number | null {
  const length = readU32(bytes, at);
  const offset = readU32(bytes, at + 4);
  const pages = Math.ceil((offset + length) / 4096);
  const next = at + 8 + pages * 8;
  if (offset >= 4096 || next > end) return null;
  for (let page = 0, left = length, skip = offset; page < pages; page++, skip = 0) {
    const high = readU32(bytes, at + 8 + page * 8 + 4);
    if (high >= PFN_LIMIT) return null;
    const gpa = (high * 2 ** 32 + readU32(bytes, at + 8 + page * 8)) * 4096 + skip;
    const piece = Math.min(left, 4096 - skip);
    pieces.push({ gpa, length: piece });
    left -= piece;
  }
  return next;
}

/** Counts and ranges of a GPA direct packet over contiguous memory: one page a range, as network drivers write it. */
export function encodePageRanges(gpa: number, length: number): Uint8Array {
  const pages = Math.ceil(((gpa % 4096) + length) / 4096);
  const bytes = new Uint8Array(8 + pages * 16);
  writeU32(bytes, 4, pages);
  for (let page = 0, at = gpa, left = length; page < pages; page++) {
    const piece = Math.min(left, 4096 - (at % 4096));
    const pfn = Math.floor(at / 4096);
    writeU32(bytes, 8 + page * 16, piece);
    writeU32(bytes, 12 + page * 16, at % 4096);
    writeU32(bytes, 16 + page * 16, pfn >>> 0);
    writeU32(bytes, 20 + page * 16, Math.floor(pfn / 2 ** 32));
    at += piece;
    left -= piece;
  }
  return bytes;
}

/** One piece of a pre-shared buffer: struct vmtransfer_page_range. */
export interface TransferRange {
  readonly offset: number;
  readonly length: number;
}

/** Set id, counts and ranges of a transfer-page packet. */
export function encodeTransferRanges(setId: number, ranges: readonly TransferRange[]): Uint8Array {
  const bytes = new Uint8Array(8 + ranges.length * 8);
  writeU16(bytes, 0, setId);
  writeU32(bytes, 4, ranges.length);
  ranges.forEach(({ offset, length }, i) => {
    writeU32(bytes, 8 + i * 8, length);
    writeU32(bytes, 12 + i * 8, offset);
  });
  return bytes;
}

/** Set id and ranges of a transfer-page packet; null when it is not well formed. */
export function decodeTransferRanges(packet: Packet): { setId: number; ranges: TransferRange[] } | null {
  const end = packet.bytes.length - packet.payload.length;
  const count = end < RANGES_AT ? 0 : readU32(packet.bytes, 20);
  if (end < RANGES_AT || count > (end - RANGES_AT) / 8) return null;
  const ranges = Array.from({ length: count }, (_, i) => ({
    length: readU32(packet.bytes, RANGES_AT + i * 8),
    offset: readU32(packet.bytes, RANGES_AT + i * 8 + 4),
  }));
  return { setId: readU16(packet.bytes, DESCRIPTOR_BYTES), ranges };
}
