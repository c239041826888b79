import { MemoryBlockStore } from '@engine/base/memory-block-store';
import type { Random } from '@engine/base/random';
import type { Partition } from '@engine/hypervisor/partition';
import { Machine } from '@engine/machine/machine';
import { DvdUnit } from '@engine/parent/vsp/storvsp/dvd-unit';
import { diskUnit, ideAccelerator, scsiController } from '@engine/parent/vsp/storvsp/offers';
import { VstorVersion } from '@engine/vmbus/protocol/vstor';
import type { World } from '../../engine/hypervisor/rig';
import { adapter, describe1 } from '../../engine/machine/lab';
import { TestPort } from '../../engine/parent/rig';
import { BusRig } from '../../engine/vmbus/rig';
import { chance } from './mutate';

/** The host gives and takes, as the guest says that it needs. */
const MEMORY = { dynamic: true, minimumMB: 32, maximumMB: 256, bufferPercent: 20, weight: 5000 };

/** What a hostile guest stands on. */
export interface Victim {
  readonly partition: Partition;
  /** The other side is not idle meanwhile. */
  act(random: Random): void;
  /** Throws what went wrong in it; it can be looked into and saved at any time. */
  check(): void;
}

const smallDisk = (): MemoryBlockStore => new MemoryBlockStore({ sectorCount: 4096 });

/**
 * A whole machine as it is put together for use, with every synthetic device that it has. Its own guest is never started. Frames come
 * in, keys are struck, a shutdown is asked for, somebody looks at the screen.
 */
class MachineVictim implements Victim {
  private readonly machine: Machine;
  private readonly port = new TestPort();
  private fault: unknown = null;

  constructor(world: World, generation: 1 | 2) {
    const description = describe1({ generation, memoryMB: 64, memory: MEMORY, adapters: [adapter('synthetic')] });
    this.machine = new Machine('victim', description, {
      clock: world.clock,
      trace: world.trace,
      wallClock: () => 0,
      poweredOff: () => undefined,
      faulted: (error) => (this.fault ??= error),
    });
    this.machine.plug(adapter('synthetic').id, this.port);
    this.machine.resume();
  }

  get partition(): Partition {
    return this.machine.partition;
  }

  act(random: Random): void {
    const { machine, port } = this;
    const roll = random.below(6);
    if (roll === 0) machine.services.requestShutdown();
    else if (roll === 1)
      machine.press({ code: random.below(128), extended: chance(random, 20), down: chance(random, 50) });
    else if (roll === 2) machine.watch(chance(random, 50));
    else if (roll === 3) port.plug(chance(random, 80));
    else if (roll === 4)
      machine.point({
        x: random.below(0x8000),
        y: random.below(0x8000),
        dx: 0,
        dy: 0,
        wheel: 0,
        buttons: random.below(8),
      });
    else for (let left = random.below(8); left > 0; left--) port.give(random.bytes(60 + random.below(1500)));
  }

  check(): void {
    this.machine.inspect();
    this.machine.save();
    if (this.fault) throw this.fault;
  }
}

export const wholeMachine =
  (generation: 1 | 2) =>
  (world: World): Victim =>
    new MachineVictim(world, generation);

/** A partition with storage providers: a SCSI controller with a disk and a drive, and the accelerator of an IDE disk. */
class StorageVictim implements Victim {
  private readonly rig: BusRig;
  private readonly scsi = scsiController('scsi-0', 'bbbbbbbb-2222-4333-8444-555555555501', VstorVersion.V6_2);
  private readonly drive = new DvdUnit(smallDisk());
  private readonly ide = ideAccelerator(
    'ide-0',
    { channel: 0, device: 0 },
    diskUnit(smallDisk(), 'c', VstorVersion.V6_2),
    VstorVersion.V6_2,
  );

  constructor(world: World) {
    this.rig = new BusRig({ world, name: 'victim' });
    this.scsi.plug(0, diskUnit(smallDisk(), 'a', VstorVersion.V6_2));
    this.scsi.plug(1, this.drive);
    for (const device of [this.scsi, this.ide]) this.rig.server.add(device);
  }

  get partition(): Partition {
    return this.rig.partition;
  }

  /** Discs are changed, disks come and go. */
  act(random: Random): void {
    const roll = random.below(3);
    if (roll === 0) this.drive.setDisc(chance(random, 50) ? smallDisk() : null);
    else if (roll === 1) this.scsi.plug(2, diskUnit(smallDisk(), 'b', VstorVersion.V6_2));
    else this.scsi.unplug(2);
  }

  check(): void {
    for (const unit of [this.scsi, this.ide, this.rig.server]) {
      unit.inspect();
      unit.save();
    }
  }
}

export const storageProviders = (world: World): Victim => new StorageVictim(world);
