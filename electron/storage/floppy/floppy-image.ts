import { accessSync, constants, statSync } from 'node:fs';
import { BlockError, checkSectors, sectorsOf, type BlockStore } from '@engine/base/block-store';
import { FLOPPY_BYTES, isFloppySize, SECTOR_BYTES } from '@engine/base/floppy-format';
import { DiskError } from '../disk/disk-error';
import { DiskFile, readBytes } from '../disk/disk-file';
import { processLocks, type LockTable, type ReleaseLock } from '../disk/lock-table';

const WRITE_BITS = 0o222;

/** A virtual floppy disk file: the diskette's sectors one after the other and nothing else. One drive holds it at a time. */
export class FloppyImage implements BlockStore {
  readonly sectorSize = SECTOR_BYTES;
  readonly sectorCount: number;
  private isClosed = false;

  private constructor(
    private readonly file: DiskFile,
    /** A file that is marked read-only is a write-protected diskette. */
    readonly readOnly: boolean,
    private readonly release: ReleaseLock,
  ) {
    this.sectorCount = file.size / SECTOR_BYTES;
  }

  /** Throws `DiskError`: `not-found`, `denied`, `in-use`, or `unsupported` when the file has no diskette's size. */
  static open(path: string, locks: LockTable = processLocks): FloppyImage {
    const readOnly = isProtected(path);
    const file = DiskFile.open(path, readOnly ? 'read' : 'write');
    try {
      if (!isFloppySize(file.size)) throw new DiskError('unsupported', `${path} has no diskette's size`, { path });
      return new FloppyImage(file, readOnly, locks.acquire(file.identity, 'write', path));
    } catch (error) {
      file.close();
      throw error;
    }
  }

  read(lba: number, count: number): Uint8Array {
    this.checkOpen();
    checkSectors(this, lba, count);
    return asBlockErrors(() => readBytes(this.file, lba * SECTOR_BYTES, count * SECTOR_BYTES));
  }

  write(lba: number, data: Uint8Array): void {
    this.checkOpen();
    checkSectors(this, lba, sectorsOf(this, data.length));
    if (this.readOnly) throw new BlockError('read-only', 'the diskette is write-protected');
    asBlockErrors(() => this.file.write(lba * SECTOR_BYTES, data));
  }

  flush(): void {
    this.checkOpen();
    if (!this.readOnly) asBlockErrors(() => this.file.sync());
  }

  close(): void {
    if (this.isClosed) return;
    try {
      this.flush();
    } finally {
      this.isClosed = true;
      this.file.close();
      this.release();
    }
  }

  private checkOpen(): void {
    if (this.isClosed) throw new BlockError('closed', 'the diskette has been taken out');
  }
}

/** Makes an empty 1.44 MB diskette: zeros, not formatted. Throws `DiskError`: `exists`, `not-found`, `no-space`. */
export function createFloppyImage(path: string): void {
  const file = DiskFile.open(path, 'create');
  try {
    file.writeZeros(0, FLOPPY_BYTES);
    file.sync();
  } finally {
    file.close();
  }
}

/** What can be said of the image at `path` without taking it into use. Throws `DiskError` when it is no diskette's. */
export function inspectFloppyImage(path: string): { readonly bytes: number } {
  const file = DiskFile.open(path, 'read');
  try {
    if (isFloppySize(file.size)) return { bytes: file.size };
    throw new DiskError('unsupported', `${path} has no diskette's size`, { path });
  } finally {
    file.close();
  }
}

/** Marked read-only, or not ours to write; a path that does not exist is told when it is opened. */
function isProtected(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return false;
  if ((stat.mode & WRITE_BITS) === 0) return true;
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch {
    return true;
  }
}

function asBlockErrors<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    throw new BlockError(error.code === 'no-space' ? 'full' : 'media', error.message, { cause: error });
  }
}
