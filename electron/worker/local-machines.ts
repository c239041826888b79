import type { SimulatedHost } from '@engine/machine/simulated-host';
import type { Machine } from '@engine/machine/machine';
import type { PointerEvent } from '@engine/base/backends';
import type { AddressSettings } from '@engine/vmbus/protocol/kvp-address';
import { TRACE_KINDS, traceKindName } from '@engine/trace/kinds';
import { LabError } from '@shared/model/errors';
import type { DesktopAction, GuestScreen } from '@shared/model/guest-view';
import type { HostProfile } from '@shared/model/host-profile';
import type { VmRecord, VmRuntime } from '@shared/model/inventory';
import type { DiskService } from '../storage/disk/disk-service';
import type { HostFiles } from '../storage/host-files/host-files';
import { Attachments, type AttachmentReservation } from './attachments';
import { connectionsOf } from './connections';
import { describeMachine, driveFiles, memoryPolicy } from './describe';
import { changeMedia, plugAdapters, plugDisks } from './hot-plug';
import type { Machines, Reservation } from './machines';
import { pathIn, runtimeOf, type Running } from './running-machine';
import type { Pace } from './pace';
import { CpuUsage } from './cpu-usage';
import type { SavedStates } from './saved-state';

export interface LocalMachinesOptions {
  readonly host: () => SimulatedHost;
  readonly pace: () => Pace;
  readonly profile: HostProfile;
  readonly epoch: number;
  readonly files: HostFiles;
  readonly disks: DiskService;
  readonly saved: SavedStates;
  /** Keeps what is known of a machine that a bug of ours has ended. */
  readonly reportFault: (vm: VmRecord, error: unknown, tree: unknown) => void;
}

/** Numbers of what is done to a guest's windows, as the log of inputs keeps them. */
const DESKTOP_ACTS: Readonly<Record<DesktopAction['act'], number>> = {
  open: 1,
  activate: 2,
  minimize: 3,
  close: 4,
  move: 5,
};

/** The machines of this process: each on the one simulated host, all at the one pace. */
export class LocalMachines implements Machines {
  private readonly running = new Map<string, Running>();
  private readonly watched = new Set<string>();
  private changed: (vmId: string) => void = () => undefined;
  private screenChanged: (vmId: string, screen: GuestScreen) => void = () => undefined;
  private ended: (vmId: string, restState: 'off' | 'saved') => void = () => undefined;
  private ejected: (vmId: string, driveId: string) => void = () => undefined;

  constructor(private readonly options: LocalMachinesOptions) {}

  onChanged(handler: (vmId: string) => void): void {
    this.changed = handler;
  }

  onScreen(handler: (vmId: string, screen: GuestScreen) => void): void {
    this.screenChanged = handler;
  }

  onEnded(handler: (vmId: string, restState: 'off' | 'saved') => void): void {
    this.ended = handler;
  }

  onEjected(handler: (vmId: string, driveId: string) => void): void {
    this.ejected = handler;
  }

  start(vm: VmRecord): void {
    const { profile, epoch, files, disks, saved } = this.options;
    const host = this.options.host();
    const state = vm.restState === 'saved' ? saved.read(vm.id, vm.settings.name) : null;
    const attachments = new Attachments(files, disks);
    try {
      const description = describeMachine(vm, profile, epoch, (drive) => attachments.attach(drive));
      const machine = host.powerOn(description, connectionsOf(vm), state);
      machine.watch(this.watched.has(vm.id));
      const usage = new CpuUsage(profile.hardware.logicalProcessors);
      this.running.set(vm.id, { vm, machine, attachments, usage, ejected: new Map(), state: 'running', shown: -1 });
    } catch (error) {
      attachments.closeAll();
      if (error instanceof LabError || state === null) throw error;
      throw new LabError('savedStateUnusable', { name: vm.settings.name });
    }
    this.touch(vm.id);
  }

  turnOff(vmId: string): void {
    this.take(vmId);
    this.finish(vmId, 'off');
  }

  shutDown(vmId: string): void {
    const { machine, vm } = this.get(vmId);
    if (!machine.services.requestShutdown()) throw new LabError('shutdownNotAvailable', { name: vm.settings.name });
    this.touch(vmId);
  }

  setGuestAddress(vmId: string, adapterId: string, settings: AddressSettings): void {
    const { machine, vm } = this.get(vmId);
    this.options.host().input('settings', 1);
    if (!machine.services.keyValuePairs.setAddress(adapterId, settings))
      throw new LabError('dataExchangeNotAvailable', { name: vm.settings.name });
    this.touch(vmId);
  }

  guestAddress(vmId: string, adapterId: string): AddressSettings | null {
    const { machine, vm } = this.get(vmId);
    const mac =
      vm.settings.adapters.find(({ id }) => id === adapterId)?.mac.address?.replace(/[^0-9A-Fa-f]/g, '') ?? '';
    const pairs = (mac.match(/../g) ?? []).join(':').toUpperCase();
    const { keyValuePairs } = machine.services;
    this.options.host().input('settings', 2);
    if (!keyValuePairs.askAddress(pairs)) throw new LabError('dataExchangeNotAvailable', { name: vm.settings.name });
    return keyValuePairs.addressOf(pairs);
  }

  save(vmId: string): void {
    const { machine } = this.get(vmId);
    machine.pause();
    try {
      this.options.saved.write(vmId, machine.save());
    } catch (error) {
      if (this.get(vmId).state === 'running') machine.resume();
      throw new LabError('diskFull', { message: String(error) });
    }
    this.take(vmId);
    this.finish(vmId, 'saved');
  }

  deleteSavedState(vmId: string): void {
    this.options.saved.remove(vmId);
    this.changed(vmId);
  }

  pause(vmId: string): void {
    const entry = this.get(vmId);
    this.options.host().input('pause', 1);
    entry.machine.pause();
    entry.state = 'paused';
    this.touch(vmId);
  }

  resume(vmId: string): void {
    const entry = this.get(vmId);
    this.options.host().input('pause', 0);
    entry.machine.resume();
    entry.state = 'running';
    this.touch(vmId);
  }

  reset(vmId: string): void {
    const entry = this.get(vmId);
    if (entry.state === 'paused') this.resume(vmId);
    entry.machine.reset();
    this.touch(vmId);
  }

  reserve(vm: VmRecord): Reservation {
    const entry = this.get(vm.id);
    const files = entry.attachments.reserve(driveFiles(vm.settings));
    return { take: () => this.guarded(vm.id, () => this.takeOver(entry, vm, files)), release: () => files.release() };
  }

  /** What the machine was made ready for has become its settings. */
  private takeOver(entry: Running, vm: VmRecord, files: AttachmentReservation): void {
    const { machine } = entry;
    const host = this.options.host();
    const before = entry.vm.settings;
    entry.vm = vm;
    host.input('settings', 0);
    changeMedia(machine, files, before, vm.settings, (store) => host.input('media', store ? 1 : 0));
    plugDisks(machine, files, before, vm.settings);
    files.take();
    plugAdapters(machine, before, vm.settings, (adapterId) => host.disconnect(vm.id, adapterId));
    for (const [adapterId, connection] of connectionsOf(vm)) host.connect(vm.id, adapterId, connection);
    machine.services.set(vm.settings.services);
    machine.services.memory?.setPolicy(memoryPolicy(vm.settings, this.options.profile));
    this.touch(vm.id);
  }

  runtime(vmId: string): VmRuntime | null {
    const entry = this.running.get(vmId);
    return entry ? runtimeOf(entry) : null;
  }

  screen(vmId: string): GuestScreen {
    return this.running.get(vmId)?.machine.screen() ?? { kind: 'off' };
  }

  key(vmId: string, code: number, down: boolean, extended: boolean): void {
    const noted = code | (down ? 0x100 : 0) | (extended ? 0x200 : 0);
    this.send(vmId, ['key', noted], (machine) => machine.press({ code, down, extended }));
  }

  act(vmId: string, action: DesktopAction): void {
    this.send(vmId, ['desktop', DESKTOP_ACTS[action.act]], (machine) => machine.act(action));
  }

  pointer(vmId: string, event: PointerEvent): void {
    const { x, y, buttons } = event;
    this.send(vmId, ['pointer', x | (y << 16), buttons], (machine) => machine.point(event));
  }

  /** What a person does at the console reaches a machine that runs, and the log of inputs. */
  private send(vmId: string, noted: Parameters<SimulatedHost['input']>, action: (machine: Machine) => void): void {
    const { machine, state } = this.get(vmId);
    if (state !== 'running') return;
    this.options.host().input(...noted);
    this.guarded(vmId, () => action(machine));
    this.options.pace().kick();
  }

  watch(vmId: string, isWatched: boolean): void {
    if (isWatched) this.watched.add(vmId);
    else this.watched.delete(vmId);
    this.running.get(vmId)?.machine.watch(isWatched);
    this.options.pace().kick();
  }

  counters(vmId: string): Record<string, number> {
    const { trace, nameOf } = this.traceOf(vmId);
    const counts: Record<string, number> = {};
    for (const kind of TRACE_KINDS) {
      const count = trace.countBelow(kind, nameOf);
      if (count > 0) counts[traceKindName(kind)] = count;
    }
    return counts;
  }

  private traceOf(vmId: string): { trace: SimulatedHost['trace']; nameOf: string } {
    const host = this.options.host();
    return { trace: host.trace, nameOf: host.nameOf(vmId) };
  }

  inspect(vmId: string): unknown {
    return this.running.get(vmId)?.machine.inspect() ?? null;
  }

  /** Called after each slice of engine time: ejected discs are let go, usage is sampled, changed screens go out. */
  afterSlice(): void {
    for (const [vmId, entry] of this.running) {
      this.settleEjected(entry);
      const now = entry.machine.clock.now();
      if (entry.usage.sample(now, entry.machine.spent)) this.changed(vmId);
      const { screenGeneration } = entry.machine;
      if (screenGeneration === entry.shown) continue;
      entry.shown = screenGeneration;
      this.screenChanged(vmId, entry.machine.screen());
    }
  }

  /** The guest has switched its machine off. */
  poweredOff(vmId: string): void {
    if (!this.running.has(vmId)) return;
    this.take(vmId);
    this.finish(vmId, 'off');
  }

  /** A bug of ours has ended the machine: it stays to be looked at, turned off, and reported. Nothing else is touched. */
  faulted(vmId: string, error: unknown): void {
    const entry = this.running.get(vmId);
    if (!entry || entry.state === 'critical') return;
    entry.state = 'critical';
    this.options.reportFault(entry.vm, error, entry.machine.inspect());
    this.changed(vmId);
  }

  /**
   * The guest has taken a disc out, in a step of its own: what follows outside waits until that step is over. Until then the drive
   * is empty and the settings still name the disc.
   */
  discEjected(vmId: string, driveId: string): void {
    const entry = this.running.get(vmId);
    const path = entry && pathIn(entry.vm, driveId);
    if (path !== undefined && path !== null) entry?.ejected.set(driveId, path);
  }

  /** A drive that has been given another disc since is left alone. */
  private settleEjected({ vm, ejected }: Running): void {
    const discs = [...ejected];
    ejected.clear();
    for (const [driveId, path] of discs) if (pathIn(vm, driveId) === path) this.ejected(vm.id, driveId);
  }

  private guarded(vmId: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.faulted(vmId, error);
    }
  }

  private get(vmId: string): Running {
    const entry = this.running.get(vmId);
    if (!entry) throw new LabError('wrongState', { id: vmId });
    return entry;
  }

  /** Takes the machine off the host and lets go of its files. */
  private take(vmId: string): void {
    const entry = this.get(vmId);
    this.settleEjected(entry);
    const { attachments } = entry;
    this.options.host().powerOff(vmId);
    this.running.delete(vmId);
    attachments.closeAll();
  }

  private finish(vmId: string, restState: 'off' | 'saved'): void {
    if (restState === 'off') this.options.saved.remove(vmId);
    this.ended(vmId, restState);
    this.screenChanged(vmId, { kind: 'off' });
    this.touch(vmId);
  }

  private touch(vmId: string): void {
    this.changed(vmId);
    this.options.pace().kick();
  }
}
