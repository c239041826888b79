const POLYNOMIAL = 0xedb8_8320; // IEEE 802.3, bits reversed

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  return crc >>> 0;
});

/** The CRC register of IEEE 802.3 after `bytes`, least significant bit first, not yet inverted. */
export function crcRegister(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0);
  return crc >>> 0;
}

/** The frame check sequence of `bytes`: the inverted register. Sent least significant byte first. */
export function frameCheck(bytes: Uint8Array): number {
  return ~crcRegister(bytes) >>> 0;
}
