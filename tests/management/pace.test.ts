import { describe, expect, it } from 'vitest';
import { EngineClock, MILLISECOND, SECOND } from '@engine/clock/clock';
import { Pace, type Timers } from '../../electron/worker/pace';

/** A wall clock that a test turns; each look at it costs `cost` nanoseconds. */
class HandTimers implements Timers {
  wall = 1;
  cost = 0;
  private waiting: { at: number; run: () => void } | null = null;
  now(): number {
    return (this.wall += this.cost);
  }
  later(run: () => void, milliseconds: number): () => void {
    const mine = { at: this.wall + milliseconds * MILLISECOND, run };
    this.waiting = mine;
    return () => {
      if (this.waiting === mine) this.waiting = null;
    };
  }
  get pending(): boolean {
    return this.waiting !== null;
  }
  advance(nanoseconds: number): void {
    const end = this.wall + nanoseconds;
    while (this.waiting && this.waiting.at <= end) {
      const { at, run } = this.waiting;
      this.waiting = null;
      this.wall = Math.max(this.wall, at);
      run();
    }
    this.wall = Math.max(this.wall, end);
  }
}

function ticking(clock: EngineClock, background: boolean, times = Infinity): { count: number } {
  const seen = { count: 0 };
  const alarm = clock.alarm(
    `tick${background}`,
    () => {
      if (++seen.count < times) alarm.set(clock.now() + SECOND);
    },
    { background },
  );
  alarm.set(SECOND);
  return seen;
}

describe('pace', () => {
  it('follows the wall clock, N times as fast', () => {
    for (const speed of [1, 20]) {
      const [clock, timers] = [new EngineClock(), new HandTimers()];
      const seen = ticking(clock, true);
      const pace = new Pace(clock, speed, timers, () => undefined);
      pace.kick();
      timers.advance(10 * SECOND + MILLISECOND);
      expect(seen.count).toBe(10 * speed);
      expect(clock.now()).toBeLessThanOrEqual((10 * SECOND + 2 * MILLISECOND) * speed);
      pace.stop();
      expect(timers.pending).toBe(false);
    }
  });

  it('runs at once to the last thing that somebody waits for, and then stands still', () => {
    const [clock, timers] = [new EngineClock(), new HandTimers()];
    const heart = ticking(clock, true);
    const work = ticking(clock, false, 5);
    const pace = new Pace(clock, 'instant', timers, () => undefined);
    pace.kick();
    timers.advance(MILLISECOND);
    expect(work.count).toBe(5);
    expect(clock.now()).toBe(5 * SECOND);
    expect(heart.count).toBeLessThanOrEqual(5);
    expect(timers.pending).toBe(false);
  });

  it('yields to windows in the middle of long work', () => {
    const [clock, timers] = [new EngineClock(), new HandTimers()];
    ticking(clock, false, 100);
    let slices = 0;
    const pace = new Pace(clock, 'instant', timers, () => slices++);
    timers.cost = 2 * MILLISECOND; // each step costs as much wall time
    pace.kick();
    timers.advance(10 * SECOND);
    expect(slices).toBeGreaterThan(20);
    expect(clock.now()).toBe(100 * SECOND);
  });

  it('gives up lost time instead of running after it', () => {
    const [clock, timers] = [new EngineClock(), new HandTimers()];
    ticking(clock, true);
    const pace = new Pace(clock, 1, timers, () => undefined);
    pace.kick();
    timers.advance(MILLISECOND);
    timers.wall += 3600 * SECOND; // the computer slept
    timers.cost = 5 * MILLISECOND;
    timers.advance(10 * MILLISECOND);
    timers.cost = 0;
    timers.advance(2 * SECOND);
    expect(clock.now()).toBeLessThan(10 * SECOND);
  });
});
