import { isDeepStrictEqual } from 'node:util';
import { DEFAULT_PROCESSOR } from '@engine/hypervisor/profile';
import { PacketType } from '@engine/vmbus/protocol/packet';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import { versionsUpTo, VmbusVersion } from '@engine/vmbus/protocol/versions';
import type { VmbusServerState } from '@engine/vmbus/server/state';
import { BusRig, TestKernel, TestPages } from '../../engine/vmbus/rig';
import type { World } from '../../engine/hypervisor/rig';
import { MirrorDevice, MirrorDriver } from './devices';

export const MICROSECOND = 1_000;

/** One machine with a guest on it: devices come and go, everything can be saved and put into a new one of the same name. */
export class LifeMachine {
  rig: BusRig;
  kernel: TestKernel;
  devices: MirrorDevice[] = [];
  drivers = new Map<number, MirrorDriver>();

  private frequency = DEFAULT_PROCESSOR.tscFrequency;

  constructor(
    readonly world: World,
    readonly name: string,
    private version: number = VmbusVersion.V5_3,
  ) {
    this.rig = this.newRig();
    this.kernel = this.newKernel(new TestPages());
  }

  private newRig(): BusRig {
    this.world.clock.release(this.name);
    const processor = { ...DEFAULT_PROCESSOR, tscFrequency: this.frequency };
    return new BusRig({ world: this.world, name: this.name, vpCount: 2, processor });
  }

  private newKernel(pages: TestPages): TestKernel {
    const kernel = new TestKernel(this.rig, versionsUpTo(this.version), pages);
    kernel.bind(DeviceClass.Heartbeat, ({ relid }) => this.newDriver(relid));
    return kernel;
  }

  private newDriver(relid: number): MirrorDriver {
    const driver = new MirrorDriver(this.kernel.pages);
    this.drivers.set(relid, driver);
    return driver;
  }

  get client(): TestKernel['client'] {
    return this.kernel.client;
  }

  get bus(): VmbusServerState {
    return this.rig.server.save();
  }

  advance(microseconds: number): void {
    this.world.clock.advanceBy(microseconds * MICROSECOND);
  }

  addDevice(number: number): void {
    const device = new MirrorDevice(number);
    if (this.rig.server.add(device)) this.devices.push(device);
  }

  removeDevice(device: MirrorDevice): void {
    this.rig.server.remove(device);
    this.devices = this.devices.filter((other) => other !== device);
  }

  send(relid: number, bytes: number): void {
    this.client.channel(relid)?.send({ type: PacketType.InBand, idLow: relid, payload: new Uint8Array(bytes) });
  }

  /** Another kernel begins in the memory of the one before: it knows of nothing. `version` is its newest. */
  startKernel(version: number): void {
    this.version = version;
    this.drivers.clear();
    this.kernel = this.newKernel(new TestPages());
    this.client.connect();
  }

  /** The reset line. */
  reset(): void {
    this.rig.partition.reset();
    this.rig.server.reset();
    this.startKernel(this.version);
  }

  /** Everything that a save writes down. */
  snapshot(): LifeState {
    const { time, memory, partition, server } = this.rig;
    return {
      time: time.save(),
      memory: memory.save(),
      partition: partition.save(),
      bus: server.save(),
      client: this.client.save(),
    };
  }

  /** Saves, and restores on a host whose processors count so fast. */
  moveTo(frequency: number): void {
    this.frequency = frequency;
    this.saveAndRestore();
  }

  /** Saves, builds the machine anew and restores. False when what it would save then is not the same. */
  saveAndRestore(): boolean {
    const { pages } = this.kernel;
    const saved = this.snapshot();
    const { drivers } = this;
    this.rig = this.newRig();
    this.devices = this.devices.map(({ number }) => new MirrorDevice(number));
    for (const device of this.devices) this.rig.server.add(device);
    this.kernel = this.newKernel(pages);
    const { time, memory, partition, server } = this.rig;
    time.restore(saved.time);
    memory.restore(saved.memory);
    partition.restore(saved.partition);
    server.restore(saved.bus);
    this.client.restore(saved.client);
    this.drivers = drivers;
    for (const [relid, driver] of drivers) this.client.attach(relid, driver);
    const isSame = isDeepStrictEqual(this.snapshot(), saved);
    time.start();
    return isSame;
  }
}

type Saved<U extends { save(): unknown }> = ReturnType<U['save']>;

/** Saved state of the whole machine, and of its guest's bus driver. */
export interface LifeState {
  readonly time: Saved<BusRig['time']>;
  readonly memory: Saved<BusRig['memory']>;
  readonly partition: Saved<BusRig['partition']>;
  readonly bus: VmbusServerState;
  readonly client: Saved<TestKernel['client']>;
}
