import type { EngineClock } from '@engine/clock/clock';

/** Host timers as the pace uses them; tests bring their own. */
export interface Timers {
  /** Wall time in nanoseconds from any origin. */
  now(): number;
  /** Calls `run` after `milliseconds` (0: as soon as other work has had its turn); the function that comes back cancels. */
  later(run: () => void, milliseconds: number): () => void;
}

/** One slice may take this long before windows get their turn. */
const SLICE_NANOSECONDS = 8_000_000;
/** Longest sleep: long enough to be idle, short enough that a change of the wall clock is no event. */
const LONGEST_SLEEP_MS = 250;
/** When the engine is this far behind it gives up the lost time instead of running after it. */
const MOST_BEHIND_NANOSECONDS = 1_000_000_000;

/**
 * Lets engine time follow the wall clock, N times as fast, or as fast as it goes until nothing is left to wait for
 * (`instant`). Works in slices, so that the process that owns windows stays responsive.
 */
export class Pace {
  private cancel: (() => void) | null = null;
  private wallOrigin = 0;
  private engineOrigin = 0;

  constructor(
    private readonly clock: EngineClock,
    private readonly speed: 'instant' | number,
    private readonly timers: Timers,
    private readonly afterSlice: () => void,
  ) {}

  /** Call after anything from outside has entered the engine: there may be something to do at once. */
  kick(): void {
    if (this.speed !== 'instant' && this.wallOrigin === 0) this.align();
    this.schedule(0);
  }

  /** Ends all activity. */
  stop(): void {
    this.cancel?.();
    this.cancel = null;
  }

  private align(): void {
    this.wallOrigin = this.timers.now();
    this.engineOrigin = this.clock.now();
  }

  private schedule(milliseconds: number): void {
    this.cancel?.();
    this.cancel = this.timers.later(() => {
      this.cancel = null;
      this.slice();
    }, milliseconds);
  }

  private slice(): void {
    const more = this.speed === 'instant' ? this.runInstantly() : this.follow(this.speed);
    this.afterSlice();
    if (more !== null && this.cancel === null) this.schedule(more);
  }

  /** Milliseconds until the next slice, or null when the engine is idle. */
  private runInstantly(): number | null {
    const end = this.timers.now() + SLICE_NANOSECONDS;
    while (!this.clock.idle) {
      this.clock.runNext();
      if (this.timers.now() >= end) return 0;
    }
    return null;
  }

  private follow(speed: number): number | null {
    const wall = this.timers.now();
    const target = Math.floor(this.engineOrigin + (wall - this.wallOrigin) * speed);
    const end = wall + SLICE_NANOSECONDS;
    for (let due = this.clock.nextDue(); due !== null && due <= target; due = this.clock.nextDue()) {
      this.clock.runNext();
      if (this.timers.now() >= end) return this.fallBehind(target);
    }
    this.clock.advanceTo(target);
    const due = this.clock.nextDue();
    return due === null ? LONGEST_SLEEP_MS : Math.min(LONGEST_SLEEP_MS, Math.ceil((due - target) / speed / 1e6));
  }

  private fallBehind(target: number): number {
    if (target - this.clock.now() > MOST_BEHIND_NANOSECONDS) this.align();
    return 0;
  }
}

/** Timers of this process. */
export const processTimers: Timers = {
  now: () => Number(process.hrtime.bigint()),
  later: (run, milliseconds) => {
    if (milliseconds <= 0) {
      const immediate = setImmediate(run);
      return () => clearImmediate(immediate);
    }
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};
