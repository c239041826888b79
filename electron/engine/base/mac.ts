/** A 48-bit Ethernet address as six bytes. */
export type MacAddress = Uint8Array;

export const BROADCAST_MAC: MacAddress = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);

/** `00-15-5D-…` in capitals with `separator` (Windows writes `-`, Linux and Hyper-V Manager `:`). */
export function macText(mac: Uint8Array, separator = '-', at = 0): string {
  return Array.from(mac.subarray(at, at + 6), (b) => b.toString(16).padStart(2, '0').toUpperCase()).join(separator);
}

/** Parses 12 hexadecimal digits with or without `-`, `:` or `.` between them; null when it is not an address. */
export function parseMac(text: string): MacAddress | null {
  const digits = text.replace(/[-:.]/g, '');
  if (!/^[0-9a-fA-F]{12}$/.test(digits)) return null;
  return Uint8Array.from({ length: 6 }, (_, i) => Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16));
}

/** An integer that is unique for the address: usable as a map key (48 bits fit a double). */
export function macKey(frame: Uint8Array, at = 0): number {
  let key = 0;
  for (let i = 0; i < 6; i++) key = key * 256 + (frame[at + i] ?? 0);
  return key;
}

/** True for multicast and broadcast addresses (IEEE 802: lowest bit of the first byte). */
export function isGroup(frame: Uint8Array, at = 0): boolean {
  return ((frame[at] ?? 0) & 1) === 1;
}
