import { LabError } from '@shared/model/errors';
import type { VmRecord } from '@shared/model/inventory';
import type { NewVmRequest } from '@shared/model/new-vm';
import { checkNewVm } from '@shared/model/rules/new-vm-rules';
import { joinPath } from './host/host-access';
import { settingsFor } from './inventory/new-machine';
import { checkFloppyFile } from './media';
import { refuse, type Vmms } from './vmms';

const GIGABYTE = 1024 ** 3;

/** Ending of a disk file that is not yet part of any machine: see `finishDisks`. */
export const CREATING = '.~creating';

/**
 * Makes the machine that the wizard asks for and returns its id. The disk file is written under a temporary name, the record is
 * made durable, and only then the file gets its name; `finishDisks` completes that after a crash, so that there is never a
 * machine without its disk nor a disk without its machine.
 */
export function createVm(vmms: Vmms, request: NewVmRequest): string {
  const { inventory, newId } = vmms;
  refuse(checkNewVm(request, inventory.host));
  if (request.switchId !== null && !inventory.switches.some(({ id }) => id === request.switchId))
    throw new LabError('notFound', { id: request.switchId });
  checkFiles(vmms, request);
  const diskPath = prepareDisk(vmms, request);
  const vm: VmRecord = {
    id: newId(),
    settings: settingsFor(request, inventory.host, diskPath, newId),
    createdAt: vmms.wallClock(),
    configurationVersion: inventory.host.versions.configuration,
    location:
      request.location === null ? inventory.host.paths.virtualMachines : joinPath(request.location, request.name),
    restState: 'off',
  };
  try {
    inventory.apply('createVm', [inventory.patchVm(null, vm)]);
  } catch (error) {
    if (request.disk.kind === 'create' && diskPath !== null) vmms.files.remove(diskPath + CREATING);
    throw error;
  }
  if (request.disk.kind === 'create' && diskPath !== null) vmms.files.rename(diskPath + CREATING, diskPath);
  return vm.id;
}

function checkFiles(vmms: Vmms, { disk, install }: NewVmRequest): void {
  const { files, disks } = vmms;
  if (install.kind === 'floppy') checkFloppyFile(vmms, install.path);
  if (install.kind === 'image' && files.kind(install.path) !== 'file')
    throw new LabError('fileNotFound', { path: install.path });
  if (disk.kind === 'existing') {
    if (files.kind(disk.path) !== 'file') throw new LabError('fileNotFound', { path: disk.path });
    disks.inspect(disk.path);
  }
}

function prepareDisk({ files, disks }: Vmms, { disk }: NewVmRequest): string | null {
  if (disk.kind === 'later') return null;
  if (disk.kind === 'existing') return disk.path;
  const path = joinPath(disk.location, disk.name);
  if (files.kind(path) !== null) throw new LabError('fileExists', { path });
  const format = /\.vhd$/i.test(disk.name) ? 'vhd' : 'vhdx';
  files.createFolder(disk.location);
  if (files.kind(path + CREATING) !== null) files.remove(path + CREATING);
  disks.createDynamic(path + CREATING, format, disk.sizeGB * GIGABYTE);
  return path;
}

/** After a crash: gives disk files of existing machines their name, and removes those that no machine came to own. */
export function finishDisks({ inventory, files }: Vmms): void {
  const folders = new Set([inventory.host.paths.virtualHardDisks]);
  for (const { settings } of inventory.vms) {
    for (const { drives } of settings.controllers) {
      for (const { drive } of drives) {
        if (drive.path === null) continue;
        folders.add(drive.path.slice(0, drive.path.lastIndexOf('\\') + 1));
        const waiting = files.kind(drive.path) === null && files.kind(drive.path + CREATING) === 'file';
        if (waiting) files.rename(drive.path + CREATING, drive.path);
      }
    }
  }
  for (const folder of folders) {
    if (files.kind(folder) !== 'folder') continue;
    for (const { name } of files.list(folder)) if (name.endsWith(CREATING)) files.remove(joinPath(folder, name));
  }
}
