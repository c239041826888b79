import { SECOND, type EngineClock } from '@engine/clock/clock';

/** Time of the simulated host as management's automatic actions need it. */
export interface HostTime {
  /** Calls `run` after so many seconds of the host's time; the same `name` again replaces it. */
  later(name: string, seconds: number, run: () => void): void;
  /** Lets the host's time pass until `done` or for so many seconds; the wall clock is not waited for. */
  pass(seconds: number, done: () => boolean): void;
}

/** The engine's clock, seen so. */
export function hostTime(clock: EngineClock): HostTime {
  return {
    later: (name, seconds, run) => clock.alarm(`management/${name}`, run).set(clock.now() + seconds * SECOND),
    pass: (seconds, done) => {
      const end = clock.now() + seconds * SECOND;
      for (let due = clock.nextDue(); due !== null && due <= end && !done(); due = clock.nextDue()) clock.runNext();
    },
  };
}
