import { readBe32 } from '../bytes';

/** Bytes of the secret key that receive-side scaling uses. */
export const TOEPLITZ_KEY = 40;

/**
 * The Toeplitz hash of `input` (at most 36 bytes with a key of 40): each bit that is set adds the 32 bits of the key that begin at its place.
 * Microsoft, "RSS Hashing Types"; its verification suite gives the values.
 */
export function toeplitz(key: Uint8Array, input: Uint8Array): number {
  let window = readBe32(key, 0);
  let hash = 0;
  for (let i = 0; i < input.length; i++) {
    const byte = input[i] ?? 0;
    const next = key[i + 4] ?? 0;
    for (let bit = 7; bit >= 0; bit--) {
      if ((byte >>> bit) & 1) hash ^= window;
      window = (window << 1) | ((next >>> bit) & 1);
    }
  }
  return hash >>> 0;
}
