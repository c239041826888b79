import { MODE } from './registers';

/** Nanoseconds of one step of the general-purpose timer, by port and its speed (21140A HRM, CSR11). */
export function timerPeriod(csr6: number): number {
  if ((csr6 & MODE.PS) === 0) return 204_800;
  return csr6 & MODE.TTM ? 819_200 : 81_920;
}

/** CSR0 19:17, how often a suspended transmit process looks at its list by itself, in nanoseconds; 0 is never. */
export function autoPollPeriod(csr0: number): number {
  const periods = [0, 200_000, 800_000, 1_600_000, 12_800, 25_600, 51_200, 102_400];
  return periods[(csr0 >>> 17) & 7] ?? 0;
}
