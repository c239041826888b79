import { writeU32 } from '@engine/base/bytes';

/** INQUIRY of 36 bytes, and TEST UNIT READY. */
export const INQUIRY = [0x12, 0, 0, 0, 36, 0];
export const TUR = [0, 0, 0, 0, 0, 0];

/** Bytes of an answer as ASCII. */
export const text = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));

/** Counts and one range of many pages: struct vmbus_packet_mpb_array. */
export function rangeOf(pfns: readonly number[], bytes: number, offset = 0): Uint8Array {
  const range = new Uint8Array(16 + pfns.length * 8);
  writeU32(range, 4, 1);
  writeU32(range, 8, bytes);
  writeU32(range, 12, offset);
  pfns.forEach((pfn, i) => writeU32(range, 16 + i * 8, pfn));
  return range;
}

/** A 10-byte READ or WRITE. */
export function rw10(opcode: number, lba: number, count: number, flags = 0): number[] {
  return [opcode, flags, lba >>> 24, (lba >> 16) & 0xff, (lba >> 8) & 0xff, lba & 0xff, 0, count >> 8, count & 0xff, 0];
}
