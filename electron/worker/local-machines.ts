import type { PointerEvent } from '@engine/base/backends';
import { LabError } from '@shared/model/errors';
import type { DesktopAction, GuestScreen } from '@shared/model/guest-view';
import type { VmRecord, VmRuntime } from '@shared/model/inventory';
import { desktopInput, keyInput, pointerInput, type ConsoleInput } from './console-input';
import { driveFiles } from './describe';
import { noteEjected, takeEjected } from './ejected-discs';
import type { Machines, Reservation } from './machines';
import { powerOn, type PowerOnOptions } from './power-on';
import { countersOf, runtimeOf, type Running } from './running-machine';
import { takeOver } from './running-settings';
import type { Pace } from './pace';

export interface LocalMachinesOptions extends PowerOnOptions {
  readonly pace: () => Pace;
  /** Keeps what is known of a machine that a bug of ours has ended. */
  readonly reportFault: (vm: VmRecord, error: unknown, tree: unknown) => void;
}

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
    const entry = powerOn(vm, this.options);
    entry.machine.watch(this.watched.has(vm.id));
    this.running.set(vm.id, entry);
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
    const take = (): void => {
      takeOver(entry, vm, files, this.options.host(), this.options.profile);
      this.touch(vm.id);
    };
    return { take: () => this.guarded(vm.id, take), release: () => files.release() };
  }

  runtime(vmId: string): VmRuntime | null {
    const entry = this.running.get(vmId);
    return entry ? runtimeOf(entry) : null;
  }

  screen(vmId: string): GuestScreen {
    return this.running.get(vmId)?.machine.screen() ?? { kind: 'off' };
  }

  key(vmId: string, code: number, down: boolean, extended: boolean): void {
    this.send(vmId, keyInput(code, down, extended));
  }

  act(vmId: string, action: DesktopAction): void {
    this.send(vmId, desktopInput(action));
  }

  pointer(vmId: string, event: PointerEvent): void {
    this.send(vmId, pointerInput(event));
  }

  /** What a person does at the console reaches a machine that runs, and the log of inputs. */
  private send(vmId: string, { noted, apply }: ConsoleInput): void {
    const { machine, state } = this.get(vmId);
    if (state !== 'running') return;
    this.options.host().input(...noted);
    this.guarded(vmId, () => apply(machine));
    this.options.pace().kick();
  }

  watch(vmId: string, isWatched: boolean): void {
    if (isWatched) this.watched.add(vmId);
    else this.watched.delete(vmId);
    this.running.get(vmId)?.machine.watch(isWatched);
    this.options.pace().kick();
  }

  counters(vmId: string): Record<string, number> {
    return countersOf(this.options.host(), vmId);
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

  /** The guest has taken a disc out, in a step of its own: what follows outside waits until that step is over. */
  discEjected(vmId: string, driveId: string): void {
    const entry = this.running.get(vmId);
    if (entry) noteEjected(entry, driveId);
  }

  private settleEjected(entry: Running): void {
    for (const driveId of takeEjected(entry)) this.ejected(entry.vm.id, driveId);
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
