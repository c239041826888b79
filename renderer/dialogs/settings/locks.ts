import type { SettingsArea } from '@shared/model/rules/settings-areas';
import type { VmSettings } from '@shared/model/vm-settings';
import type { PageKind } from './pages';

const PLAIN: Partial<Record<PageKind, readonly SettingsArea[]>> = {
  bios: ['bios'],
  firmware: ['firmware'],
  memory: ['startupMemory', 'dynamicMemory'],
  processor: ['processorCount'],
  dvd: ['dvdDrive'],
  diskette: ['media'],
  services: ['services'],
  autoStop: ['autoStop'],
  advanced: ['adapterMac'],
};

/** The parts of a page that may be locked: when one of them is, the page says why. */
export function lockedAreas(kind: PageKind, draft: VmSettings, target: string): readonly SettingsArea[] {
  if (kind === 'network')
    return draft.adapters.find(({ id }) => id === target)?.kind === 'legacy'
      ? ['removeLegacyAdapter']
      : ['removeSyntheticAdapter'];
  if (kind === 'controller')
    return draft.controllers.find(({ id }) => id === target)?.kind === 'ide' ? ['ideDisk'] : ['scsiController'];
  if (kind === 'hardDisk') return [diskArea(draft, target)];
  if (kind === 'addHardware') return ['addSyntheticAdapter', 'addLegacyAdapter', 'scsiController'];
  return PLAIN[kind] ?? [];
}

/** The area of a hard disk: by the controller on which it is. */
export function diskArea(draft: VmSettings, driveId: string): SettingsArea {
  const controller = draft.controllers.find(({ drives }) => drives.some(({ drive }) => drive.id === driveId));
  return controller?.kind === 'scsi' ? 'scsiDisk' : 'ideDisk';
}
