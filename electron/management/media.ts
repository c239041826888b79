import { LabError } from '@shared/model/errors';
import { drivesOf } from '@shared/model/vm-settings';
import { withMedia } from './running-settings';
import type { Vmms } from './vmms';

/** Inserts an image into a DVD drive or takes it out (null). May be done while the machine runs: the drive sees a media change. */
export function setDvdMedia(vmms: Vmms, vmId: string, driveId: string, path: string | null): void {
  const vm = vmms.inventory.vm(vmId);
  const found = drivesOf(vm.settings).find(({ drive }) => drive.id === driveId && drive.kind === 'dvd');
  if (!found) throw new LabError('notFound', { id: driveId });
  if (path !== null && vmms.files.kind(path) !== 'file') throw new LabError('fileNotFound', { path });
  if (path !== null && !/\.iso$/i.test(path)) throw new LabError('diskUnsupported', { path });
  const after = { ...vm, settings: withMedia(vm.settings, driveId, path) };
  vmms.inventory.apply('setDvdMedia', [vmms.inventory.patchVm(vm, after)]);
}

/** Puts a diskette into the drive of a Generation 1 machine or takes it out (null), also while the machine runs. */
export function setDisketteMedia(vmms: Vmms, vmId: string, path: string | null): void {
  const vm = vmms.inventory.vm(vmId);
  if (vm.settings.generation !== 1) throw new LabError('notOnThisGeneration', { name: vm.settings.name });
  if (path !== null) checkFloppyFile(vmms, path);
  const after = { ...vm, settings: { ...vm.settings, diskette: { path } } };
  vmms.inventory.apply('setDisketteMedia', [vmms.inventory.patchVm(vm, after)]);
}

/** Refuses what is no file of a diskette. */
export function checkFloppyFile({ files, disks }: Vmms, path: string): void {
  if (files.kind(path) !== 'file') throw new LabError('fileNotFound', { path });
  disks.checkFloppy(path);
}
