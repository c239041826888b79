/** Sizes and places that MS-VHDX fixes, and little-endian access to 64-bit fields. */

export const KB = 1024;
export const MB = 1024 * 1024;

/** All structures but payload blocks are updated in sectors of this size (MS-VHDX 2.3.1). */
export const LOG_SECTOR = 4 * KB;

export const FILE_IDENTIFIER_AT = 0;
export const HEADER_PLACES: readonly [number, number] = [64 * KB, 128 * KB];
export const REGION_TABLE_PLACES: readonly [number, number] = [192 * KB, 256 * KB];
/** The header section takes the first megabyte. */
export const FIRST_STRUCTURE_AT = MB;

/** A 64-bit field as a number; `NaN` when it is larger than any file. */
export function getU64(view: DataView, at: number): number {
  const value = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

export function setU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 2 ** 32, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function setAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

export function hasAscii(bytes: Uint8Array, at: number, text: string): boolean {
  return Array.from(text).every((letter, i) => bytes[at + i] === letter.charCodeAt(0));
}

export function alignUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
