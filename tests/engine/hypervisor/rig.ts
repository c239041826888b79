import { MmioSpace } from '@engine/bus/mmio-space';
import { PortSpace } from '@engine/bus/port-space';
import { EngineClock } from '@engine/clock/clock';
import { PartitionClock } from '@engine/clock/partition-clock';
import { Partition } from '@engine/hypervisor/partition';
import { hypervisorProfile, HYPERVISOR_PROFILES } from '@engine/hypervisor/profiles';
import { DEFAULT_PROCESSOR, type HypervisorProfile } from '@engine/hypervisor/profile';
import type { VirtualProcessor } from '@engine/hypervisor/virtual-processor';
import { SparseMemory } from '@engine/memory/sparse-memory';
import { Trace } from '@engine/trace/trace';

/** Time and trace that several partitions share. */
export interface World {
  readonly clock: EngineClock;
  readonly trace: Trace;
}

export function newWorld(): World {
  const clock = new EngineClock();
  return { clock, trace: new Trace(clock) };
}

/** A partition with all that it is given: on its own, or in a world with others. */
export class PartitionRig {
  readonly clock: EngineClock;
  readonly trace: Trace;
  readonly memory = new SparseMemory([{ start: 0, length: 64 * 2 ** 20 }]);
  readonly ports = new PortSpace();
  readonly mmio = new MmioSpace();
  readonly partition: Partition;
  /** The partition's own time, where it shares a world with others. */
  readonly time: PartitionClock;

  constructor(
    host: string | HypervisorProfile = 'ws2022',
    vpCount = 1,
    name = 'vm-1',
    world?: World,
    processor = DEFAULT_PROCESSOR,
  ) {
    const { clock, trace } = world ?? newWorld();
    this.clock = clock;
    this.trace = trace;
    const own = new PartitionClock(clock, name);
    own.start();
    this.time = own;
    this.partition = new Partition({
      id: 1,
      name,
      clock: world ? own : clock,
      trace: this.trace,
      memory: this.memory,
      ports: this.ports,
      mmio: this.mmio,
      vpCount,
      profile: typeof host === 'string' ? profileOf(host) : host,
      processor,
    });
  }

  vp(index = 0): VirtualProcessor {
    const vp = this.partition.processors[index];
    if (!vp) throw new RangeError(`no VP ${index}`);
    return vp;
  }
}

export function profileOf(host: string): HypervisorProfile {
  const profile = hypervisorProfile(host);
  if (!profile) throw new RangeError(`no profile ${host} among ${Object.keys(HYPERVISOR_PROFILES).join(' ')}`);
  return profile;
}

/** Sets up a guest's SynIC on `vp`: hypercall page at 0x1000, messages at 0x2000, flags at 0x3000, SINT 2 on vector 0xf3. */
export function enlighten(vp: VirtualProcessor, sint = 0xf3n): void {
  vp.writeMsr(0x4000_0000, 0x8100_0006_01b0_0000n);
  vp.writeMsr(0x4000_0001, 0x1001n);
  vp.writeMsr(0x4000_0083, 0x2001n);
  vp.writeMsr(0x4000_0082, 0x3001n);
  vp.writeMsr(0x4000_0092, sint);
  vp.writeMsr(0x4000_0080, 1n);
}
