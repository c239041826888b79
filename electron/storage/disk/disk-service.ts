import { existsSync } from 'node:fs';
import type { DiskContext, OpenParent } from './context';
import { DiskCreation } from './creation';
import { DiskError } from './disk-error';
import { DiskFile } from './disk-file';
import type { DiskStore } from './disk-store';
import { MAX_DISK_BYTES } from './disk-types';
import type { DiskFormat, DiskInfo, DiskPathMap, DiskType, OpenDisk, ParentInfo } from './disk-types';
import { realEnvironment } from './environment';
import type { DiskEnvironment } from './environment';
import { codecOf, CODECS } from './formats';
import type { InspectedDisk } from './formats';
import { processLocks } from './lock-table';
import type { LockTable, ReleaseLock } from './lock-table';
import { parentCandidates } from './parent-path';

/** A disk to be made. Paths are of the real host; sizes in bytes. */
export interface CreateDiskOptions {
  readonly path: string;
  readonly format: DiskFormat;
  readonly type: DiskType;
  /** A multiple of 512. A differencing disk has its parent's size: absent, or equal to it. */
  readonly sizeBytes?: number;
  /** Only and always for a differencing disk. */
  readonly parentPath?: string;
  /** Unit of growth, a power of two: VHD 512 KB or 2 MB (default 2 MB), VHDX 1 MB to 256 MB (default 32 MB; 2 MB differencing). */
  readonly blockSize?: number;
}

/** How `createDisk` tells how far it is and learns that it is to stop. */
export interface CreateDiskProgress {
  /** Share done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

export interface DiskServiceOptions {
  readonly environment?: DiskEnvironment;
  /** Between real and Windows paths; without it absolute parent locators hold real paths. */
  readonly paths?: DiskPathMap;
  readonly locks?: LockTable;
}

/** Without a simulated host a path is its own name. */
const SAME_PATHS: DiskPathMap = { toReal: (path) => path, toWindows: (path) => path };

/** Makes, opens and inspects virtual hard disks (VHD, VHDX). Everything it throws about a disk is a `DiskError`. */
export class DiskService {
  private readonly context: DiskContext;

  constructor(options: DiskServiceOptions = {}) {
    this.context = {
      environment: options.environment ?? realEnvironment,
      paths: options.paths ?? SAME_PATHS,
      locks: options.locks ?? processLocks,
    };
  }

  /**
   * Makes a disk, giving way to other work between steps, so that a large fixed disk neither blocks nor cannot be stopped.
   * Throws `cancelled` when the signal fires; no file is left then.
   */
  async createDisk(options: CreateDiskOptions, progress: CreateDiskProgress = {}): Promise<DiskInfo> {
    const creation = this.beginCreate(options);
    while (!creation.step()) {
      progress.onProgress?.(creation.progress);
      await new Promise((resolve) => setImmediate(resolve));
      if (progress.signal?.aborted === true) creation.cancel();
    }
    progress.onProgress?.(1);
    return this.inspectDisk(options.path);
  }

  /** Makes a disk before it returns. For disks that take no time: dynamic, differencing, and small fixed ones. */
  createDiskSync(options: CreateDiskOptions): DiskInfo {
    const creation = this.beginCreate(options);
    while (!creation.step());
    return this.inspectDisk(options.path);
  }

  /** The same, step by step, for a caller that has its own job queue. */
  beginCreate(options: CreateDiskOptions): DiskCreation {
    const { path, format, type } = options;
    if ((type === 'differencing') !== (options.parentPath !== undefined)) {
      throw new DiskError('unsupported', `${path}: a parent belongs to a differencing disk and to no other`, { path });
    }
    const parent = options.parentPath === undefined ? undefined : this.openParentOfNew(options, options.parentPath);
    let file: DiskFile | undefined;
    try {
      const sizeBytes = checkSize(options, parent);
      file = DiskFile.open(path, 'create');
      const spec = {
        type,
        sizeBytes,
        ...(parent && { parent }),
        ...(options.blockSize && { blockSize: options.blockSize }),
      };
      const plan = CODECS[format].plan(file, spec, this.context);
      const unlock = this.context.locks.acquire(file.identity, 'write', path);
      return new DiskCreation(file, plan, () => {
        unlock();
        parent?.close();
      });
    } catch (error) {
      parent?.close();
      if (file !== undefined) DiskCreation.abandon(file);
      throw error;
    }
  }

  /** Opens a disk and, of a differencing disk, the whole chain. For writing unless `readOnly`. */
  openDisk(path: string, options: { readonly readOnly?: boolean } = {}): OpenDisk {
    return this.open(path, options.readOnly ?? false, []);
  }

  /** What Inspect Disk shows, also of a disk in use or of one whose parent is missing. Changes and locks nothing. */
  inspectDisk(path: string): DiskInfo {
    return inspectFile(path, (disk) => {
      if (disk.parent === undefined) return disk.describe();
      const { recorded, linkage } = disk.parent;
      const recordedPath = recorded.absolute ?? recorded.relative ?? '';
      const found = parentCandidates(path, recorded, this.context.paths).find((candidate) => existsSync(candidate));
      if (found === undefined) return disk.describe({ recordedPath, state: 'missing' });
      return disk.describe({ recordedPath, path: found, state: stateOfParent(found, linkage) });
    });
  }

  /** `chain` holds the identities of the files between the disk that was asked for and this one. */
  private open(path: string, readOnly: boolean, chain: readonly string[]): DiskStore {
    const file = DiskFile.open(path, readOnly ? 'read' : 'write');
    let release: ReleaseLock | undefined;
    try {
      const identity = file.identity;
      if (chain.includes(identity)) {
        throw new DiskError('parent-mismatch', `${path} is its own ancestor`, { path, mismatch: 'loop' });
      }
      release = this.context.locks.acquire(identity, readOnly ? 'read' : 'write', path);
      const openParent: OpenParent = (candidates) => this.openParent(path, candidates, [...chain, identity]);
      return codecOf(file).open({ file, readOnly, release }, this.context, openParent);
    } catch (error) {
      release?.();
      file.close();
      throw error;
    }
  }

  private openParent(childPath: string, candidates: readonly string[], chain: readonly string[]): DiskStore {
    const found = candidates.find((candidate) => existsSync(candidate));
    if (found !== undefined) return this.open(found, true, chain);
    const tried = candidates.join(', ');
    throw new DiskError('parent-missing', `${childPath}: no parent at ${tried}`, { path: candidates[0] ?? childPath });
  }

  private openParentOfNew(options: CreateDiskOptions, parentPath: string): DiskStore {
    const parent = this.open(parentPath, true, []);
    if (parent.format === options.format) return parent;
    parent.close();
    const message = `${options.path}: a ${options.format} disk cannot have a ${parent.format} parent`;
    throw new DiskError('unsupported', message, { path: options.path });
  }
}

function checkSize(options: CreateDiskOptions, parent: DiskStore | undefined): number {
  const { path, format } = options;
  const parentSize = parent === undefined ? undefined : parent.sectorCount * parent.sectorSize;
  const size = options.sizeBytes ?? parentSize ?? 0;
  if (!Number.isSafeInteger(size) || size <= 0 || size % 512 !== 0 || size !== (parentSize ?? size)) {
    throw new DiskError('invalid-size', `${path}: a disk cannot have ${size} bytes`, { path });
  }
  if (size > MAX_DISK_BYTES[format]) throw new DiskError('too-large', `${path}: ${size} bytes`, { path });
  return size;
}

function inspectFile<T>(path: string, use: (disk: InspectedDisk) => T): T {
  const file = DiskFile.open(path, 'read');
  try {
    return use(codecOf(file).inspect(file));
  } finally {
    file.close();
  }
}

/** Whether the file at `path` is the parent that a child recorded as `linkage`. What is no disk at all is no parent either. */
function stateOfParent(path: string, linkage: readonly string[]): ParentInfo['state'] {
  try {
    return inspectFile(path, (disk) => (linkage.includes(disk.linkage) ? 'ok' : 'mismatch'));
  } catch (error) {
    if (error instanceof DiskError) return 'mismatch';
    throw error;
  }
}
