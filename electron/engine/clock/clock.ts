import type { InspectNode, Unit } from '../base/unit';
import { Agenda, PartitionQueue } from './agenda';
import { ClockAlarm, type AlarmKeeper } from './clock-alarm';

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
  readonly reach?: Reach;
  /** Name of the partition that the alarm belongs to: partition clocks say it. */
  readonly partition?: string;
}

/**
 * How far the effect of an alarm goes. `host` (unless said otherwise): perhaps to other partitions or to the host. `partition`: not beyond
 * its own, as when an integration component asks its guest how it is. `inherited`: as far as that of the alarm in whose handling it
 * is armed, as a guest's taking of an interrupt. It changes nothing of what happens when, only what must be waited for.
 */
export type Reach = 'host' | 'partition' | 'inherited';

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

/**
 * The engine's clock: alarms ordered by time, then by the number of the arming, so that equal times fire in the order in which they were
 * set. Time moves only in `runNext` and `advanceTo`. The latter takes one partition after the other through what stays inside it: time
 * then goes back to where the next one stands, which none of them can notice.
 */
export class EngineClock implements Clock, AlarmKeeper, Unit<ClockState> {
  private time: Nanoseconds = 0;
  private nextOrder = 1;
  private readonly agenda = new Agenda<ClockAlarm>();
  private readonly partitions = new Map<string, PartitionQueue<ClockAlarm>>(); // wiring, not state
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
    const partition = options.partition === undefined ? null : this.partitionOf(options.partition);
    const alarm = new ClockAlarm(this, name, handler, options.background ?? false, options.reach ?? 'host', partition);
    this.known.set(name, alarm);
    const awaited = this.waiting.get(name);
    this.waiting.delete(name);
    if (awaited) this.insert(alarm, awaited.due, awaited.order);
    return alarm;
  }

  private partitionOf(name: string): PartitionQueue<ClockAlarm> {
    const known = this.partitions.get(name) ?? new PartitionQueue<ClockAlarm>();
    this.partitions.set(name, known);
    return known;
  }

  /** Forgets alarms whose name is `prefix` or begins with `prefix/`: a machine's when it is taken apart. */
  release(prefix: string): void {
    this.partitions.delete(prefix);
    for (const [name, alarm] of this.known) {
      if (name === prefix || name.startsWith(`${prefix}/`)) this.forget(alarm);
    }
  }

  /** Due time of the next alarm, or null when nothing is armed. */
  nextDue(): Nanoseconds | null {
    const { nextDue } = this.agenda;
    return nextDue === Infinity ? null : nextDue;
  }

  /** True when only background alarms are armed: nothing will happen that somebody waits for. */
  get idle(): boolean {
    return this.foreground === 0;
  }

  /** Jumps to the next alarm of all and runs it. False when none is armed. */
  runNext(): boolean {
    const { foremost, firstShared } = this.agenda;
    if (foremost) this.runOwn(foremost, -Infinity);
    else if (firstShared) this.fire(firstShared);
    return foremost !== null || firstShared !== undefined;
  }

  /** Runs every alarm due up to and including `target`, then stands at `target`. */
  advanceTo(target: Nanoseconds): void {
    const { agenda } = this;
    while (agenda.nextDue <= target) {
      const { foremost, firstShared } = agenda;
      if (foremost) this.runOwn(foremost, target);
      else if (firstShared) this.fire(firstShared);
    }
    this.time = Math.max(this.time, target);
  }

  /** Runs the first alarm that `partition` has for itself, and those after it that are due by `until` and before what others may feel. */
  private runOwn(partition: PartitionQueue<ClockAlarm>, until: Nanoseconds): void {
    const { agenda } = this;
    agenda.enter(partition);
    try {
      for (let next = partition.alarms.first; next; next = agenda.nextOf(partition, until)) this.fire(next);
    } finally {
      agenda.leave();
    }
  }

  private fire(alarm: ClockAlarm): void {
    this.time = this.dueOf(alarm) ?? this.time;
    this.disarm(alarm);
    alarm.handler();
  }

  advanceBy(duration: Nanoseconds): void {
    this.advanceTo(this.time + duration);
  }

  /** @internal called by alarms */
  arm(alarm: ClockAlarm, due: Nanoseconds): void {
    if (!alarm.isForgotten) this.insert(alarm, due, this.nextOrder++);
  }

  /** @internal called by alarms */
  disarm(alarm: ClockAlarm): void {
    if (alarm.queue === null) return;
    this.agenda.disarm(alarm);
    if (!alarm.background) this.foreground--;
  }

  /** @internal called by alarms */
  dueOf({ queue, slot }: ClockAlarm): Nanoseconds | null {
    return queue === null ? null : queue.dueAt(slot);
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
    const { reach, partition } = alarm;
    if (alarm.queue === null && !alarm.background) this.foreground++;
    const isInside = partition !== null && partition === this.agenda.current;
    this.agenda.arm(alarm, reach === 'partition' || (reach === 'inherited' && isInside), due, order);
  }

  private armed(): ClockAlarm[] {
    return [...this.known.values()].filter(({ queue }) => queue !== null);
  }

  /** Back to time zero with nothing armed. */
  reset(): void {
    for (const alarm of this.armed()) this.disarm(alarm);
    this.waiting.clear();
    this.time = 0;
    this.nextOrder = 1;
  }

  save(): ClockState {
    const armed = this.armed().map(({ name, queue, slot }) => {
      return { name, due: queue?.dueAt(slot) ?? 0, order: queue?.orderAt(slot) ?? 0 };
    });
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
