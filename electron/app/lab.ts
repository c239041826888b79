import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SimulatedHost } from '@engine/machine/simulated-host';
import { HOSTS } from '@shared/model/hosts';
import type { HostId, HostProfile } from '@shared/model/host-profile';
import type { VmRecord } from '@shared/model/inventory';
import { hostStarted, hostStopping } from '../management/automatic-actions';
import { finishDisks } from '../management/create-vm';
import { NewDisks } from '../management/host/new-disks';
import { missingSteps } from '../management/host/provision';
import { StoredHostDisks, StoredHostFiles } from '../management/host/storage-access';
import { Inventory } from '../management/inventory/inventory';
import { JournalChangeStore } from '../management/inventory/journal-store';
import { machineEnded } from '../management/run-vm';
import { discEjected, joinMachines } from '../management/running-settings';
import { installationSwitch } from '../management/switches';
import type { Vmms } from '../management/vmms';
import { DiskService } from '../storage/disk/disk-service';
import { HostFiles } from '../storage/host-files/host-files';
import { hostTime, type HostTime } from '../worker/host-time';
import { LocalMachines } from '../worker/local-machines';
import { Pace, processTimers } from '../worker/pace';
import { SavedStates } from '../worker/saved-state';
import type { Switches } from './switches';

/** Everything behind the windows: the simulated host, its management and its machines. */
export interface Lab {
  readonly vmms: Vmms;
  readonly host: SimulatedHost;
  readonly machines: LocalMachines;
  /** The tools for virtual hard disks. */
  readonly newDisks: NewDisks;
  /** Makes what a new data folder lacks, one piece each time it is called; false when nothing is missing. */
  provision(): boolean;
  /** Ends all activity: each machine does what its Automatic Stop Action says, documents are brought up to date. */
  close(): void;
}

/** What a data folder holds of one host: each simulated host has documents and files of its own. */
export function openLab(dataDir: string, hostId: HostId, switches: Switches): Lab {
  const folder = join(dataDir, 'hosts', hostId);
  mkdirSync(folder, { recursive: true });
  const profile = HOSTS[hostId];
  const epoch = Date.parse(`${profile.bootTime}Z`);
  const files = new HostFiles({ root: join(folder, 'drives'), now: () => host.wallClock() });
  const disks = new DiskService({
    paths: { toReal: (path) => files.toReal(path), toWindows: (path) => files.toWindows(path) ?? path },
  });
  const store = new JournalChangeStore(join(folder, 'inventory'));
  const inventory = new Inventory(store, newInventory(profile, switches));
  const host: SimulatedHost = new SimulatedHost(
    {
      seed: switches.seed,
      epoch,
      nicDescription: profile.hardware.nicDescription,
      memoryMB: profile.hardware.memoryMB - profile.hardware.reservedMB,
    },
    {
      poweredOff: (id) => machines.poweredOff(id),
      faulted: (id, error) => machines.faulted(id, error),
      discEjected: (id, driveId) => machines.discEjected(id, driveId),
    },
  );
  const pace: Pace = new Pace(host.clock, switches.speed, processTimers, () => machines.afterSlice());
  const machines: LocalMachines = new LocalMachines({
    host: () => host,
    pace: () => pace,
    profile,
    epoch,
    files,
    disks,
    saved: new SavedStates(join(folder, 'saved')),
    reportFault: (vm, error, tree) => writeFault(join(folder, 'faults'), vm, error, tree),
  });
  const wallClock = (): string => new Date(host.wallClock()).toISOString().slice(0, 19);
  const vmms: Vmms = {
    inventory,
    machines,
    files: new StoredHostFiles(files),
    disks: new StoredHostDisks(files, disks),
    newId: randomUUID,
    waitingToStart: new Set(),
    wallClock,
  };
  machines.onEnded((vmId, restState) => machineEnded(vmms, vmId, restState));
  machines.onEjected((vmId, driveId) => discEjected(vmms, vmId, driveId));
  joinMachines(inventory, machines);
  followSwitches(vmms, host, pace);
  finishDisks(vmms);
  const time = hostTime(host.clock);
  hostStarted(vmms, time);
  return {
    vmms,
    host,
    machines,
    newDisks: new NewDisks(() => inventory.host, files, disks),
    provision: provisioner(profile, files, disks),
    close: () => closeLab(vmms, time, pace, store),
  };
}

/** Documents of a host that was just installed: one external switch on its adapter. */
function newInventory(profile: HostProfile, switches: Switches): Map<string, unknown> {
  return new Map<string, unknown>([
    ['host', { hostId: profile.id, language: switches.language ?? 'en', silenced: [], nextMac: 0, running: [] }],
    ['switches', { switches: [installationSwitch(profile, randomUUID)] }],
  ]);
}

/** The engine's switches are those of the inventory, now and after every change. */
function followSwitches({ inventory }: Vmms, host: SimulatedHost, pace: Pace): void {
  let known = '';
  const follow = (): void => {
    const wanted = inventory.switches.map(({ id, name, kind }) => ({ id, name, kind }));
    const text = JSON.stringify(wanted);
    if (text === known) return;
    known = text;
    host.setSwitches(wanted);
    pace.kick();
  };
  inventory.onChanged(follow);
  follow();
}

function provisioner(profile: HostProfile, files: HostFiles, disks: DiskService): () => boolean {
  const steps = missingSteps(profile, files, disks);
  return () => {
    steps.shift()?.make();
    return steps.length > 0;
  };
}

function closeLab(vmms: Vmms, time: HostTime, pace: Pace, store: JournalChangeStore): void {
  pace.stop();
  hostStopping(vmms, time);
  pace.stop();
  store.close();
}

function writeFault(folder: string, vm: VmRecord, error: unknown, tree: unknown): void {
  mkdirSync(folder, { recursive: true });
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const text = JSON.stringify(
    { machine: vm.settings.name, reason, tree },
    (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
    2,
  );
  writeFileSync(join(folder, `${vm.id}-${Date.now()}.json`), text);
}
