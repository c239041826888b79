import type { GuestMemory } from '../memory/guest-memory';
import type { CostMeter } from '../trace/cost';
import { TraceKind } from '../trace/kinds';
import type { Trace } from '../trace/trace';

/** What a device needs to reach memory by itself. */
export interface BusMasterOptions {
  readonly memory: GuestMemory;
  readonly trace: Trace;
  /** Number of the device in the trace. */
  readonly actor: number;
  /** Charged for every transfer; the worker process does the copying. */
  readonly cost?: CostMeter;
  /** The bus master bit of the function's command register. */
  readonly enabled: () => boolean;
}

/**
 * A device's view of memory: direct memory access by a PCI bus master. A transfer that does not lie wholly in RAM ends as
 * on a real bus, with a master abort (PCI Local Bus 2.1, 3.3.3.1): the device learns of it and nothing is moved.
 */
export class BusMaster {
  constructor(private readonly options: BusMasterOptions) {}

  /** The command register allows transfers. */
  get enabled(): boolean {
    return this.options.enabled();
  }

  /** `length` bytes from `gpa`, or null after a master abort. */
  read(gpa: number, length: number): Uint8Array | null {
    if (!this.reaches(gpa, length)) return null;
    this.account(TraceKind.DmaRead, gpa, length);
    return this.options.memory.read(gpa, length);
  }

  /** False after a master abort. */
  write(gpa: number, bytes: Uint8Array): boolean {
    if (!this.reaches(gpa, bytes.length)) return false;
    this.account(TraceKind.DmaWrite, gpa, bytes.length);
    this.options.memory.write(gpa, bytes);
    return true;
  }

  private reaches(gpa: number, length: number): boolean {
    return this.options.enabled() && this.options.memory.isRam(gpa, length);
  }

  private account(kind: TraceKind, gpa: number, length: number): void {
    if (length === 0) return;
    const { trace, actor, cost } = this.options;
    trace.record(actor, kind, gpa >>> 0, length);
    cost?.charge('copyStart');
    cost?.charge('copyByte', length);
  }
}
