import { LabError } from '@shared/model/errors';
import type { VmRecord } from '@shared/model/inventory';
import { checkSettings } from '@shared/model/rules/settings-rules';
import { drivesOf, type VmSettings } from '@shared/model/vm-settings';
import { recordOf, type Change, type Patch } from './inventory/change';
import { assignMacs } from './inventory/mac-pool';
import { pathKey } from './host/host-access';
import { checkFloppyFile } from './media';
import { checkMacs } from './run-vm';
import { refuse, stateOf, vmFor, type Vmms } from './vmms';

/** Gives the machine another name. Two machines may have the same. */
export function renameVm(vmms: Vmms, vmId: string, name: string): void {
  const vm = vmFor(vmms, vmId, 'rename');
  if (name === vm.settings.name) return;
  change(vmms, 'renameVm', vm, { ...vm.settings, name });
}

/** Removes the machine from the host. Its virtual hard disk files stay. */
export function deleteVm(vmms: Vmms, vmId: string): void {
  const vm = vmFor(vmms, vmId, 'delete');
  if (vm.restState === 'saved') vmms.machines.deleteSavedState(vmId);
  vmms.inventory.apply('deleteVm', [vmms.inventory.patchVm({ ...vm, restState: 'off' }, null)]);
}

/**
 * Applies what the Settings dialog changed. `previous` is what the dialog showed: when the machine's settings are something
 * else by now, the change is refused with `settingsChanged` and the dialog keeps what was typed.
 */
export function applySettings(vmms: Vmms, vmId: string, settings: VmSettings, previous: VmSettings): void {
  const vm = vmms.inventory.vm(vmId);
  if (JSON.stringify(vm.settings) !== JSON.stringify(previous))
    throw new LabError('settingsChanged', { name: vm.settings.name });
  if (settings.generation !== previous.generation)
    throw new LabError('notOnThisGeneration', { name: vm.settings.name });
  refuse(checkSettings(settings, previous, { state: stateOf(vmms, vm), host: vmms.inventory.host }));
  checkNewFiles(vmms, settings, previous);
  checkReferences(vmms, settings);
  const next = { ...vm, settings: withBootOrder(settings) };
  vmms.inventory.apply('applySettings', patches(vmms, vm, next));
}

/** A running machine has its new adapters at once: they get their addresses now and not at its next start. */
function patches(vmms: Vmms, vm: VmRecord, next: VmRecord): Patch[] {
  const { inventory, machines } = vmms;
  if (machines.runtime(vm.id) === null) return [inventory.patchVm(vm, next)];
  const assigned = assignMacs(next, inventory.vms, inventory.hostDocument, inventory.host.hardware.ipv4);
  checkMacs(vmms, assigned.vm);
  const host = assigned.changed ? [inventory.patchHost(assigned.host)] : [];
  return [inventory.patchVm(vm, assigned.vm), ...host];
}

function change(vmms: Vmms, command: string, vm: VmRecord, settings: VmSettings): void {
  vmms.inventory.apply(command, [vmms.inventory.patchVm(vm, { ...vm, settings })]);
}

function checkNewFiles(vmms: Vmms, next: VmSettings, previous: VmSettings): void {
  const { files, disks } = vmms;
  const diskette = next.diskette.path;
  if (diskette !== null && diskette !== previous.diskette.path) checkFloppyFile(vmms, diskette);
  const known = new Set(drivesOf(previous).flatMap(({ drive }) => (drive.path === null ? [] : [pathKey(drive.path)])));
  const seen = new Set<string>();
  for (const { drive } of drivesOf(next)) {
    if (drive.path === null) continue;
    const key = pathKey(drive.path);
    if (drive.kind === 'hardDisk' && seen.has(key)) throw new LabError('fileInUse', { path: drive.path });
    seen.add(key);
    if (known.has(key)) continue;
    if (files.kind(drive.path) !== 'file') throw new LabError('fileNotFound', { path: drive.path });
    if (drive.kind === 'hardDisk') disks.inspect(drive.path);
  }
}

function checkReferences({ inventory }: Vmms, { adapters }: VmSettings): void {
  const unknown = adapters.find(
    ({ switchId }) => switchId !== null && !inventory.switches.some(({ id }) => id === switchId),
  );
  if (unknown) throw new LabError('notFound', { id: unknown.switchId ?? '' });
}

/** The firmware's order names what exists: removed devices leave it, new ones are appended. Generation 1 has none. */
function withBootOrder(settings: VmSettings): VmSettings {
  if (settings.generation === 1) return settings;
  const existing = [...drivesOf(settings).map(({ drive }) => drive.id), ...settings.adapters.map(({ id }) => id)];
  const kept = settings.firmware.bootOrder.filter((id) => existing.includes(id));
  const bootOrder = [...kept, ...existing.filter((id) => !kept.includes(id))];
  return { ...settings, firmware: { ...settings.firmware, bootOrder } };
}

/** Refuses an undo or redo that would change a machine in a way its state forbids. */
export function guardUndo(vmms: Vmms, { patches }: Change): void {
  for (const { before, after } of patches) {
    const [from, to] = [recordOf(before), recordOf(after)];
    if (!from) continue;
    const state = stateOf(vmms, from);
    if (to) refuse(checkSettings(to.settings, from.settings, { state, host: vmms.inventory.host }));
    else if (state !== 'off') throw new LabError('wrongState', { name: from.settings.name, state, command: 'undo' });
  }
}
