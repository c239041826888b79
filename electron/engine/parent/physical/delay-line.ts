import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import type { Alarm, Clock, Nanoseconds } from '../../clock/clock';
import type { Trace } from '../../trace/trace';

/** Bytes on their way. */
export interface DelayLineState {
  items: { due: Nanoseconds; bytes: Uint8Array; cause: number }[];
  lost: number;
}

/** Items that are under way at most; more are lost, as in a router that is overrun. */
const CAPACITY = 1024;

/** Hands bytes on after a fixed time and in order: a host that thinks before it answers, or a long way. */
export class DelayLine implements Unit<DelayLineState> {
  private state: DelayLineState = { items: [], lost: 0 };
  private readonly alarm: Alarm;

  constructor(
    private readonly clock: Clock,
    private readonly trace: Trace,
    alarmName: string,
    private readonly delay: Nanoseconds,
    private readonly output: (bytes: Uint8Array) => void,
    private readonly capacity = CAPACITY,
  ) {
    this.alarm = clock.alarm(alarmName, () => this.run());
  }

  /** The bytes belong to the line from now on. */
  push(bytes: Uint8Array): void {
    const { items } = this.state;
    if (items.length >= this.capacity) {
      this.state.lost++;
      return;
    }
    const due = this.clock.now() + this.delay;
    items.push({ due, bytes, cause: this.trace.cause });
    if (this.alarm.due === null) this.alarm.set(due);
  }

  private run(): void {
    const before = this.trace.cause;
    for (let item = this.state.items[0]; item && item.due <= this.clock.now(); item = this.state.items[0]) {
      this.state.items.shift();
      this.trace.cause = item.cause;
      this.output(item.bytes);
    }
    this.trace.cause = before;
    const next = this.state.items[0];
    if (next) this.alarm.set(next.due);
  }

  reset(): void {
    this.state = { items: [], lost: 0 };
    this.alarm.cancel();
  }

  /** The alarm is in the clock's state, not in this one. */
  save(): DelayLineState {
    return clonePlain(this.state);
  }

  restore(saved: DelayLineState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    return { underWay: this.state.items.length, lost: this.state.lost };
  }
}
