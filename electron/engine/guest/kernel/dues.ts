import { SECOND } from '../../clock/clock';

/** What the protocol stack does later than this is upkeep, for which nobody waits: leases, retries. */
const ROUTINE = 60 * SECOND;

/** When a kernel goes on by itself: for what somebody waits for, and for routine. Null: not at all. */
export interface Dues {
  readonly next: number | null;
  readonly routine: number | null;
}

function earliest(times: readonly (number | null)[]): number | null {
  return times.reduce((least, time) => (time !== null && (least === null || time < least) ? time : least), null);
}

/**
 * @param wakeUps what drivers have asked for
 * @param network when the protocol stack is due
 * @param others what else is due: the end of a screen, a program
 */
export function duesOf(
  wakeUps: readonly { readonly at: number; readonly isRoutine: boolean }[],
  network: number | null,
  others: readonly (number | null)[],
  now: number,
): Dues {
  const isFar = network !== null && network - now > ROUTINE;
  const timesOf = (isRoutine: boolean): number[] =>
    wakeUps.flatMap((one) => (one.isRoutine === isRoutine ? one.at : []));
  return {
    next: earliest([...timesOf(false), ...others, isFar ? null : network]),
    routine: earliest([...timesOf(true), isFar ? network : null]),
  };
}
