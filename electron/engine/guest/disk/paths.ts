import type { OsProfile } from '../os/profile';

/** Files that every model operating system has, whatever its family. */
export const IDENTITY_PATH = 'system/identity';
export const REGISTRY_PATH = 'system/registry';
/** Windows: `WINDOWS/inf/net21x4.inf`; Linux: `lib/modules/alias/tulip`. */
export function driverTextFolder(profile: OsProfile): string {
  return profile.family === 'linux' ? 'lib/modules/alias/' : 'WINDOWS/inf/';
}
export const PCI_IDS_PATH = 'usr/share/misc/pci.ids';
