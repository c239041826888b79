import type { BlockStore } from '../base/block-store';
import type { FramePort, KeyEvent, PointerEvent } from '../base/backends';
import type { InspectNode } from '../base/unit';
import type { Alarm, EngineClock } from '../clock/clock';
import { PartitionClock } from '../clock/partition-clock';
import type { ModelGuest } from '../guest/model-guest';
import type { Partition } from '../hypervisor/partition';
import type { MemoryBalancer, MemoryMember } from '../parent/memory-balancer';
import { CostMeter } from '../trace/cost';
import { TraceKind } from '../trace/kinds';
import type { Trace } from '../trace/trace';
import type { DesktopAction, GuestScreen } from '@shared/model/guest-view';
import type { SyntheticAdapters } from './adapters';
import { Cable } from './cable';
import type { AdapterDescription, MachineDescription } from './description';
import { fixedMemory } from './dynamic-memory';
import { buildFoundation, buildGuest } from './foundation';
import { buildGeneration1, type Generation1Board } from './generation1';
import { buildGeneration2, configureFirmware } from './generation2';
import type { HumanInterface } from './human-interface';
import { ConsoleKeys } from './keys';
import type { MachineParts } from './parts';
import { textScreen } from './screen';
import type { Services } from './services';
import type { SyntheticStorage } from './storage';
import { buildSynthetic } from './synthetic';
import { UnitSet, type UnitStates } from './units';

/** What a machine is given by its host. */
export interface MachineHost {
  readonly clock: EngineClock;
  readonly trace: Trace;
  /** Milliseconds since 1970, local time without a zone. */
  readonly wallClock: () => number;
  /** Divides the host's memory between its machines. */
  readonly balancer?: MemoryBalancer;
  /** The machine has switched itself off. Called outside of any step of the guest. */
  poweredOff(): void;
  /** A part of the machine threw: a bug of ours. The machine stands still; it can be looked into and disposed of. */
  faulted(error: unknown): void;
  /** The guest has taken the disc out of a DVD drive. Called inside its step: nothing may be done to the machine now. */
  discEjected?(driveId: string): void;
}

/** Grows when the form of a saved state changes: one of another form is not restored. */
export const STATE_VERSION = 2;

/** Saved state of a machine: all units, in partition time. */
export interface MachineState {
  readonly version: typeof STATE_VERSION;
  readonly units: UnitStates;
}

/**
 * One virtual machine while it is on: partition, board or none, synthetic devices, and a model guest on its processor. The
 * assembly is all there is here; what happens afterwards happens between the parts.
 */
export class Machine {
  readonly clock: PartitionClock;
  readonly partition: Partition;
  readonly meter = new CostMeter();
  private readonly keys = new ConsoleKeys();
  /** Integration components. */
  readonly services: Services;
  private readonly human: HumanInterface;
  /** SCSI controllers and their drives. */
  readonly storage: SyntheticStorage;
  private readonly adapters: SyntheticAdapters;
  /** Its memory, as the host's balancer sees it. */
  readonly memory: MemoryMember;
  private readonly units = new UnitSet();
  private readonly cables = new Map<string, Cable>();
  private readonly board: Generation1Board | null;
  private readonly guest: ModelGuest;
  private readonly off: Alarm;
  private readonly resumed: Alarm;
  private readonly configure: () => void;
  private readonly actor: number;

  /** @param name unique in the engine, `vm-1`: prefix of actors and alarms */
  constructor(
    readonly name: string,
    description: MachineDescription,
    private readonly host: MachineHost,
  ) {
    this.clock = new PartitionClock(host.clock, name, (error) => this.fault(error));
    this.actor = host.trace.actor(name);
    this.off = host.clock.alarm(`${name}/machine/off`, () => host.poweredOff());
    this.resumed = host.clock.alarm(`${name}/machine/resumed`, () => this.wentOn());
    for (const { id } of description.adapters) this.addCable(id);
    const parts = this.foundation(description);
    this.partition = parts.partition;
    this.board = description.generation === 1 ? buildGeneration1(parts) : null;
    if (description.generation === 2) buildGeneration2(parts);
    this.configure = () => configureFirmware(parts, description);
    const { services, human, storage, adapters } = buildSynthetic(parts);
    this.storage = storage;
    this.adapters = adapters;
    this.services = services;
    this.human = human;
    this.memory = services.memory ?? fixedMemory(description.memoryMB);
    this.guest = buildGuest(parts);
  }

  private foundation(description: MachineDescription): MachineParts {
    const { trace, wallClock, balancer } = this.host;
    const { name, clock, units, meter, keys } = this;
    return buildFoundation({
      ...{ description, name, units, clock, trace, meter, keys, wallClock, balancer },
      cableOf: (id) => this.cables.get(id) ?? new Cable(),
      requestReset: () => this.reset(),
      requestPowerOff: () => this.off.set(this.host.clock.now()),
      discEjected: (driveId) => this.host.discEjected?.(driveId),
    });
  }

  private fault(error: unknown): void {
    this.clock.stop();
    this.host.faulted(error);
  }

  /** The services hear of it by an alarm of the host's clock, so that a saved state is still the one that was restored. */
  private wentOn(): void {
    try {
      if (this.clock.running) this.services.resumed();
    } catch (error) {
      this.fault(error); // as on the partition's own clock: it ends this machine and no other
    }
  }

  /** Power on: everything at its reset state, time at zero. */
  start(): void {
    this.clock.start();
    this.boot();
  }

  /** The firmware finds its configuration, and begins. */
  private boot(): void {
    if (!this.board) this.configure();
    this.guest.start();
  }

  /** Time stands still until `resume`. */
  pause(): void {
    this.clock.stop();
  }

  resume(): void {
    this.clock.start();
    this.resumed.set(this.host.clock.now());
  }

  /** The reset line: devices and processors begin anew, memory and time go on. */
  reset(): void {
    this.host.trace.record(this.actor, TraceKind.MachineState, 1);
    const running = this.clock.running;
    this.units.reset();
    if (running) this.clock.start();
    this.boot();
  }

  /** Takes the machine apart: cables pulled, alarms forgotten. It cannot be used again. */
  dispose(): void {
    this.clock.stop();
    for (const cable of this.cables.values()) cable.plug(null);
    this.host.clock.release(this.name);
  }

  /** The machine must be paused, or about to be disposed of. */
  save(): MachineState {
    return { version: STATE_VERSION, units: { clock: this.clock.save(), ...this.units.save() } };
  }

  /** Takes over the state of a machine of the same description, into one that was never started. */
  restore({ units }: MachineState): void {
    const { clock, ...others } = units;
    this.clock.restore(clock as ReturnType<PartitionClock['save']>); // saved by `save` under this name
    this.units.restore(others);
  }

  /** Puts a synthetic adapter into the machine while it is on; its cable lies loose. A guest at work finds it. */
  addAdapter(adapter: AdapterDescription): void {
    this.addCable(adapter.id);
    this.adapters.add(adapter);
  }

  /** Takes a synthetic adapter out while the machine is on; its guest is told. False when there is none of this id. */
  removeAdapter(id: string): boolean {
    if (!this.adapters.remove(id)) return false;
    this.plug(id, null);
    this.cables.get(id)?.setReceiver(null);
    return this.cables.delete(id);
  }

  private addCable(id: string): void {
    this.cables.set(id, new Cable((error) => this.fault(error)));
  }

  /** Plugs an adapter's cable into a switch port, or pulls it out. */
  plug(adapterId: string, port: FramePort | null): void {
    this.cables.get(adapterId)?.plug(port);
  }

  /** Puts a disc into a DVD drive, or takes it out. False when there is no such drive. */
  setDisc(driveId: string, store: BlockStore | null): boolean {
    const drive = this.board?.cdDrives.get(driveId);
    drive?.setDisc(store);
    return drive !== undefined || this.storage.setDisc(driveId, store);
  }

  /** A key of the console: to the synthetic keyboard while the guest drives it, else to the emulated one. */
  press(event: KeyEvent): void {
    if (!this.human.press(event)) this.keys.press(event);
  }

  /** The console's pointer, likewise: the emulated mouse knows movements, the synthetic one places. */
  point(event: PointerEvent): void {
    if (!this.human.point(event)) this.board?.i8042.moveMouse(event);
  }

  /** What a person does to the windows of the guest's desktop. */
  act(action: DesktopAction): void {
    this.guest.act(action);
  }

  /** Somebody begins or ceases to look at the console's picture. */
  watch(isWatched: boolean): void {
    this.human.video.setWatched(isWatched);
  }

  /** Puts a diskette into the drive, or takes it out. False when the machine has none. */
  setDiskette(store: BlockStore | null): boolean {
    this.board?.diskette.setDisk(store);
    return this.board !== null;
  }

  /** What the console shows. */
  screen(): GuestScreen {
    const drawn = this.guest.screen();
    if (drawn?.kind === 'desktop') return this.human.framed(drawn);
    return drawn ?? textScreen(this.board ? this.board.vga.textSnapshot() : this.guest.textSnapshot());
  }

  /** Changes whenever the picture may have changed: ask `screen` again. */
  get screenGeneration(): number {
    return (this.board?.vga.generation ?? 0) + this.human.video.generation + this.guest.steps;
  }

  /** Host CPU charged to this machine so far, nanoseconds. */
  get spent(): number {
    return this.partition.processors.reduce((sum, { meter }) => sum + meter.total, this.meter.total);
  }

  inspect(): { [key: string]: InspectNode } {
    return { name: this.name, clock: this.clock.inspect(), cost: this.meter.inspect(), ...this.units.inspect() };
  }
}
