import type { Component } from 'vue';
import type { WindowRole } from '@renderer/stores/app';

type Loader = () => Promise<{ default: Component }>;

/** The view of each kind of window. Only the one that a window needs is loaded. */
export const VIEWS: Partial<Record<WindowRole['kind'], Loader>> = {
  manager: () => import('./manager/ManagerView.vue'),
  console: () => import('./console/ConsoleView.vue'),
  newVm: () => import('@renderer/dialogs/new-vm/NewVmView.vue'),
  settings: () => import('@renderer/dialogs/settings/SettingsView.vue'),
};

/** What its view is told: the machine, where the window is about one. */
export function propsOf(role: WindowRole): { vmId?: string } {
  return 'vmId' in role ? { vmId: role.vmId } : {};
}
