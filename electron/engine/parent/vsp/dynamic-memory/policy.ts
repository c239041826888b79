/** What the settings say about a machine's memory. Megabytes, percent, 0 to 10,000. */
export interface MemoryPolicy {
  /** False: memory stays what it was at power-on, and the guest is not asked about it. */
  readonly dynamic: boolean;
  readonly minimumMB: number;
  readonly maximumMB: number;
  /** Memory that the guest is to have beyond its demand, as a share of the demand. */
  readonly bufferPercent: number;
  /** Who gets memory first when the host has too little. */
  readonly weight: number;
}

/** Guests and hosts move memory in pieces of two megabytes. */
const GRAIN = 2;
/** An excess smaller than this, and than one part in twenty of what the machine has, is left where it is [estimate]. */
const IDLE_EXCESS = 16;
const IDLE_SHARE = 20;
/** One request takes at most a tenth of a machine's memory, but not less than this [estimate]: taking goes slowly, giving at once. */
const SMALLEST_STEP = 64;

/** What a machine with this demand ought to have, in whole pieces. */
export function wantedMB({ minimumMB, maximumMB, bufferPercent }: MemoryPolicy, demandMB: number): number {
  const wanted = Math.ceil((demandMB * (100 + bufferPercent)) / 100 / GRAIN) * GRAIN;
  return Math.min(Math.max(wanted, minimumMB), maximumMB);
}

/** Megabytes to give (above 0) or to take (below 0) now, when a machine that has `assigned` may have `target`. */
export function stepMB(target: number, assigned: number): number {
  if (target >= assigned) return target - assigned;
  const excess = assigned - target;
  if (excess < IDLE_EXCESS || excess * IDLE_SHARE < assigned) return 0;
  const most = Math.max(SMALLEST_STEP, Math.floor(assigned / 10 / GRAIN) * GRAIN);
  return -Math.min(excess, most);
}

/** How the Memory Status column words a machine's memory. */
export type MemoryStatus = 'ok' | 'low' | 'warning';

/** `low`: a part of the buffer is missing; `warning`: less than the guest demands. TechNet, "Hyper-V Dynamic Memory Configuration Guide". */
export function statusOf({ bufferPercent }: MemoryPolicy, demandMB: number, assignedMB: number): MemoryStatus {
  if (assignedMB < demandMB) return 'warning';
  return assignedMB * 100 < demandMB * (100 + bufferPercent) ? 'low' : 'ok';
}
