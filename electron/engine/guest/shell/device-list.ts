import type { DeviceNode } from '@shared/model/guest-view';
import { resourceText } from '../acpi/resources';
import type { DeviceState } from '../kernel/device';
import type { OsProfile } from '../os/profile';
import { WINDOWS_CATEGORIES } from '../os/windows-common';

function categoryOf(device: DeviceState, profile: OsProfile): string {
  if (device.className === 'SCSIAdapter' && profile.family === 'nt6') return 'Storage controllers';
  return WINDOWS_CATEGORIES[device.className];
}

/** The device tree as Device Manager lists it by type: every node that the kernel knows, sorted by category and name. */
export function deviceNodes(devices: readonly DeviceState[], profile: OsProfile): DeviceNode[] {
  const nodes = devices
    .filter((device) => device.status !== 'new' && device.status !== 'gone')
    .map((device) => ({
      hardwareId: device.ids[0] ?? '',
      instance: device.instance,
      name: device.name,
      category: categoryOf(device, profile),
      driver: device.service,
      code: device.problem,
      location: device.location,
      resources: device.resources.map(resourceText),
    }));
  return nodes.sort(
    (a, b) => compare(a.category, b.category) || compare(a.name, b.name) || compare(a.instance, b.instance),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
