import { osProfile } from '../os';
import type { BootTarget } from './bios-state';
import { judgeDisc } from './boot-cd';
import { judgeDisk } from './boot-disk';
import type { UefiBootEntry } from './uefi-config';
import type { UefiState } from './uefi-state';
import type { UefiStorage } from './uefi-storage';
import { BootStatus } from './uefi-summary';

/** What an attempt to boot from a drive works with. */
export interface DriveAttempt {
  readonly storage: UefiStorage;
  readonly order: readonly UefiBootEntry[];
  readonly state: Pick<UefiState, 'discSectors'>;
}

/** What it came to so far. */
export type DriveVerdict =
  | { readonly kind: 'wait' }
  | { readonly kind: 'failed'; readonly name: string; readonly status: string }
  | { readonly kind: 'start'; readonly target: BootTarget };

type DriveEntry = Extract<UefiBootEntry, { kind: 'drive' }>;

const WAIT: DriveVerdict = { kind: 'wait' };

function driveOf({ instance, lun }: DriveEntry, { storage }: DriveAttempt): number {
  return storage.drives.findIndex(({ controller, device }) => controller === instance && device === lun);
}

/** Goes on with one drive of the boot order. Called again after the drives have answered. */
export function tryDrive(entry: DriveEntry, attempt: DriveAttempt): DriveVerdict {
  const drive = driveOf(entry, attempt);
  const kind = attempt.storage.drives[drive]?.kind;
  const name = `SCSI ${kind === 'optical' ? 'DVD' : 'Disk'} (0,${entry.lun})`;
  if (kind === undefined) return { kind: 'failed', name, status: BootStatus.noFileSystem };
  return kind === 'optical' ? tryDisc(name, drive, attempt) : tryDisk(name, drive, attempt);
}

function tryDisk(name: string, drive: number, { storage }: DriveAttempt): DriveVerdict {
  const sectors = storage.drives[drive]?.sectors ?? 0;
  if (sectors === 0) return { kind: 'failed', name, status: BootStatus.noFileSystem };
  const verdict = storage.attempt(() => judgeDisk(storage.disk(drive, sectors)));
  if (!verdict) return WAIT;
  if (verdict.kind !== 'boot') return { kind: 'failed', name, status: BootStatus.noFileSystem };
  return { kind: 'start', target: { kind: 'disk', drive, partition: verdict.partition } };
}

/**
 * A medium starts its setup when no disk of the boot order would start. (A real one asks for a key first and, when none
 * comes, ends: what follows then is the same.)
 */
function tryDisc(name: string, drive: number, attempt: DriveAttempt): DriveVerdict {
  const { storage, state } = attempt;
  const length = state.discSectors > 0 ? state.discSectors : storage.discLength(drive);
  if (length === null) return WAIT;
  if (length === 0) return { kind: 'failed', name, status: BootStatus.noFileSystem };
  state.discSectors = length;
  const verdict = storage.attempt(() => judgeDisc(storage.disk(drive, length)));
  if (!verdict) return WAIT;
  if (verdict.kind === 'notBootable') return { kind: 'failed', name, status: BootStatus.noFileSystem };
  const profile = verdict.kind === 'setup' ? osProfile(verdict.profileId) : null;
  if (!profile?.bootsUefi) return { kind: 'failed', name, status: BootStatus.loaderFailed };
  const isInstalled = diskWouldBoot(attempt);
  if (isInstalled === null) return WAIT;
  if (isInstalled) return { kind: 'failed', name, status: BootStatus.loaderFailed };
  return { kind: 'start', target: { kind: 'setup', drive, sectors: length, profileId: profile.id } };
}

/** True when some disk of the boot order would start; null: not known yet. */
function diskWouldBoot(attempt: DriveAttempt): boolean | null {
  for (const entry of attempt.order) {
    const drive = entry.kind === 'drive' ? driveOf(entry, attempt) : -1;
    if (attempt.storage.drives[drive]?.kind !== 'disk') continue;
    const verdict = tryDisk('', drive, attempt);
    if (verdict.kind === 'wait') return null;
    if (verdict.kind === 'start') return true;
  }
  return false;
}
