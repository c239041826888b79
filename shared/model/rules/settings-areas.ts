import type { HostProfile } from '../host-profile';
import type { VmState } from '../vm-state';

/** What the rules look at beside the settings themselves. */
export interface SettingsContext {
  readonly state: VmState;
  readonly host: HostProfile;
}

/** Parts of the dialog that are greyed together, for one reason. */
export const SETTINGS_AREAS = [
  'name',
  'notes',
  'bios',
  'firmware',
  'startupMemory',
  'dynamicMemory',
  'memoryTuning',
  'processorCount',
  'processorTuning',
  'addSyntheticAdapter',
  'removeSyntheticAdapter',
  'addLegacyAdapter',
  'removeLegacyAdapter',
  'adapterConnection',
  'adapterMac',
  'adapterGuards',
  'scsiController',
  'ideDisk',
  'scsiDisk',
  'dvdDrive',
  'media',
  'services',
  'autoStart',
  'autoStop',
] as const;
export type SettingsArea = (typeof SETTINGS_AREAS)[number];

type When = 'always' | 'off' | 'offOrSaved' | 'offOrRunning';

const WHEN: Record<SettingsArea, When> = {
  name: 'always',
  notes: 'always',
  bios: 'off',
  firmware: 'off',
  startupMemory: 'off',
  dynamicMemory: 'off',
  memoryTuning: 'always',
  processorCount: 'off',
  processorTuning: 'always',
  addSyntheticAdapter: 'off',
  removeSyntheticAdapter: 'off',
  addLegacyAdapter: 'off',
  removeLegacyAdapter: 'off',
  adapterConnection: 'always',
  adapterMac: 'off',
  adapterGuards: 'always',
  scsiController: 'off',
  ideDisk: 'off',
  scsiDisk: 'off',
  dvdDrive: 'off',
  media: 'offOrRunning',
  services: 'offOrRunning',
  autoStart: 'always',
  autoStop: 'offOrSaved',
};

const CHANGING: readonly VmState[] = ['starting', 'saving', 'stopping', 'pausing', 'resuming'];

/** True when the machine is on, also while its time stands still. */
export function isOn(state: VmState): boolean {
  return state === 'running' || state === 'paused';
}

/**
 * True when this part of the settings can be changed now. The dialog greys by it and management refuses by it with `changeNeedsOff`.
 * While the state is changing nothing can be changed.
 */
export function canChange(area: SettingsArea, generation: 1 | 2, { state, host }: SettingsContext): boolean {
  if (CHANGING.includes(state)) return false;
  if (state === 'off' || state === 'critical') return true;
  const hotAdd = area === 'addSyntheticAdapter' || area === 'removeSyntheticAdapter';
  if (hotAdd && generation === 2 && host.settings.hotAddNetworkAdapterGen2) return isOn(state);
  if (area === 'scsiDisk' && host.settings.hotAddScsiDisk) return isOn(state);
  const when = WHEN[area];
  if (when === 'always') return true;
  return isOn(state) ? when === 'offOrRunning' : when === 'offOrSaved';
}
