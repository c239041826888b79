import { SECOND, type Nanoseconds } from '../clock/clock';

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
