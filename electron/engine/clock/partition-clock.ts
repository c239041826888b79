import type { InspectNode, Unit } from '../base/unit';
import type { Alarm, AlarmOptions, Clock, Nanoseconds } from './clock';

/** Saved state: partition time and what is armed, in partition time. Independent of when it is restored. */
export interface PartitionClockState {
  now: Nanoseconds;
  armed: { name: string; due: Nanoseconds }[];
}

const NOT_ARMED = Infinity;

class PartitionAlarm implements Alarm {
  at = NOT_ARMED; // partition time; a number in every case, so that arming it makes no garbage
  order = 0; // of the arming: equal times fire in this order

  constructor(
    private readonly clock: PartitionClock,
    readonly name: string,
    readonly host: Alarm,
  ) {}

  get due(): Nanoseconds | null {
    return this.at === NOT_ARMED ? null : this.at;
  }

  set(at: Nanoseconds): void {
    this.at = Math.max(Math.ceil(at), this.clock.now());
    this.order = this.clock.takeOrder();
    this.clock.rearm(this);
  }

  cancel(): void {
    if (this.at === NOT_ARMED) return;
    this.at = NOT_ARMED;
    this.host.cancel();
  }

  dispose(): void {
    this.at = NOT_ARMED;
    this.host.dispose();
    this.clock.forget(this);
  }
}

/**
 * The time of one partition: it starts at zero when the machine is switched on, stands still while the machine is
 * paused or saved, and goes on from the same value afterwards. Everything inside a machine uses this clock.
 */
export class PartitionClock implements Clock, Unit<PartitionClockState> {
  private frozen: Nanoseconds | null = 0; // partition time while it stands still
  private offset = 0; // host time minus partition time while it runs
  private readonly alarms = new Map<string, PartitionAlarm>();
  private nextOrder = 1;
  /** Armed in a restored state, for alarms that nobody has asked for yet: sub-channels come back after the clock does. */
  private readonly waiting = new Map<string, { readonly due: Nanoseconds; readonly order: number }>();

  /**
   * @param prefix unique name of the machine in the engine; names of its alarms begin with it
   * @param onFault takes what an alarm's handler throws: a bug of ours, which must end this machine and no other. Without it the
   * exception goes on to whoever runs the clock.
   */
  constructor(
    private readonly host: Clock,
    private readonly prefix: string,
    private readonly onFault: ((error: unknown) => void) | null = null,
  ) {}

  now(): Nanoseconds {
    return this.frozen ?? this.host.now() - this.offset;
  }

  get running(): boolean {
    return this.frozen === null;
  }

  alarm(name: string, handler: () => void, options?: AlarmOptions): Alarm {
    const fire = (): void => {
      alarm.at = NOT_ARMED;
      this.guard(handler);
    };
    const own = this.host.alarm(`${this.prefix}/${name}`, fire, { ...options, partition: this.prefix });
    const alarm = new PartitionAlarm(this, name, own);
    this.alarms.set(name, alarm);
    const awaited = this.waiting.get(name);
    this.waiting.delete(name);
    if (awaited) Object.assign(alarm, { at: awaited.due, order: awaited.order });
    return alarm;
  }

  /** @internal called by alarms */
  takeOrder(): number {
    return this.nextOrder++;
  }

  private guard(handler: () => void): void {
    if (this.onFault === null) return handler();
    try {
      handler();
    } catch (error) {
      this.onFault(error);
    }
  }

  /** Lets time pass; armed alarms fire when it is their turn. */
  start(): void {
    if (this.frozen === null) return;
    this.offset = this.host.now() - this.frozen;
    this.frozen = null;
    this.waiting.clear();
    for (const alarm of this.byDue()) this.rearm(alarm);
  }

  /** Stops time; armed alarms keep their due time and wait. */
  stop(): void {
    if (this.frozen !== null) return;
    this.frozen = this.now();
    for (const alarm of this.alarms.values()) alarm.host.cancel();
  }

  /** @internal called by alarms */
  rearm(alarm: PartitionAlarm): void {
    if (this.frozen === null && alarm.due !== null) alarm.host.set(alarm.due + this.offset);
  }

  /** @internal called by alarms */
  forget(alarm: PartitionAlarm): void {
    if (this.alarms.get(alarm.name) === alarm) this.alarms.delete(alarm.name);
  }

  private byDue(): PartitionAlarm[] {
    const armed = [...this.alarms.values()].filter((alarm) => alarm.due !== null);
    return armed.sort((a, b) => a.at - b.at || a.order - b.order);
  }

  reset(): void {
    for (const alarm of this.alarms.values()) alarm.cancel();
    this.waiting.clear();
    this.frozen = 0;
  }

  save(): PartitionClockState {
    return { now: this.now(), armed: this.byDue().map(({ name, at }) => ({ name, due: at })) };
  }

  /** The clock stands still afterwards; `start` lets it go on. */
  restore(saved: PartitionClockState): void {
    this.reset();
    this.frozen = saved.now;
    for (const { name, due } of saved.armed) {
      const alarm = this.alarms.get(name);
      const order = this.takeOrder();
      if (alarm) Object.assign(alarm, { at: due, order });
      else this.waiting.set(name, { due, order });
    }
  }

  inspect(): InspectNode {
    return { now: this.now(), running: this.running, armed: this.save().armed };
  }
}
