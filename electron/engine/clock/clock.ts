import type { InspectNode, Unit } from '../base/unit';

/** Nanoseconds of engine time since the host was switched on: an integer below 2^53 (104 days). */
export type Nanoseconds = number;

export const MICROSECOND = 1_000;
export const MILLISECOND = 1_000_000;
export const SECOND = 1_000_000_000;

/** A wake-up call that a unit asks for once and then arms and cancels as often as it likes. */
export interface Alarm {
  /** When it will fire, or null when it is not armed. */
  readonly due: Nanoseconds | null;
  /** Arms (or re-arms) it. A time in the past fires at the next opportunity, never inside this call. */
  set(at: Nanoseconds): void;
  cancel(): void;
  /** Forgets it for good: whoever asked for it is gone, and its name is free. */
  dispose(): void;
}

export interface AlarmOptions {
  /** Goes on for ever by itself (heartbeat, refresh): an engine with only such alarms left is idle. */
  readonly background?: boolean;
}

/** Time as a unit sees it. */
export interface Clock {
  now(): Nanoseconds;
  /**
   * @param name unique in the engine, for example `vm-3/pit/0`: saved state names alarms by it
   * @param handler called with the clock standing at the alarm's due time
   */
  alarm(name: string, handler: () => void, options?: AlarmOptions): Alarm;
}

/** Saved state: the time and every armed alarm. Handlers are wiring and are not saved. */
export interface ClockState {
  now: Nanoseconds;
  nextOrder: number;
  armed: { name: string; due: Nanoseconds; order: number }[];
}

class ClockAlarm implements Alarm {
  due: Nanoseconds | null = null;
  order = 0;
  slot = -1; // place in the heap, -1 when not armed

  constructor(
    private readonly clock: EngineClock,
    readonly name: string,
    readonly handler: () => void,
    readonly background: boolean,
  ) {}

  set(at: Nanoseconds): void {
    this.clock.arm(this, Math.max(Math.ceil(at), this.clock.now()));
  }

  cancel(): void {
    this.clock.disarm(this);
  }

  dispose(): void {
    this.clock.forget(this);
  }
}

/**
 * The engine's clock: alarms in a binary heap ordered by time, then by the number of the arming, so that equal times
 * fire in the order in which they were set. Time moves only in `runNext` and `advanceTo`.
 */
export class EngineClock implements Clock, Unit<ClockState> {
  private time: Nanoseconds = 0;
  private nextOrder = 1;
  private readonly heap: ClockAlarm[] = [];
  private readonly known = new Map<string, ClockAlarm>(); // wiring, not state
  /** Armed in a restored state, for alarms that nobody has asked for yet. */
  private readonly waiting = new Map<string, { readonly due: Nanoseconds; readonly order: number }>();
  private foreground = 0;

  now(): Nanoseconds {
    return this.time;
  }

  alarm(name: string, handler: () => void, options: AlarmOptions = {}): Alarm {
    this.release(name);
    const alarm = new ClockAlarm(this, name, handler, options.background ?? false);
    this.known.set(name, alarm);
    const awaited = this.waiting.get(name);
    this.waiting.delete(name);
    if (awaited) this.insert(Object.assign(alarm, awaited));
    return alarm;
  }

  /** Forgets alarms whose name is `prefix` or begins with `prefix/`: a machine's when it is taken apart. */
  release(prefix: string): void {
    for (const [name, alarm] of this.known) {
      if (name !== prefix && !name.startsWith(`${prefix}/`)) continue;
      this.disarm(alarm);
      this.known.delete(name);
    }
  }

  /** Due time of the next alarm, or null when nothing is armed. */
  nextDue(): Nanoseconds | null {
    return this.heap[0]?.due ?? null;
  }

  /** True when only background alarms are armed: nothing will happen that somebody waits for. */
  get idle(): boolean {
    return this.foreground === 0;
  }

  /** Jumps to the next alarm and runs it. False when none is armed. */
  runNext(): boolean {
    const alarm = this.heap[0];
    if (!alarm || alarm.due === null) return false;
    this.time = Math.max(this.time, alarm.due);
    this.disarm(alarm);
    alarm.handler();
    return true;
  }

  /** Runs every alarm due up to and including `target`, then stands at `target`. */
  advanceTo(target: Nanoseconds): void {
    for (let due = this.nextDue(); due !== null && due <= target; due = this.nextDue()) this.runNext();
    this.time = Math.max(this.time, target);
  }

  advanceBy(duration: Nanoseconds): void {
    this.advanceTo(this.time + duration);
  }

  /** @internal called by alarms */
  arm(alarm: ClockAlarm, due: Nanoseconds): void {
    this.disarm(alarm);
    if (this.known.get(alarm.name) !== alarm) return; // released: its machine is gone
    alarm.due = due;
    alarm.order = this.nextOrder++;
    this.insert(alarm);
  }

  /** @internal called by alarms */
  disarm(alarm: ClockAlarm): void {
    if (alarm.slot < 0) return;
    const slot = alarm.slot;
    const last = this.heap.pop();
    alarm.slot = -1;
    alarm.due = null;
    if (!alarm.background) this.foreground--;
    if (!last || last === alarm) return;
    this.place(last, slot);
    this.siftUp(slot);
    this.siftDown(last.slot);
  }

  /** @internal called by alarms; another alarm may have taken the name meanwhile */
  forget(alarm: ClockAlarm): void {
    this.disarm(alarm);
    if (this.known.get(alarm.name) === alarm) this.known.delete(alarm.name);
  }

  /** Names of all alarms that somebody has asked for, armed or not. */
  names(): string[] {
    return [...this.known.keys()];
  }

  private insert(alarm: ClockAlarm): void {
    if (!alarm.background) this.foreground++;
    this.place(alarm, this.heap.length);
    this.siftUp(alarm.slot);
  }

  private place(alarm: ClockAlarm, slot: number): void {
    this.heap[slot] = alarm;
    alarm.slot = slot;
  }

  private before(a: ClockAlarm, b: ClockAlarm): boolean {
    const dueA = a.due ?? 0;
    const dueB = b.due ?? 0;
    return dueA < dueB || (dueA === dueB && a.order < b.order);
  }

  private siftUp(from: number): void {
    let slot = from;
    while (slot > 0) {
      const parent = (slot - 1) >> 1;
      if (!this.swapIfBefore(slot, parent)) return;
      slot = parent;
    }
  }

  private siftDown(from: number): void {
    let slot = from;
    for (;;) {
      const left = slot * 2 + 1;
      const [a, b] = [this.heap[left], this.heap[left + 1]];
      if (!a) return;
      const child = b && this.before(b, a) ? left + 1 : left;
      if (!this.swapIfBefore(child, slot)) return;
      slot = child;
    }
  }

  private swapIfBefore(lower: number, upper: number): boolean {
    const a = this.heap[lower];
    const b = this.heap[upper];
    if (!a || !b || !this.before(a, b)) return false;
    this.place(a, upper);
    this.place(b, lower);
    return true;
  }

  /** Back to time zero with nothing armed. */
  reset(): void {
    for (const alarm of [...this.heap]) this.disarm(alarm);
    this.waiting.clear();
    this.time = 0;
    this.nextOrder = 1;
  }

  save(): ClockState {
    const armed = this.heap.map((alarm) => ({ name: alarm.name, due: alarm.due ?? 0, order: alarm.order }));
    return { now: this.time, nextOrder: this.nextOrder, armed: armed.sort((a, b) => a.order - b.order) };
  }

  /** Arms the saved alarms; one that nobody has asked for yet is armed when somebody does. */
  restore(saved: ClockState): void {
    this.reset();
    this.time = saved.now;
    for (const { name, due, order } of saved.armed) {
      const alarm = this.known.get(name);
      if (alarm) this.insert(Object.assign(alarm, { due, order }));
      else this.waiting.set(name, { due, order });
    }
    this.nextOrder = saved.nextOrder;
  }

  inspect(): InspectNode {
    return { now: this.time, armed: this.save().armed };
  }
}
