import { LabError, type ErrorCode } from '@shared/model/errors';
import { DiskError, type DiskErrorCode } from './disk/disk-error';
import { HostFileError, type HostFileErrorCode } from './host-files/host-file-error';

const FILE_CODES: Readonly<Record<HostFileErrorCode, ErrorCode>> = {
  'file-not-found': 'fileNotFound',
  'path-not-found': 'folderNotFound',
  'access-denied': 'notAllowed',
  'invalid-drive': 'pathInvalid',
  'not-same-device': 'pathInvalid',
  'sharing-violation': 'fileInUse',
  'bad-network-path': 'pathInvalid',
  'disk-full': 'diskFull',
  'invalid-name': 'pathInvalid',
  'not-empty': 'fileInUse',
  exists: 'fileExists',
  'name-too-long': 'pathInvalid',
  'not-a-folder': 'folderNotFound',
  'io-error': 'internal',
};

const DISK_CODES: Readonly<Record<DiskErrorCode, ErrorCode>> = {
  'not-found': 'fileNotFound',
  exists: 'fileExists',
  'in-use': 'fileInUse',
  denied: 'notAllowed',
  damaged: 'diskDamaged',
  unsupported: 'diskUnsupported',
  'parent-missing': 'diskParentMissing',
  'parent-mismatch': 'diskParentMissing',
  'invalid-size': 'diskTooLarge',
  'too-large': 'diskTooLarge',
  'no-space': 'diskFull',
  cancelled: 'cancelled',
  io: 'internal',
};

/** Runs `action`; what storage throws becomes a LabError about the Windows path. */
export function translated<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw labErrorOf(path, error);
  }
}

/** The same for what takes its time. */
export async function translatedLater<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw labErrorOf(path, error);
  }
}

function labErrorOf(path: string, error: unknown): unknown {
  if (error instanceof HostFileError) return new LabError(FILE_CODES[error.code], { path });
  if (error instanceof DiskError) return new LabError(DISK_CODES[error.code], { path });
  return error;
}
