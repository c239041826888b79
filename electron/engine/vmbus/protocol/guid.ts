import { readU16, readU32, writeU16, writeU32 } from '../../base/bytes';

const FORM = /^\{?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\}?$/i;

/** 16 bytes of a GUID on the wire: the first three groups little-endian, the rest as written. Zeros for a malformed text. */
export function guidBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  const match = FORM.exec(text);
  if (!match) return bytes;
  const [, a = '', b = '', c = '', d = '', e = ''] = match;
  writeU32(bytes, 0, Number.parseInt(a, 16));
  writeU16(bytes, 4, Number.parseInt(b, 16));
  writeU16(bytes, 6, Number.parseInt(c, 16));
  (d + e).match(/../g)?.forEach((pair, i) => {
    bytes[8 + i] = Number.parseInt(pair, 16);
  });
  return bytes;
}

/** Lower-case text without braces. */
export function guidText(bytes: Uint8Array, at = 0): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const tail = Array.from({ length: 8 }, (_, i) => hex(bytes[at + 8 + i] ?? 0, 2)).join('');
  const head = `${hex(readU32(bytes, at), 8)}-${hex(readU16(bytes, at + 4), 4)}-${hex(readU16(bytes, at + 6), 4)}`;
  return `${head}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}
