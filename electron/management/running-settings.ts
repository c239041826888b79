import type { VmRecord } from '@shared/model/inventory';
import { drivesOf, type VmSettings } from '@shared/model/vm-settings';
import type { Machines, Reservation } from '../worker/machines';
import { recordOf, type Change } from './inventory/change';
import type { Inventory } from './inventory/inventory';
import type { Vmms } from './vmms';

/**
 * Carries every change of a running machine's settings into the machine, whoever made it: a dialog, Undo, a switch that goes. The
 * machine opens what it needs first and refuses the change if it cannot; it takes the settings over when they are durable.
 */
export function joinMachines(inventory: Inventory, machines: Machines): void {
  inventory.onReserve((change) =>
    reserveAll(
      machines,
      changedVms(change).filter(({ id }) => machines.runtime(id) !== null),
    ),
  );
}

function changedVms({ patches }: Change): VmRecord[] {
  return patches.flatMap(({ before, after }) => {
    const [from, to] = [recordOf(before), recordOf(after)];
    return from && to && JSON.stringify(from.settings) !== JSON.stringify(to.settings) ? [to] : [];
  });
}

function reserveAll(machines: Machines, vms: readonly VmRecord[]): Reservation {
  const reserved: Reservation[] = [];
  try {
    for (const vm of vms) reserved.push(machines.reserve(vm));
  } catch (error) {
    for (const each of reserved) each.release();
    throw error;
  }
  return {
    take: () => reserved.forEach((each) => each.take()),
    release: () => reserved.forEach((each) => each.release()),
  };
}

/**
 * The guest has taken the disc out of a drive: the settings no longer name it, as Hyper-V shows the drive empty afterwards. No
 * person's command: Undo passes over it. When it cannot be written down, the machine's next start finds the disc in the drive
 * once more, which is said.
 */
export function discEjected({ inventory }: Vmms, vmId: string, driveId: string): void {
  const vm = inventory.vm(vmId);
  const path = drivesOf(vm.settings).find(({ drive }) => drive.id === driveId)?.drive.path ?? null;
  if (path === null) return;
  try {
    inventory.record('ejectDisc', [inventory.patchVm(vm, { ...vm, settings: withMedia(vm.settings, driveId, null) })]);
  } catch {
    inventory.addNotice({
      id: `ejectNotSaved:${driveId}`,
      code: 'ejectNotSaved',
      params: { name: vm.settings.name, path },
    });
  }
}

/** The settings with another disc, or none, in a DVD drive. */
export function withMedia(settings: VmSettings, driveId: string, path: string | null): VmSettings {
  const controllers = settings.controllers.map((controller) => ({
    ...controller,
    drives: controller.drives.map(({ location, drive }) => ({
      location,
      drive: drive.id === driveId ? { ...drive, path } : drive,
    })),
  }));
  return { ...settings, controllers };
}
