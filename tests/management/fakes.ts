import { LabError } from '@shared/model/errors';
import { HOSTS } from '@shared/model/hosts';
import type { HostId } from '@shared/model/host-profile';
import type { VmRecord, VmRuntime } from '@shared/model/inventory';
import type { GuestScreen } from '@shared/model/guest-view';
import { newVmDefaults } from '@shared/model/rules/new-vm-rules';
import type { NewVmRequest } from '@shared/model/new-vm';
import type { VmState } from '@shared/model/vm-state';
import { pathKey, type DiskFacts, type HostDisks, type HostFiles } from '../../electron/management/host/host-access';
import type { Change, ChangeStore } from '../../electron/management/inventory/change';
import { Inventory } from '../../electron/management/inventory/inventory';
import type { Machines, Reservation } from '../../electron/worker/machines';
import { joinMachines } from '../../electron/management/running-settings';
import type { Vmms } from '../../electron/management/vmms';

/** A store that remembers; `failNext` makes the next commit throw before anything is kept. */
export class MemoryStore implements ChangeStore {
  readonly documents = new Map<string, unknown>();
  readonly history: Change[] = [];
  failNext = false;
  load(): ReturnType<ChangeStore['load']> {
    return { documents: new Map(this.documents), notices: [], history: [...this.history] };
  }
  commit(change: Change): void {
    if (this.failNext) {
      this.failNext = false;
      throw new LabError('diskFull');
    }
    this.history.push(structuredClone(change));
    for (const { document, after } of change.patches) {
      if (after === null) this.documents.delete(document);
      else this.documents.set(document, structuredClone(after));
    }
  }
}

export class MemoryFiles implements HostFiles, HostDisks {
  readonly entries = new Map<string, string>(); // key to spelled path
  readonly folders = new Set<string>();
  kind(path: string): 'folder' | 'file' | null {
    if (this.entries.has(pathKey(path))) return 'file';
    return this.folders.has(pathKey(path)) ? 'folder' : null;
  }
  list(path: string): ReturnType<HostFiles['list']> {
    const prefix = `${pathKey(path)}\\`;
    const inside = [...this.entries.values()].filter((file) => pathKey(file).startsWith(prefix));
    return inside.map((file) => ({
      name: file.slice(file.lastIndexOf('\\') + 1),
      kind: 'file' as const,
      size: 0,
      modified: '',
    }));
  }
  createFolder(path: string): void {
    this.folders.add(pathKey(path));
  }
  rename(from: string, to: string): void {
    if (!this.entries.delete(pathKey(from))) throw new LabError('fileNotFound', { path: from });
    this.entries.set(pathKey(to), to);
  }
  remove(path: string): void {
    this.entries.delete(pathKey(path));
  }
  freeBytes(): number {
    return 1e12;
  }
  add(path: string): void {
    this.entries.set(pathKey(path), path);
  }
  createDynamic(path: string): void {
    this.add(path);
  }
  createFloppy(path: string): void {
    this.add(path);
  }
  checkFloppy(path: string): void {
    if (!/\.vfd$/i.test(path)) throw new LabError('diskUnsupported', { path });
  }
  inspect(path: string): DiskFacts {
    if (/damaged/.test(path)) throw new LabError('diskDamaged', { path });
    return { format: 'vhdx', type: 'dynamic', fileBytes: 1, maximumBytes: 1 };
  }
}

/** Machines that only change state, and remember what they were asked. */
export class FakeMachines implements Machines {
  readonly states = new Map<string, VmState>();
  readonly log: string[] = [];
  ended: (vmId: string, restState: 'off' | 'saved') => void = () => undefined;
  private to(vmId: string, state: VmState, word: string): void {
    this.log.push(word);
    this.states.set(vmId, state);
  }
  start(vm: VmRecord): void {
    this.to(vm.id, 'running', `start ${vm.restState}`);
  }
  turnOff(vmId: string): void {
    this.log.push('turnOff');
    this.states.delete(vmId);
    this.ended(vmId, 'off');
  }
  shutDown(): void {
    throw new LabError('shutdownNotAvailable');
  }
  save(vmId: string): void {
    this.log.push('save');
    this.states.delete(vmId);
    this.ended(vmId, 'saved');
  }
  deleteSavedState(): void {
    this.log.push('deleteSavedState');
  }
  pause(vmId: string): void {
    this.to(vmId, 'paused', 'pause');
  }
  resume(vmId: string): void {
    this.to(vmId, 'running', 'resume');
  }
  reset(): void {
    this.log.push('reset');
  }
  /** The next reservation is refused with this error. */
  refusal: LabError | null = null;
  /** Reservations that are neither taken nor released. */
  pending = 0;
  reserve(vm: VmRecord): Reservation {
    const { refusal } = this;
    this.refusal = null;
    if (refusal) throw refusal;
    this.pending++;
    const end = (word: string) => (): void => {
      this.pending--;
      this.log.push(`${word} ${vm.settings.name}`);
    };
    return { take: end('settings'), release: end('released') };
  }
  runtime(vmId: string): VmRuntime | null {
    const state = this.states.get(vmId);
    if (!state) return null;
    return {
      state,
      cpuPercent: 0,
      assignedMemoryMB: 0,
      memoryDemandMB: null,
      memoryStatus: null,
      uptimeSeconds: 0,
      operation: null,
      heartbeat: null,
      adapters: [],
    };
  }
  screen(): GuestScreen {
    return { kind: 'off' };
  }
  key(): void {
    this.log.push('key');
  }
  act(): void {
    this.log.push('desktop');
  }
  pointer(): void {
    this.log.push('pointer');
  }
  watch(vmId: string, isWatched: boolean): void {
    this.log.push(`watch ${vmId} ${isWatched}`);
  }
  counters(): Record<string, number> {
    return {};
  }
  inspect(): unknown {
    return null;
  }
  onChanged(): void {
    // nothing moves by itself here
  }
  onEjected(): void {
    // no guest here
  }
  onScreen(): void {
    // no screens
  }
  onEnded(handler: (vmId: string, restState: 'off' | 'saved') => void): void {
    this.ended = handler;
  }
}

export interface Fake extends Vmms {
  readonly store: MemoryStore;
  readonly files: MemoryFiles;
  readonly machines: FakeMachines;
  readonly switchId: string;
  request(changes?: Partial<NewVmRequest>): NewVmRequest;
}

export function sequence(): () => string {
  let next = 1;
  return () => `00000000-0000-4000-8000-${(next++).toString(16).padStart(12, '0')}`;
}

/** Management over fakes, with one external switch. */
export function fakeVmms(hostId: HostId = 'ws2022', store = new MemoryStore()): Fake {
  const newId = sequence();
  const switchId = newId();
  const initial = new Map<string, unknown>([
    ['host', { hostId, language: 'en', silenced: [], nextMac: 0 }],
    ['switches', { switches: [{ id: switchId, name: 'LAN', kind: 'external', notes: '' }] }],
  ]);
  const files = new MemoryFiles();
  let minute = 0;
  const machines = new FakeMachines();
  const inventory = new Inventory(store, initial);
  joinMachines(inventory, machines);
  return {
    store,
    files,
    disks: files,
    machines,
    inventory,
    newId,
    switchId,
    waitingToStart: new Set(),
    wallClock: () => `2022-10-03T09:${String(minute++).padStart(2, '0')}:00`,
    request: (changes = {}) => ({ ...newVmDefaults(HOSTS[hostId], 'XP'), ...changes }),
  };
}

/** Code of the LabError that `run` throws, or `none`. */
export function codeOf(run: () => void): string {
  try {
    run();
    return 'none';
  } catch (error) {
    if (error instanceof LabError) return error.code;
    throw error;
  }
}
