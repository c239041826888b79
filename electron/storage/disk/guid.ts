import type { DiskEnvironment } from './environment';

/**
 * GUIDs as text (lower case, no braces) and as the 16 bytes that disk formats store.
 * Two byte orders are in use: RFC 4122 order (all big-endian), and the order of the Windows GUID structure, whose first
 * three fields are little-endian (MS-DTYP, GUID--Packet Representation).
 */
const GUID_TEXT = /^\{?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\}?$/i;

/** The GUID whose bits are all zero: "none" wherever an identifier is optional. */
export const NIL_GUID = '00000000-0000-0000-0000-000000000000';

/** A new version 4 GUID (RFC 4122, section 4.4). */
export function newGuid(environment: DiskEnvironment): string {
  const bytes = environment.randomBytes(16);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x40);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  return guidFromBigEndian(bytes);
}

/** Text of 16 bytes in RFC 4122 order. */
export function guidFromBigEndian(bytes: Uint8Array): string {
  const hex = Array.from(bytes.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** Text of 16 bytes in the order of the Windows structure. */
export function guidFromMixedEndian(bytes: Uint8Array): string {
  return guidFromBigEndian(swapFields(bytes));
}

/** The 16 bytes of `guid` in RFC 4122 order. Throws a plain error when `guid` is not a GUID: that is a bug of ours. */
export function guidToBigEndian(guid: string): Uint8Array {
  const match = GUID_TEXT.exec(guid);
  if (match === null) throw new Error(`not a GUID: ${guid}`);
  const hex = match.slice(1).join('');
  return Uint8Array.from({ length: 16 }, (_, i) => parseInt(hex.slice(i * 2, i * 2 + 2), 16));
}

/** The 16 bytes of `guid` in the order of the Windows structure. */
export function guidToMixedEndian(guid: string): Uint8Array {
  return swapFields(guidToBigEndian(guid));
}

/** Lower case without braces, or undefined when `text` is not a GUID. */
export function normalizeGuid(text: string): string | undefined {
  return GUID_TEXT.exec(text)?.slice(1).join('-').toLowerCase();
}

function swapFields(bytes: Uint8Array): Uint8Array {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  return Uint8Array.from(order, (from) => bytes[from] ?? 0);
}
