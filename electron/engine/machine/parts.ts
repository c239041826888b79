import type { DeviceMemory } from '../bus/device-memory';
import type { MmioSpace } from '../bus/mmio-space';
import type { PortSpace } from '../bus/port-space';
import type { PartitionClock } from '../clock/partition-clock';
import type { Partition } from '../hypervisor/partition';
import type { SparseMemory } from '../memory/sparse-memory';
import type { MemoryBalancer } from '../parent/memory-balancer';
import type { CostMeter } from '../trace/cost';
import type { Trace } from '../trace/trace';
import type { Cable } from './cable';
import type { MachineDescription } from './description';
import type { ConsoleKeys } from './keys';
import type { UnitSet } from './units';

/** What the assembly hands from one step to the next. */
export interface MachineParts {
  readonly description: MachineDescription;
  /** Name in trace and inventory of actors, `vm-1`. */
  readonly name: string;
  readonly units: UnitSet;
  readonly clock: PartitionClock;
  readonly trace: Trace;
  readonly memory: SparseMemory;
  /** Memory of the video devices. */
  readonly vram: DeviceMemory;
  readonly ports: PortSpace;
  readonly mmio: MmioSpace;
  readonly partition: Partition;
  /** Account of the parent's work for this machine. */
  readonly meter: CostMeter;
  readonly keys: ConsoleKeys;
  /** The host's wall clock, milliseconds since 1970 read as local time. */
  readonly wallClock: () => number;
  /** Divides the host's memory between its machines. */
  readonly balancer?: MemoryBalancer;
  /** Hosts since Windows Server 2012 give a machine a generation counter. */
  readonly generationCounter: boolean;
  cableOf(adapterId: string): Cable;
  requestReset(): void;
  requestPowerOff(): void;
  /** The guest has taken the disc out of a DVD drive. */
  discEjected(driveId: string): void;
}
