import { readU64 } from '../base/bytes';
import { HvStatus } from './hypercall';

const SPARSE = 0n; // HV_GENERIC_SET_SPARSE_4K
const ALL = 1n; // HV_GENERIC_SET_ALL
const BANK = 64; // processors in a bank

/** Format u64, valid banks u64: before the banks themselves. */
export const VP_SET_HEADER = 16;

/** The processors of a mask, from `first` on, as far as there are any. */
export function maskedVps(mask: bigint, vpCount: number, first = 0): number[] {
  const members: number[] = [];
  for (let vp = first, rest = mask; rest !== 0n && vp < vpCount; vp++, rest >>= 1n)
    if ((rest & 1n) === 1n) members.push(vp);
  return members;
}

/**
 * The processors of a set at `at` of an input block that has `banks` banks: one u64 for each bit of the mask of valid banks, or none for the
 * set of all. A status when it does not hold together. TLFS, "Sparse Virtual Processor Set".
 */
export function readVpSet(bytes: Uint8Array, at: number, banks: number, vpCount: number): number[] | HvStatus {
  const [format, valid] = [readU64(bytes, at), readU64(bytes, at + 8)];
  if (format === ALL) return maskedVps((1n << BigInt(vpCount)) - 1n, vpCount);
  if (format !== SPARSE) return HvStatus.InvalidParameter;
  const numbers = maskedVps(valid, BANK);
  if (numbers.length !== banks) return HvStatus.InvalidHypercallInput;
  return numbers.flatMap((bank, i) => maskedVps(readU64(bytes, at + VP_SET_HEADER + i * 8), vpCount, bank * BANK));
}
