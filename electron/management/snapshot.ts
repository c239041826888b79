import type { InventorySnapshot, VmRecord, VmRuntime } from '@shared/model/inventory';
import type { Vmms } from './vmms';

/** The inventory as windows see it, now. */
export function snapshot(vmms: Vmms): InventorySnapshot {
  const { inventory, machines } = vmms;
  return {
    revision: inventory.revision,
    host: inventory.host,
    vms: inventory.vms.map((vm) => ({ ...vm, runtime: machines.runtime(vm.id) ?? atRest(vm) })),
    switches: [...inventory.switches],
    notices: [...inventory.allNotices],
    canUndo: inventory.canUndo,
    canRedo: inventory.canRedo,
  };
}

function atRest(vm: VmRecord): VmRuntime {
  const adapters = vm.settings.adapters.map(({ id, mac }) => ({ adapterId: id, macAddress: mac.address, ipAddresses: [], connected: false }));
  return { state: vm.restState, cpuPercent: null, assignedMemoryMB: null, uptimeSeconds: null, operation: null, heartbeat: null, adapters };
}
