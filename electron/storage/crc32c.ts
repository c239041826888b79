/**
 * CRC-32C (Castagnoli), reflected, as VHDX and iSCSI use it: polynomial 0x1EDC6F41, initial value and final XOR all ones.
 * Source: RFC 3720, appendix B.4; MS-VHDX 2.2.2 names it for headers, region tables and log entries. Journals here use it too.
 */
const REFLECTED_POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ REFLECTED_POLYNOMIAL : value >>> 1;
  return value;
});

/** Checksum of `bytes`. */
export function crc32c(bytes: Uint8Array): number {
  return finish(extend(0xffffffff, bytes));
}

/** Checksum of `bytes` with the four bytes at `zeroAt` taken as zeros: where the checksum itself is stored. */
export function crc32cWithHole(bytes: Uint8Array, zeroAt: number): number {
  const before = extend(0xffffffff, bytes.subarray(0, zeroAt));
  return finish(extend(extend(before, new Uint8Array(4)), bytes.subarray(zeroAt + 4)));
}

function extend(crc: number, bytes: Uint8Array): number {
  let value = crc;
  for (const byte of bytes) value = (value >>> 8) ^ (TABLE[(value ^ byte) & 0xff] ?? 0);
  return value;
}

function finish(crc: number): number {
  return (crc ^ 0xffffffff) >>> 0;
}
