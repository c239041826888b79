import { describe, expect, it } from 'vitest';
import { crc32c, crc32cWithHole } from '../../electron/storage/crc32c';
import { pattern } from './support';

describe('CRC-32C', () => {
  // RFC 3720, appendix B.4: CRC examples.
  it.each([
    ['32 bytes of zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['bytes that count up', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['bytes that count down', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    ['the digits 1 to 9', new TextEncoder().encode('123456789'), 0xe3069283],
  ])('of %s', (_what, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  it('takes the stored checksum as zeros', () => {
    const bytes = pattern(100, 1);
    const zeroed = bytes.slice();
    zeroed.fill(0, 4, 8);
    expect(crc32cWithHole(bytes, 4)).toBe(crc32c(zeroed));
    expect(crc32cWithHole(bytes, 4)).not.toBe(crc32c(bytes));
  });
});
