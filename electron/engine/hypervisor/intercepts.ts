import { COST, CostMeter, type CostItem } from '../trace/cost';
import type { TraceKind } from '../trace/kinds';
import type { Trace } from '../trace/trace';

/** The accounting of one VP's crossings to the hypervisor: each is charged, recorded and the cause of what it sets off. */
export class Intercepts {
  /** Nanoseconds of host CPU charged since power-on, and how many of them have been reported. Saved by the VP. */
  spent = 0;
  reported = 0;
  readonly meter = new CostMeter();

  constructor(
    private readonly trace: Trace,
    private readonly actor: number,
  ) {}

  /**
   * Begins a crossing: returns its number as a record. Its caller remembers `trace.cause` before and puts it back afterwards, so that
   * crossings may nest.
   */
  enter(item: CostItem, kind: TraceKind, a = 0, b = 0, c = 0, d = 0): number {
    this.charge(item);
    const number = this.trace.record(this.actor, kind, a, b, c, d);
    this.trace.cause = number;
    return number;
  }

  charge(item: CostItem): void {
    this.spent += COST[item];
    this.meter.charge(item);
  }

  /** Nanoseconds charged since the last call. */
  takeSpent(): number {
    const since = this.spent - this.reported;
    this.reported = this.spent;
    return since;
  }
}
