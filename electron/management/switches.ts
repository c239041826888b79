import { LabError } from '@shared/model/errors';
import type { HostProfile } from '@shared/model/host-profile';
import type { VirtualSwitch } from '@shared/model/inventory';
import type { NewId } from './inventory/new-machine';
import type { Vmms } from './vmms';

/**
 * The switch that the role's installation makes on the chosen adapter, named as Server Manager names it: the adapter's
 * description with `Virtual Network` (2008) or `Virtual Switch` (2012 and later).
 */
export function installationSwitch(host: HostProfile, newId: NewId): VirtualSwitch {
  const suffix = host.words.network === 'network' ? 'Virtual Network' : 'Virtual Switch';
  return { id: newId(), name: `${host.hardware.nicDescription} - ${suffix}`, kind: 'external', notes: '' };
}

/** Makes a switch. Names are unique without regard to case; there is one physical adapter, so one external switch. */
export function createSwitch({ inventory, newId }: Vmms, wanted: Omit<VirtualSwitch, 'id'>): string {
  const taken = inventory.switches.some(({ name }) => name.toLowerCase() === wanted.name.toLowerCase());
  if (taken) throw new LabError('nameTaken', { name: wanted.name });
  if (wanted.kind === 'external' && inventory.switches.some(({ kind }) => kind === 'external')) {
    throw new LabError('notAllowed', { name: wanted.name });
  }
  const made = { id: newId(), ...wanted };
  inventory.apply('createSwitch', [inventory.patchSwitches({ switches: [...inventory.switches, made] })]);
  return made.id;
}

/** Removes a switch; adapters that used it become not connected, also those of running machines. */
export function deleteSwitch({ inventory }: Vmms, switchId: string): void {
  if (!inventory.switches.some(({ id }) => id === switchId)) throw new LabError('notFound', { id: switchId });
  const users = inventory.vms.filter(({ settings }) =>
    settings.adapters.some((adapter) => adapter.switchId === switchId),
  );
  const changed = users.map((vm) => {
    const adapters = vm.settings.adapters.map((adapter) =>
      adapter.switchId === switchId ? { ...adapter, switchId: null } : adapter,
    );
    return { before: vm, after: { ...vm, settings: { ...vm.settings, adapters } } };
  });
  inventory.apply('deleteSwitch', [
    inventory.patchSwitches({ switches: inventory.switches.filter(({ id }) => id !== switchId) }),
    ...changed.map(({ before, after }) => inventory.patchVm(before, after)),
  ]);
}
