import type { MmioSpace } from '../bus/mmio-space';
import type { PortSpace } from '../bus/port-space';
import type { Clock } from '../clock/clock';
import type { GuestMemory } from '../memory/guest-memory';
import type { Trace } from '../trace/trace';
import type { CpuidTable, EffectiveMasks } from './cpuid';
import type { PartitionMsrs } from './partition-msrs';

/** What a VP is given by its partition. */
export interface VpHost {
  /** Prefix of the trace actor, `vm-1`. */
  readonly name: string;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly memory: GuestMemory;
  readonly ports: PortSpace;
  readonly mmio: MmioSpace;
  readonly cpuid: CpuidTable;
  readonly masks: EffectiveMasks;
  readonly msrs: PartitionMsrs;
  readonly tscFrequency: number;
  /** Runs a hypercall: the result word. */
  call(control: bigint, input: bigint, output: bigint): bigint;
  /** A VP that was halted runs again. */
  woken(): void;
  /** A message of `port` has reached its slot. */
  delivered(port: number): void;
  /** Sends `vector` to a VP: an inter-processor interrupt through the ICR. */
  sendInterrupt(vp: number, vector: number): void;
  /** Sends `vector` to every VP except `but`. */
  broadcastInterrupt(vector: number, but: number | null): void;
}
