/** Field layouts that writer and reader of ISO 9660 share. Source: ECMA-119 (4th edition), El Torito 1.0. */

export const SECTOR = 2048;
/** The first sectors belong to no volume (ECMA-119, 6.2.1: System Area). */
export const FIRST_DESCRIPTOR = 16;
export const STANDARD_ID = 'CD001';
export const EL_TORITO_ID = 'EL TORITO SPECIFICATION';

export const DescriptorType = { BOOT_RECORD: 0, PRIMARY: 1, TERMINATOR: 255 } as const;

/** Position of the boot catalogue's sector number in the boot record descriptor (El Torito, figure 7). */
export const CATALOGUE_POINTER = 0x47;

export function sectorsFor(length: number): number {
  return Math.ceil(length / SECTOR);
}

/** A 32-bit number stored in both byte orders (ECMA-119, 7.3.3). */
export function setBoth32(view: DataView, at: number, value: number): void {
  view.setUint32(at, value, true);
  view.setUint32(at + 4, value, false);
}

/** A 16-bit number stored in both byte orders (ECMA-119, 7.2.3). */
export function setBoth16(view: DataView, at: number, value: number): void {
  view.setUint16(at, value, true);
  view.setUint16(at + 2, value, false);
}

/** Text, padded with `pad` to `length` bytes and cut to it. */
export function setText(bytes: Uint8Array, at: number, length: number, text: string, pad = 0x20): void {
  bytes.fill(pad, at, at + length);
  for (let i = 0; i < Math.min(length, text.length); i++) bytes[at + i] = text.charCodeAt(i);
}

export function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
