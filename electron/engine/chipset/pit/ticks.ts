import { SECOND, type Nanoseconds } from '../../clock/clock';

/** Input of the 8254 in a PC: 14.31818 MHz divided by 12, in Hz. */
export const PIT_HZ = 1_193_182;

/** Whole periods of a `frequency` (Hz) in `duration`; exact for any duration. */
export function ticksIn(duration: Nanoseconds, frequency: number): number {
  const seconds = Math.floor(duration / SECOND);
  return seconds * frequency + Math.floor(((duration % SECOND) * frequency) / SECOND);
}

/** The first nanosecond at which `ticks` periods are over. */
export function timeOf(ticks: number, frequency: number): Nanoseconds {
  const seconds = Math.floor(ticks / frequency);
  return seconds * SECOND + Math.ceil(((ticks % frequency) * SECOND) / frequency);
}
