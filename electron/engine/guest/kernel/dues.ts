import { SECOND } from '../../clock/clock';

/** What the protocol stack does later than this is upkeep, for which nobody waits: leases, retries. */
const ROUTINE = 60 * SECOND;

/** When a kernel goes on by itself. Null: not at all. */
export interface Dues {
  /** For what somebody waits for. */
  readonly next: number | null;
  /** For the protocol stack's upkeep. */
  readonly upkeep: number | null;
  /** For a driver's routine, which concerns nobody outside the machine. */
  readonly routine: number | null;
}

/** The earlier of two times; null is never. */
export function sooner(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null || a < b ? a : b;
}

/**
 * @param waiting the devices whose drivers have asked to be woken
 * @param network when the protocol stack is due
 * @param other when something else is due: the end of a screen, a program
 */
export function duesOf(
  waiting: readonly { readonly wakeAt: number | null; readonly isRoutine: boolean }[],
  network: number | null,
  other: number | null,
  now: number,
): Dues {
  const isFar = network !== null && network - now > ROUTINE;
  let next = isFar ? other : sooner(network, other);
  let routine: number | null = null;
  for (const { wakeAt, isRoutine } of waiting) {
    if (isRoutine) routine = sooner(routine, wakeAt);
    else next = sooner(next, wakeAt);
  }
  return { next, upkeep: isFar ? network : null, routine };
}
