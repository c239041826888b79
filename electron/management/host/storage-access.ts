import { LabError, type ErrorCode } from '@shared/model/errors';
import { DiskError, type DiskErrorCode } from '../../storage/disk/disk-error';
import type { DiskService } from '../../storage/disk/disk-service';
import { HostFileError, type HostFileErrorCode } from '../../storage/host-files/host-file-error';
import type { HostFiles as StoredFiles } from '../../storage/host-files/host-files';
import type { DiskFacts, HostDisks, HostFiles } from './host-access';

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
    if (error instanceof HostFileError) throw new LabError(FILE_CODES[error.code], { path });
    if (error instanceof DiskError) throw new LabError(DISK_CODES[error.code], { path });
    throw error;
  }
}

/** The simulated host's files, as management asks for them, over the files that storage keeps. */
export class StoredHostFiles implements HostFiles {
  constructor(private readonly files: StoredFiles) {}

  kind(path: string): 'folder' | 'file' | null {
    return translated(path, () => this.files.kind(path));
  }

  list(path: string): ReturnType<HostFiles['list']> {
    const entries = translated(path, () => this.files.list(path));
    return entries.map(({ name, kind, size, modifiedMs }) => ({ name, kind, size, modified: new Date(modifiedMs).toISOString().slice(0, 19) }));
  }

  createFolder(path: string): void {
    translated(path, () => this.files.createFolder(path));
  }

  rename(from: string, to: string): void {
    translated(from, () => this.files.rename(from, to));
  }

  remove(path: string): void {
    translated(path, () => this.files.remove(path));
  }

  freeBytes(): number {
    return this.files.space().freeBytes;
  }
}

/** Virtual hard disks by their Windows paths. */
export class StoredHostDisks implements HostDisks {
  constructor(
    private readonly files: StoredFiles,
    private readonly disks: DiskService,
  ) {}

  createDynamic(path: string, format: 'vhd' | 'vhdx', sizeBytes: number): void {
    translated(path, () => this.disks.createDiskSync({ path: this.files.toReal(path), format, type: 'dynamic', sizeBytes }));
  }

  inspect(path: string): DiskFacts {
    const info = translated(path, () => this.disks.inspectDisk(this.files.toReal(path)));
    if (info.parent && info.parent.state !== 'ok') throw new LabError('diskParentMissing', { path, parent: info.parent.recordedPath });
    return { format: info.format, type: info.type, fileBytes: info.fileSize, maximumBytes: info.maxSize };
  }
}
