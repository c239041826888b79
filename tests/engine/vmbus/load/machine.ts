import { isDeepStrictEqual } from 'node:util';
import type { BlockStore } from '@engine/base/block-store';
import { clonePlain } from '@engine/base/unit';
import { Netvsc } from '@engine/guest/vsc/netvsc/netvsc';
import { netvscSettings } from '@engine/guest/vsc/netvsc/settings';
import { newNetvsc, type NetvscState } from '@engine/guest/vsc/netvsc/state';
import { newStorvsc, type StorvscState } from '@engine/guest/vsc/storvsc/state';
import { Storvsc } from '@engine/guest/vsc/storvsc/storvsc';
import { Netvsp } from '@engine/parent/vsp/netvsp/netvsp';
import { diskUnit, scsiController } from '@engine/parent/vsp/storvsp/offers';
import { NvspVersion } from '@engine/vmbus/protocol/nvsp';
import { VSTOR_VERSIONS, VstorVersion } from '@engine/vmbus/protocol/vstor';
import type { World } from '../../hypervisor/rig';
import { MAC, MS, SMALL, type TestPort } from '../../parent/rig';
import { BusRig, TestKernel, TestPages } from '../rig';
import { BulkDevice, BulkDriver, type BulkState } from './bulk';

/** What outlives a machine: the wire, the disk, and the world. */
export interface Surroundings {
  readonly world: World;
  readonly port: TestPort;
  readonly disk: BlockStore;
  /** Frames that the guest's adapter has received. */
  readonly received: Uint8Array[];
}

const STREAMS = 2;
/** Packets of each stream. */
export const PACKETS = 600;
const DRIVE = '5f0a2c11-9d3e-4b52-8a77-0123456789ab';

/** What the guest's drivers remember. */
interface Drivers {
  readonly net: NetvscState;
  readonly disk: StorvscState;
  readonly streams: readonly BulkState[];
}

const freshDrivers = (): Drivers => ({
  net: newNetvsc(),
  disk: newStorvsc(),
  streams: Array.from({ length: STREAMS }, () => ({ sent: 0, received: 0, wrong: 0 })),
});

const deaf = (): void => undefined;

/** A machine with a network adapter, a SCSI disk and two streams, and a guest that keeps all of them busy. */
export class LoadMachine {
  readonly rig: BusRig;
  readonly net: Netvsc;
  readonly disk: Storvsc;
  private readonly netvsp: Netvsp;
  private readonly storvsp = scsiController('storvsp-0', '11112222-aaaa-bbbb-cccc-333344445555', VstorVersion.V6_2);
  private readonly bulk = Array.from({ length: STREAMS }, (_, i) => new BulkDevice(i));
  private readonly kernel: TestKernel;

  constructor(
    private readonly around: Surroundings,
    private readonly pages = new TestPages(),
    private readonly drivers: Drivers = freshDrivers(),
  ) {
    const { world, port, disk } = around;
    world.clock.release('loaded');
    this.rig = new BusRig({ world, name: 'loaded' });
    this.netvsp = new Netvsp({ name: 'netvsp-0', instance: 'aaaabbbb-0000-1111-2222-333344445555', mac: MAC, port });
    this.storvsp.plug(0, diskUnit(disk, DRIVE, VstorVersion.V6_2));
    for (const device of [this.netvsp, this.storvsp, ...this.bulk]) this.rig.server.add(device);
    this.kernel = new TestKernel(this.rig, undefined, pages);
    this.net = this.newNetvsc();
    this.disk = this.newStorvsc();
    drivers.streams.forEach((state, i) =>
      this.client.attach(3 + i, new BulkDriver(this.client, 3 + i, state, PACKETS)),
    );
  }

  private get client(): TestKernel['client'] {
    return this.kernel.client;
  }

  private newNetvsc(): Netvsc {
    const { pages, drivers, around } = this;
    const settings = netvscSettings(NvspVersion.V6_1, SMALL);
    const listener = { up: deaf, failed: deaf, stopped: deaf, removed: deaf };
    const common = { client: this.client, memory: this.rig.memory, pages, listener };
    const net = new Netvsc({ ...common, relid: 1, state: drivers.net, name: 'eth0', settings });
    net.setReceiver({ receive: (bytes) => around.received.push(bytes.slice()), linkChanged: deaf });
    return net;
  }

  private newStorvsc(): Storvsc {
    const { pages, drivers } = this;
    const listener = { up: deaf, failed: deaf, finished: deaf, changed: deaf, removed: deaf };
    const common = { client: this.client, memory: this.rig.memory, pages, listener };
    return new Storvsc({ ...common, relid: 2, state: drivers.disk, versions: VSTOR_VERSIONS });
  }

  /** Connects and brings everything up; the streams begin at once. */
  boot(): void {
    const { clock } = this.around.world;
    this.client.connect();
    clock.advanceBy(MS);
    this.net.start();
    this.disk.start();
    clock.advanceBy(20 * MS);
    for (let i = 0; i < STREAMS; i++) this.client.openChannel(3 + i, { sendPages: 4, receivePages: 3 });
  }

  /** Numbers of the streams: where they are, and what came back wrong. */
  get streams(): readonly BulkState[] {
    return this.drivers.streams;
  }

  /** Packets and blocks that lie in rings and queues at this moment, by channel. */
  underWay(): Readonly<Record<string, number>> {
    const streams = this.drivers.streams.map(({ sent, received }, i) => [`stream ${i}`, sent - received] as const);
    const { waiting, used } = this.drivers.net;
    const frames = waiting.length + used.reduce((sum, flag) => sum + flag, 0);
    return { ...Object.fromEntries(streams), frames, commands: this.drivers.disk.active.length };
  }

  save() {
    const { rig, netvsp, storvsp, bulk, drivers } = this;
    return {
      time: rig.time.save(),
      memory: rig.memory.save(),
      partition: rig.partition.save(),
      bus: rig.server.save(),
      netvsp: netvsp.save(),
      storvsp: storvsp.save(),
      bulk: bulk.map((device) => device.save()),
      client: this.client.save(),
      drivers: clonePlain(drivers),
    };
  }

  /** Saves, and goes on in a machine that is built anew. Throws when that one would save something else. */
  moved(): LoadMachine {
    const saved = this.save();
    const next = new LoadMachine(this.around, this.pages, clonePlain(saved.drivers));
    next.rig.time.restore(saved.time);
    next.rig.memory.restore(saved.memory);
    next.rig.partition.restore(saved.partition);
    next.rig.server.restore(saved.bus);
    next.netvsp.restore(saved.netvsp);
    next.storvsp.restore(saved.storvsp);
    next.bulk.forEach((device, i) => device.restore(saved.bulk[i] ?? { held: null }));
    next.client.restore(saved.client);
    if (!isDeepStrictEqual(next.save(), saved)) throw new Error('a restored machine saves something else');
    next.rig.time.start();
    return next;
  }
}
