import type { Armable, PartitionQueue } from './agenda';
import type { AlarmQueue } from './alarm-queue';
import type { Alarm, Nanoseconds, Reach } from './clock';

/** The clock as its alarms use it. */
export interface AlarmKeeper {
  now(): Nanoseconds;
  arm(alarm: ClockAlarm, due: Nanoseconds): void;
  disarm(alarm: ClockAlarm): void;
  dueOf(alarm: ClockAlarm): Nanoseconds | null;
  forget(alarm: ClockAlarm): void;
}

/** An alarm of the engine's clock. */
export class ClockAlarm implements Alarm, Armable<ClockAlarm> {
  slot = -1; // place in the queue, -1 when not armed
  queue: AlarmQueue<ClockAlarm> | null = null;
  isForgotten = false; // its owner is gone, or another alarm has its name: it cannot be armed any more

  constructor(
    private readonly clock: AlarmKeeper,
    readonly name: string,
    readonly handler: () => void,
    readonly background: boolean,
    readonly reach: Reach,
    readonly partition: PartitionQueue<ClockAlarm> | null,
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
