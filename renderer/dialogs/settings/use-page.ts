import { computed, type ComputedRef } from 'vue';
import type { AttachedDrive, Controller, NetworkAdapter, VmSettings } from '@shared/model/vm-settings';
import type { Settings } from './use-settings';

/** The settings being edited. A page is shown only while there are any. */
export function useDraft(settings: Settings): ComputedRef<VmSettings> {
  return computed(() => {
    if (!settings.draft.value) throw new Error('a page without settings');
    return settings.draft.value;
  });
}

/** The adapter that a page is about, or undefined after it was removed. */
export function useAdapter(settings: Settings, id: string): ComputedRef<NetworkAdapter | undefined> {
  return computed(() => settings.draft.value?.adapters.find((adapter) => adapter.id === id));
}

/** The drive that a page is about, with its place. */
export function useDrive(
  settings: Settings,
  id: string,
): ComputedRef<{ controller: Controller; place: AttachedDrive } | undefined> {
  return computed(() => {
    for (const controller of settings.draft.value?.controllers ?? []) {
      const place = controller.drives.find(({ drive }) => drive.id === id);
      if (place) return { controller, place };
    }
    return undefined;
  });
}

/** Number of locations of a controller. */
export const locationsOf = ({ kind }: Pick<Controller, 'kind'>): number => (kind === 'ide' ? 2 : 64);

/** The first free location of a controller, or null when it is full. */
export function freeLocation(controller: Controller): number | null {
  for (let location = 0; location < locationsOf(controller); location++) {
    if (!controller.drives.some((each) => each.location === location)) return location;
  }
  return null;
}

/** Takes a drive off its controller and puts it to another place. */
export function moveDrive(draft: VmSettings, driveId: string, to: Controller, location: number): void {
  for (const controller of draft.controllers) {
    const place = controller.drives.find(({ drive }) => drive.id === driveId);
    if (!place) continue;
    controller.drives = controller.drives.filter((each) => each !== place);
    to.drives = [...to.drives, { location, drive: place.drive }].sort((a, b) => a.location - b.location);
    return;
  }
}

/** Takes a drive out of the machine. */
export function removeDrive(draft: VmSettings, driveId: string): void {
  for (const controller of draft.controllers)
    controller.drives = controller.drives.filter(({ drive }) => drive.id !== driveId);
}
