import { LabError } from '@shared/model/errors';
import type { VmRecord } from '@shared/model/inventory';
import { drivesOf } from '@shared/model/vm-settings';
import type { VmCommand } from '@shared/model/vm-state';
import { pathKey } from './host/host-access';
import { assignMacs } from './inventory/mac-pool';
import { vmFor, type Vmms } from './vmms';

/** Switches the machine on, or lets it go on from its saved state. All that can be wrong is checked before anything starts. */
export function startVm(vmms: Vmms, vmId: string): void {
  const vm = vmFor(vmms, vmId, 'start');
  checkMemory(vmms, vm);
  checkAttachments(vmms, vm);
  const ready = withMacs(vmms, vm);
  checkMacs(vmms, ready);
  vmms.machines.start(ready);
  vmms.waitingToStart.delete(vmId);
  setRunning(vmms, vmId, true);
  if (ready.restState === 'saved') setRest(vmms, ready, 'off');
}

/** The plain state commands: each applies in the states that the shared table names. */
export function commandVm(
  vmms: Vmms,
  vmId: string,
  command: Extract<VmCommand, 'turnOff' | 'shutDown' | 'pause' | 'resume' | 'reset'>,
): void {
  vmFor(vmms, vmId, command);
  vmms.machines[command](vmId);
}

/** Writes memory and devices to the saved state and ends the machine. */
export function saveVm(vmms: Vmms, vmId: string): void {
  vmFor(vmms, vmId, 'save');
  vmms.machines.save(vmId);
}

/** Throws the saved state away: the machine is off. */
export function deleteSavedState(vmms: Vmms, vmId: string): void {
  const vm = vmFor(vmms, vmId, 'deleteSavedState');
  setRest(vmms, vm, 'off');
  vmms.machines.deleteSavedState(vmId);
}

/** Called when a machine has ended: its record says how it rests. */
export function machineEnded(vmms: Vmms, vmId: string, restState: 'off' | 'saved'): void {
  setRunning(vmms, vmId, false);
  const vm = vmms.inventory.vms.find(({ id }) => id === vmId);
  if (vm && vm.restState !== restState) setRest(vmms, vm, restState);
  else vmms.inventory.touch();
}

/** Remembered on disk, so that also a host whose power fails knows afterwards what ran. */
function setRunning({ inventory }: Vmms, vmId: string, isRunning: boolean): void {
  const document = inventory.hostDocument;
  if (document.running.includes(vmId) === isRunning) return;
  const others = document.running.filter((id) => id !== vmId);
  inventory.record('running', [inventory.patchHost({ ...document, running: isRunning ? [...others, vmId] : others })]);
}

function setRest({ inventory }: Vmms, vm: VmRecord, restState: 'off' | 'saved'): void {
  inventory.record('restState', [inventory.patchVm(vm, { ...vm, restState })]);
}

function running({ inventory, machines }: Vmms): VmRecord[] {
  return inventory.vms.filter(({ id }) => machines.runtime(id) !== null);
}

/** Memory is asked for here and not in the wizard: what the host has, less what it keeps and what runs. */
function checkMemory(vmms: Vmms, vm: VmRecord): void {
  const { memoryMB, reservedMB } = vmms.inventory.host.hardware;
  const used = running(vmms).reduce((sum, { id }) => sum + (vmms.machines.runtime(id)?.assignedMemoryMB ?? 0), 0);
  const free = memoryMB - reservedMB - used;
  const wanted = vm.settings.memory.startupMB;
  if (wanted > free)
    throw new LabError('notEnoughMemory', {
      name: vm.settings.name,
      wanted: String(wanted),
      free: String(Math.max(0, free)),
    });
}

function checkAttachments(vmms: Vmms, vm: VmRecord): void {
  const inUse = new Set(running(vmms).flatMap(({ settings }) => hardDiskKeys(settings)));
  for (const { drive, controller } of drivesOf(vm.settings)) {
    if (drive.path === null) continue;
    const params = {
      name: vm.settings.name,
      path: drive.path,
      controller: controller.kind,
      instance: controller.id.toUpperCase(),
    };
    if (vmms.files.kind(drive.path) !== 'file') throw new LabError('attachmentMissing', params);
    if (drive.kind === 'hardDisk' && inUse.has(pathKey(drive.path))) throw new LabError('attachmentInUse', params);
  }
}

function hardDiskKeys(settings: VmRecord['settings']): string[] {
  return drivesOf(settings).flatMap(({ drive }) =>
    drive.kind === 'hardDisk' && drive.path !== null ? [pathKey(drive.path)] : [],
  );
}

function withMacs({ inventory }: Vmms, vm: VmRecord): VmRecord {
  const assigned = assignMacs(vm, inventory.vms, inventory.hostDocument, inventory.host.hardware.ipv4);
  if (!assigned.changed) return vm;
  inventory.record('assignMac', [inventory.patchVm(vm, assigned.vm), inventory.patchHost(assigned.host)]);
  return assigned.vm;
}

/** Two running machines must not bring the same address to the network. */
export function checkMacs(vmms: Vmms, vm: VmRecord): void {
  const others = running(vmms).filter(({ id }) => id !== vm.id);
  const taken = new Map(
    others.flatMap(({ settings }) => settings.adapters.map(({ mac }) => [mac.address, settings.name] as const)),
  );
  for (const { mac } of vm.settings.adapters) {
    const other = taken.get(mac.address);
    if (mac.address !== null && other !== undefined)
      throw new LabError('macDuplicate', { name: vm.settings.name, address: mac.address, other });
  }
}
