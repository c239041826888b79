import type { InventorySnapshot, VmRecord, VmRuntime } from '@shared/model/inventory';
import type { Vmms } from './vmms';

/** The inventory as windows see it, now. */
export function snapshot(vmms: Vmms): InventorySnapshot {
  const { inventory, machines, waitingToStart } = vmms;
  return {
    revision: inventory.revision,
    host: inventory.host,
    vms: inventory.vms.map((vm) => ({
      ...vm,
      runtime: machines.runtime(vm.id) ?? atRest(vm, waitingToStart.has(vm.id)),
    })),
    switches: [...inventory.switches],
    notices: [...inventory.allNotices],
    canUndo: inventory.canUndo,
    canRedo: inventory.canRedo,
  };
}

function atRest(vm: VmRecord, isWaiting: boolean): VmRuntime {
  const adapters = vm.settings.adapters.map(({ id, mac }) => ({
    adapterId: id,
    macAddress: mac.address,
    ipAddresses: [],
    connected: false,
  }));
  const operation = isWaiting ? { kind: 'waitingToStart' as const, percent: null } : null;
  return {
    state: vm.restState,
    cpuPercent: null,
    assignedMemoryMB: null,
    memoryDemandMB: null,
    memoryStatus: null,
    uptimeSeconds: null,
    operation,
    heartbeat: null,
    adapters,
  };
}
