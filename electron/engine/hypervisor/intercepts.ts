import { clonePlain, type InspectNode } from '../base/unit';
import { CostMeter, type CostItem } from '../trace/cost';
import { TraceKind } from '../trace/kinds';
import type { Trace } from '../trace/trace';

/** What each cause of an exit costs, and what it is in the trace. */
const CAUSES = {
  portRead: ['exitWorker', TraceKind.PortRead],
  portWrite: ['exitWorker', TraceKind.PortWrite],
  mmioRead: ['exitWorker', TraceKind.MmioRead],
  mmioWrite: ['exitWorker', TraceKind.MmioWrite],
  /** Guest-physical address that is neither RAM nor a device: the second-level tables have no entry. */
  unmappedRead: ['exitWorker', TraceKind.MmioRead],
  unmappedWrite: ['exitWorker', TraceKind.MmioWrite],
  cpuid: ['exitHypervisor', TraceKind.Cpuid],
  msrRead: ['exitHypervisor', TraceKind.MsrRead],
  msrWrite: ['exitHypervisor', TraceKind.MsrWrite],
  hypercall: ['hypercall', TraceKind.Hypercall],
  halt: ['exitHypervisor', TraceKind.Halt],
  /** An interrupt had to wait for a more urgent one's end: the hypervisor has itself told when it can be delivered. */
  interruptWindow: ['exitHypervisor', TraceKind.InterruptWindow],
} as const satisfies { readonly [cause: string]: readonly [CostItem, TraceKind] };

export type InterceptCause = keyof typeof CAUSES;

/** Saved accounts of one VP. */
export interface InterceptsState {
  /** Nanoseconds of host CPU charged since power-on, and how many of them have been reported. */
  spent: number;
  reported: number;
  /** How often the VP left the guest, by cause; causes that did not occur are absent. */
  exits: { [cause in InterceptCause]?: number };
}

/**
 * The accounting of one VP's crossings to the hypervisor: each is counted, charged, recorded and the cause of what it sets off. Accounts go on
 * over resets.
 */
export class Intercepts {
  private state: InterceptsState = { spent: 0, reported: 0, exits: {} };
  readonly meter = new CostMeter();

  constructor(
    private readonly trace: Trace,
    private readonly actor: number,
  ) {}

  get spent(): number {
    return this.state.spent;
  }

  /**
   * Begins a crossing: returns its number as a record. Its caller remembers `trace.cause` before and puts it back afterwards, so that
   * crossings may nest.
   */
  enter(cause: InterceptCause, a = 0, b = 0, c = 0, d = 0): number {
    const number = this.pass(cause, a, b, c, d);
    this.trace.cause = number;
    return number;
  }

  /** A crossing that sets nothing off. Returns its number as a record. */
  pass(cause: InterceptCause, a = 0, b = 0, c = 0, d = 0): number {
    const [item, kind] = CAUSES[cause];
    const { exits } = this.state;
    exits[cause] = (exits[cause] ?? 0) + 1;
    this.charge(item);
    return this.trace.record(this.actor, kind, a, b, c, d);
  }

  charge(item: CostItem): void {
    this.state.spent += this.meter.charge(item);
  }

  /** Nanoseconds charged since the last call. */
  takeSpent(): number {
    const since = this.state.spent - this.state.reported;
    this.state.reported = this.state.spent;
    return since;
  }

  /** How often the VP left the guest for `cause`. */
  count(cause: InterceptCause): number {
    return this.state.exits[cause] ?? 0;
  }

  save(): InterceptsState {
    return clonePlain(this.state);
  }

  restore(saved: InterceptsState): void {
    this.state = clonePlain(saved);
  }

  inspect(): { readonly [key: string]: InspectNode } {
    const { exits, spent } = this.state;
    const total = Object.values(exits).reduce((sum, count) => sum + count, 0);
    return { spent: Math.round(spent), cost: this.meter.inspect(), exits: { total, ...exits } };
  }
}
