import type { Nanoseconds } from '../../clock/clock';
import { ticksIn, timeOf } from '../ticks';

/** Input of the 8254 in a PC: 14.31818 MHz divided by 12, in Hz. */
export const PIT_HZ = 1_193_182;

/**
 * One counter of an 8254 (Intel 8254 data sheet, "Mode definitions"). Nothing runs: the count and the output follow from
 * the time at which the counter was loaded. A new count takes effect at once in every mode.
 */
export interface CounterState {
  /** 0-5. */
  mode: number;
  bcd: boolean;
  /** 1 low byte, 2 high byte, 3 both, low first. */
  access: number;
  /** Ticks of one pass: 1-65,536 (10,000 in BCD); 0 until a count has been written. */
  reload: number;
  /** When the pass began. While the gate holds the counter, the ticks it had made. */
  start: Nanoseconds;
  held: number | null;
  gate: boolean;
  /** Modes 1 and 5 wait for the gate to rise. */
  triggered: boolean;
  /** First byte of a count of two bytes, until the second is written. */
  low: number | null;
  /** Latched count and status, and whether the next read gives the high byte. */
  latch: number | null;
  status: number | null;
  readsHigh: boolean;
}

export function powerOnCounter(gate: boolean): CounterState {
  return {
    mode: 3,
    bcd: false,
    access: 3,
    reload: 0,
    start: 0,
    held: null,
    gate,
    triggered: false,
    low: null,
    latch: null,
    status: null,
    readsHigh: false,
  };
}

/** A control word: access, mode and number format. The counter stands until a count is written. */
export function configure(counter: CounterState, control: number): void {
  const mode = (control >> 1) & 7;
  Object.assign(counter, powerOnCounter(counter.gate), {
    mode: mode > 5 ? mode & 3 : mode,
    bcd: (control & 1) !== 0,
    access: (control >> 4) & 3,
  });
}

const isGateTriggered = ({ mode }: CounterState): boolean => mode === 1 || mode === 5;
const isPeriodic = ({ mode }: CounterState): boolean => mode === 2 || mode === 3;

/** A byte of the count. True when it completes the count, and the counter starts. */
export function writeCount(counter: CounterState, value: number, now: Nanoseconds): boolean {
  if (counter.access === 3 && counter.low === null) {
    counter.low = value;
    return false;
  }
  const raw = counter.access === 1 ? value : counter.access === 2 ? value << 8 : (value << 8) | (counter.low ?? 0);
  counter.low = null;
  const count = counter.bcd ? fromBcd(raw) : raw;
  counter.reload = count === 0 ? (counter.bcd ? 10_000 : 0x1_0000) : count;
  counter.triggered = !isGateTriggered(counter);
  begin(counter, now);
  return true;
}

function begin(counter: CounterState, now: Nanoseconds): void {
  counter.start = now;
  counter.held = counter.gate || isGateTriggered(counter) ? null : 0;
}

/** Ticks since the pass began. */
export function elapsed(counter: CounterState, now: Nanoseconds): number {
  return counter.held ?? ticksIn(now - counter.start, PIT_HZ);
}

/** The gate input: holds the counter, or triggers it. */
export function setGate(counter: CounterState, gate: boolean, now: Nanoseconds): void {
  if (gate === counter.gate) return;
  const ticks = elapsed(counter, now);
  counter.gate = gate;
  if (isGateTriggered(counter)) {
    if (!gate || counter.reload === 0) return;
    counter.triggered = true;
    counter.start = now;
  } else if (!gate) {
    counter.held = ticks;
  } else {
    counter.held = null;
    counter.start = isPeriodic(counter) ? now : now - timeOf(ticks, PIT_HZ);
  }
}

/** Level of the output. */
export function output(counter: CounterState, now: Nanoseconds): boolean {
  const { mode, reload } = counter;
  if (reload === 0 || !counter.triggered) return mode !== 0;
  if (counter.held !== null && isPeriodic(counter)) return true;
  const ticks = elapsed(counter, now);
  if (mode === 2) return ticks % reload !== reload - 1;
  if (mode === 3) return ticks % reload < Math.ceil(reload / 2);
  if (mode === 0 || mode === 1) return ticks >= reload;
  return ticks !== reload;
}

/** Ticks from the beginning of a pass to the rising edge of the output that ends it. */
function ticksToEdge({ mode, reload }: CounterState): number {
  return mode === 4 || mode === 5 ? reload + 1 : reload;
}

/**
 * When the output rises next after `now`, or null when it never does by itself. Of periodic edges, the first one that is
 * not before `earliest`.
 */
export function nextEdge(counter: CounterState, now: Nanoseconds, earliest: Nanoseconds): Nanoseconds | null {
  if (counter.reload === 0 || !counter.triggered || counter.held !== null) return null;
  const passes = isPeriodic(counter) ? edgesUntil(counter, Math.max(now, earliest - 1)) + 1 : 1;
  const at = counter.start + timeOf(ticksToEdge(counter) * passes, PIT_HZ);
  return at > now ? at : null;
}

/** How often the output has risen since the counter was loaded. */
export function edgesUntil(counter: CounterState, now: Nanoseconds): number {
  if (counter.reload === 0 || !counter.triggered) return 0;
  const passes = Math.floor(elapsed(counter, now) / ticksToEdge(counter));
  return isPeriodic(counter) ? passes : Math.min(passes, 1);
}

/** The count as a read gives it. */
export function count(counter: CounterState, now: Nanoseconds): number {
  const { mode, reload, bcd } = counter;
  if (reload === 0) return 0;
  const ticks = counter.triggered ? elapsed(counter, now) : 0;
  const modulus = bcd ? 10_000 : 0x1_0000;
  const value =
    mode === 3 ? squareCount(reload, ticks % reload) : isPeriodic(counter) ? reload - (ticks % reload) : reload - ticks;
  const wrapped = ((value % modulus) + modulus) % modulus;
  return bcd ? toBcd(wrapped) : wrapped;
}

/** Mode 3 counts down by two, once for each half of the square wave. */
function squareCount(reload: number, phase: number): number {
  const high = Math.ceil(reload / 2);
  return (reload & ~1) - 2 * (phase < high ? phase : phase - high);
}

/** Output, null count, access, mode and format: what the read-back command latches. */
export function statusByte(counter: CounterState, now: Nanoseconds): number {
  const { access, mode, bcd, reload } = counter;
  return (output(counter, now) ? 0x80 : 0) | (reload === 0 ? 0x40 : 0) | (access << 4) | (mode << 1) | (bcd ? 1 : 0);
}

export function latchCount(counter: CounterState, now: Nanoseconds): void {
  counter.latch ??= count(counter, now);
}

export function latchStatus(counter: CounterState, now: Nanoseconds): void {
  counter.status ??= statusByte(counter, now);
}

/** A read of the counter's port: latched status first, then the latched or the running count, a byte at a time. */
export function readByte(counter: CounterState, now: Nanoseconds): number {
  if (counter.status !== null) {
    const status = counter.status;
    counter.status = null;
    return status;
  }
  const value = counter.latch ?? count(counter, now);
  const givesHigh = counter.access === 2 || (counter.access === 3 && counter.readsHigh);
  const isLastByte = counter.access !== 3 || counter.readsHigh;
  counter.readsHigh = !isLastByte;
  if (isLastByte) counter.latch = null;
  return givesHigh ? value >> 8 : value & 0xff;
}

/** Four binary-coded digits as a number. */
function fromBcd(value: number): number {
  return [12, 8, 4, 0].reduce((sum, shift) => sum * 10 + ((value >> shift) & 0xf), 0);
}

function toBcd(value: number): number {
  const digit = (unit: number): number => Math.floor(value / unit) % 10;
  return (digit(1000) << 12) | (digit(100) << 8) | (digit(10) << 4) | digit(1);
}
