import { applySettings, deleteVm, guardUndo, renameVm } from '../../management/change-vm';
import { createVm } from '../../management/create-vm';
import { snapshot } from '../../management/snapshot';
import { createSwitch, deleteSwitch } from '../../management/switches';
import { startVm } from '../../management/run-vm';
import type { Vmms } from '../../management/vmms';
import type { Windows } from '../../app/windows';
import type { DomainHandlers } from './types';

/** The inventory's calls, each one line into management. */
export function inventoryHandlers(vmms: Vmms, windows: Windows): DomainHandlers<'inventory'> {
  return {
    snapshot: () => snapshot(vmms),
    createVm: (request) => {
      const vmId = createVm(vmms, request);
      if (request.startAfterCreation) startVm(vmms, vmId);
      return { vmId };
    },
    renameVm: ({ vmId, name }) => renameVm(vmms, vmId, name),
    deleteVm: ({ vmId }) => {
      deleteVm(vmms, vmId);
      windows.closeOf(vmId);
    },
    applySettings: ({ vmId, settings, previous }) => applySettings(vmms, vmId, settings, previous),
    createSwitch: (wanted) => ({ switchId: createSwitch(vmms, wanted) }),
    deleteSwitch: ({ switchId }) => deleteSwitch(vmms, switchId),
    undo: () => vmms.inventory.undo((change) => guardUndo(vmms, change)),
    redo: () => vmms.inventory.redo((change) => guardUndo(vmms, change)),
    dismissNotice: ({ id }) => vmms.inventory.dismissNotice(id),
  };
}
