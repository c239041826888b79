import type { InspectNode, Unit } from '../base/unit';
import { AlarmQueue, type Queued } from './alarm-queue';

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

class ClockAlarm implements Alarm, Queued {
  slot = -1; // place in the queue, -1 when not armed
  isForgotten = false; // its owner is gone, or another alarm has its name: it cannot be armed any more

  constructor(
    private readonly clock: EngineClock,
    readonly name: string,
    readonly handler: () => void,
    readonly background: boolean,
  ) {}

  get due(): Nanoseconds | null {
    return this.clock.dueOf(this);
  }

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
 * The engine's clock: alarms in a queue ordered by time, then by the number of the arming, so that equal times fire in the order in
 * which they were set. Time moves only in `runNext` and `advanceTo`.
 */
export class EngineClock implements Clock, Unit<ClockState> {
  private time: Nanoseconds = 0;
  private nextOrder = 1;
  private readonly queue = new AlarmQueue<ClockAlarm>();
  private readonly known = new Map<string, ClockAlarm>(); // wiring, not state
  /** Armed in a restored state, for alarms that nobody has asked for yet. */
  private readonly waiting = new Map<string, { readonly due: Nanoseconds; readonly order: number }>();
  private foreground = 0;

  now(): Nanoseconds {
    return this.time;
  }

  alarm(name: string, handler: () => void, options: AlarmOptions = {}): Alarm {
    const old = this.known.get(name);
    if (old) this.forget(old);
    const alarm = new ClockAlarm(this, name, handler, options.background ?? false);
    this.known.set(name, alarm);
    const awaited = this.waiting.get(name);
    this.waiting.delete(name);
    if (awaited) this.insert(alarm, awaited.due, awaited.order);
    return alarm;
  }

  /** Forgets alarms whose name is `prefix` or begins with `prefix/`: a machine's when it is taken apart. */
  release(prefix: string): void {
    for (const [name, alarm] of this.known) {
      if (name === prefix || name.startsWith(`${prefix}/`)) this.forget(alarm);
    }
  }

  /** Due time of the next alarm, or null when nothing is armed. */
  nextDue(): Nanoseconds | null {
    return this.queue.size === 0 ? null : this.queue.dueAt(0);
  }

  /** True when only background alarms are armed: nothing will happen that somebody waits for. */
  get idle(): boolean {
    return this.foreground === 0;
  }

  /** Jumps to the next alarm and runs it. False when none is armed. */
  runNext(): boolean {
    const alarm = this.queue.first;
    if (!alarm) return false;
    this.time = Math.max(this.time, this.queue.dueAt(0));
    this.disarm(alarm);
    alarm.handler();
    return true;
  }

  /** Runs every alarm due up to and including `target`, then stands at `target`. */
  advanceTo(target: Nanoseconds): void {
    while (this.queue.dueAt(0) <= target && this.runNext());
    this.time = Math.max(this.time, target);
  }

  advanceBy(duration: Nanoseconds): void {
    this.advanceTo(this.time + duration);
  }

  /** @internal called by alarms */
  arm(alarm: ClockAlarm, due: Nanoseconds): void {
    if (alarm.isForgotten) return;
    if (alarm.slot < 0) this.insert(alarm, due, this.nextOrder++);
    else this.queue.reorder(alarm, due, this.nextOrder++);
  }

  /** @internal called by alarms */
  disarm(alarm: ClockAlarm): void {
    if (alarm.slot < 0) return;
    this.queue.remove(alarm);
    if (!alarm.background) this.foreground--;
  }

  /** @internal called by alarms */
  dueOf(alarm: ClockAlarm): Nanoseconds | null {
    return alarm.slot < 0 ? null : this.queue.dueAt(alarm.slot);
  }

  /** @internal called by alarms */
  forget(alarm: ClockAlarm): void {
    if (alarm.isForgotten) return;
    this.disarm(alarm);
    this.known.delete(alarm.name);
    alarm.isForgotten = true;
  }

  /** Names of all alarms that somebody has asked for, armed or not. */
  names(): string[] {
    return [...this.known.keys()];
  }

  private insert(alarm: ClockAlarm, due: Nanoseconds, order: number): void {
    if (!alarm.background) this.foreground++;
    this.queue.insert(alarm, due, order);
  }

  /** Back to time zero with nothing armed. */
  reset(): void {
    for (const alarm of [...this.queue.all()]) this.disarm(alarm);
    this.waiting.clear();
    this.time = 0;
    this.nextOrder = 1;
  }

  save(): ClockState {
    const { queue } = this;
    const armed = queue.all().map(({ name, slot }) => ({ name, due: queue.dueAt(slot), order: queue.orderAt(slot) }));
    return { now: this.time, nextOrder: this.nextOrder, armed: armed.sort((a, b) => a.order - b.order) };
  }

  /** Arms the saved alarms; one that nobody has asked for yet is armed when somebody does. */
  restore(saved: ClockState): void {
    this.reset();
    this.time = saved.now;
    for (const { name, due, order } of saved.armed) {
      const alarm = this.known.get(name);
      if (alarm) this.insert(alarm, due, order);
      else this.waiting.set(name, { due, order });
    }
    this.nextOrder = saved.nextOrder;
  }

  inspect(): InspectNode {
    return { now: this.time, armed: this.save().armed };
  }
}
