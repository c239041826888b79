import type { SimulatedHost } from '@engine/machine/simulated-host';
import { LabError } from '@shared/model/errors';
import type { HostProfile } from '@shared/model/host-profile';
import type { VmRecord } from '@shared/model/inventory';
import type { DiskService } from '../storage/disk/disk-service';
import type { HostFiles } from '../storage/host-files/host-files';
import { Attachments } from './attachments';
import { connectionsOf } from './connections';
import { CpuUsage } from './cpu-usage';
import { describeMachine } from './describe';
import type { Running } from './running-machine';
import type { SavedStates } from './saved-state';

/** What it takes to make a running machine of a record. */
export interface PowerOnOptions {
  readonly host: () => SimulatedHost;
  readonly profile: HostProfile;
  /** When the host was booted, milliseconds since 1970. */
  readonly epoch: number;
  readonly files: HostFiles;
  readonly disks: DiskService;
  readonly saved: SavedStates;
}

/**
 * Opens a machine's files and switches it on, from its saved state when it has one. Throws a LabError when a file cannot be opened or
 * the state cannot be used (`savedStateUnusable`); then everything is closed again.
 */
export function powerOn(vm: VmRecord, { host, profile, epoch, files, disks, saved }: PowerOnOptions): Running {
  const state = vm.restState === 'saved' ? saved.read(vm.id, vm.settings.name) : null;
  const attachments = new Attachments(files, disks);
  try {
    const description = describeMachine(vm, profile, epoch, (drive) => attachments.attach(drive));
    const machine = host().powerOn(description, connectionsOf(vm), state);
    const usage = new CpuUsage(profile.hardware.logicalProcessors);
    return { vm, machine, attachments, usage, ejected: new Map(), state: 'running', shown: -1 };
  } catch (error) {
    attachments.closeAll();
    if (error instanceof LabError || state === null) throw error;
    throw new LabError('savedStateUnusable', { name: vm.settings.name });
  }
}
