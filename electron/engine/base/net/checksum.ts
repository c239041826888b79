import type { Ipv4Address } from './address';

/** Adds the 16-bit big-endian words of `bytes` to `sum`; a last odd byte counts as the high half (RFC 1071). */
export function addWords(sum: number, bytes: Uint8Array): number {
  let total = sum;
  const even = bytes.length & ~1;
  for (let i = 0; i < even; i += 2) total += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  if (even < bytes.length) total += (bytes[even] ?? 0) << 8;
  return total;
}

/** Folds a sum of words to the ones-complement checksum that a header carries. */
export function foldChecksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}

/** The Internet checksum of `bytes` (RFC 1071). Zero when `bytes` contain their own correct checksum. */
export function internetChecksum(bytes: Uint8Array): number {
  return foldChecksum(addWords(0, bytes));
}

/** What the pseudo header of UDP and TCP adds to the sum (RFC 768; RFC 9293, section 3.1). */
export function pseudoHeaderSum(
  source: Ipv4Address,
  destination: Ipv4Address,
  protocol: number,
  length: number,
): number {
  return (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff) + protocol + length;
}
