import { BlockError, checkSectors } from '@engine/base/block-store';
import type { BlockStore } from '@engine/base/block-store';
import { DiskError } from '../disk/disk-error';
import { DiskFile, readBytes } from '../disk/disk-file';
import { processLocks } from '../disk/lock-table';
import type { LockTable, ReleaseLock } from '../disk/lock-table';
import { isValidCatalogue } from './descriptors';
import { CATALOGUE_POINTER, DescriptorType, EL_TORITO_ID, FIRST_DESCRIPTOR, SECTOR, textAt } from './spec';

/** What can be said of an optical disc's image. */
export interface IsoInfo {
  readonly path: string;
  readonly fileSize: number;
  /** Name of the volume; empty for a disc that has only a UDF volume. */
  readonly volumeId: string;
  /** True when there is a valid El Torito catalogue. */
  readonly isBootable: boolean;
}

/** Descriptors that are looked through; a volume has a handful. */
const MAX_DESCRIPTORS = 32;
/** Identifiers that a volume recognition sequence may hold: ISO 9660, and UDF's (ECMA-167, 2/9). */
const KNOWN_IDS: readonly string[] = ['CD001', 'BEA01', 'NSR02', 'NSR03', 'BOOT2', 'TEA01'];

/** An image file as an optical disc: sectors of 2,048 bytes, read only. Any number of drives may hold the same disc. */
export class IsoStore implements BlockStore {
  readonly sectorSize = SECTOR;
  readonly sectorCount: number;
  readonly readOnly = true;
  readonly info: IsoInfo;
  private isClosed = false;

  private constructor(
    private readonly file: DiskFile,
    private readonly release: ReleaseLock,
  ) {
    this.info = inspect(file);
    this.sectorCount = Math.ceil(this.info.fileSize / SECTOR);
  }

  /** Throws `DiskError`: `not-found`, `denied`, `in-use`, or `unsupported` when the file is no disc. */
  static open(path: string, locks: LockTable = processLocks): IsoStore {
    const file = DiskFile.open(path, 'read');
    let release: ReleaseLock | undefined;
    try {
      release = locks.acquire(file.identity, 'read', path);
      return new IsoStore(file, release);
    } catch (error) {
      release?.();
      file.close();
      throw error;
    }
  }

  read(lba: number, count: number): Uint8Array {
    if (this.isClosed) throw new BlockError('closed', 'the disc has been taken out');
    checkSectors(this, lba, count);
    const bytes = new Uint8Array(count * SECTOR);
    // Some images end inside their last sector; the rest of it reads as zeros.
    const stored = Math.min(bytes.length, this.info.fileSize - lba * SECTOR);
    try {
      this.file.readInto(bytes.subarray(0, stored), lba * SECTOR);
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      throw new BlockError('media', error.message, { cause: error });
    }
    return bytes;
  }

  write(): void {
    throw new BlockError('read-only', 'an optical disc cannot be written');
  }

  flush(): void {
    if (this.isClosed) throw new BlockError('closed', 'the disc has been taken out');
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.file.close();
    this.release();
  }
}

function inspect(file: DiskFile): IsoInfo {
  const fileSize = file.size;
  const descriptors = readDescriptors(file, fileSize);
  if (descriptors.length === 0) {
    throw new DiskError('unsupported', `${file.path} is not the image of an optical disc`, { path: file.path });
  }
  const iso = descriptors.filter((bytes) => textAt(bytes, 1, 5) === 'CD001');
  const primary = iso.find((bytes) => bytes[0] === DescriptorType.PRIMARY);
  const boot = iso.find((bytes) => bytes[0] === DescriptorType.BOOT_RECORD && textAt(bytes, 7, 23) === EL_TORITO_ID);
  return {
    path: file.path,
    fileSize,
    volumeId: primary === undefined ? '' : textAt(primary, 40, 32).trimEnd(),
    isBootable: boot !== undefined && hasCatalogue(file, fileSize, boot),
  };
}

/** Descriptors from sector 16 on, as long as each is one that is known. */
function readDescriptors(file: DiskFile, fileSize: number): Uint8Array[] {
  const descriptors: Uint8Array[] = [];
  for (let index = 0; index < MAX_DESCRIPTORS; index++) {
    const at = (FIRST_DESCRIPTOR + index) * SECTOR;
    if (at + SECTOR > fileSize) break;
    const bytes = readBytes(file, at, SECTOR);
    if (!KNOWN_IDS.includes(textAt(bytes, 1, 5))) break;
    descriptors.push(bytes);
  }
  return descriptors;
}

function hasCatalogue(file: DiskFile, fileSize: number, bootRecord: Uint8Array): boolean {
  const view = new DataView(bootRecord.buffer, bootRecord.byteOffset);
  const at = view.getUint32(CATALOGUE_POINTER, true) * SECTOR;
  return at + SECTOR <= fileSize && isValidCatalogue(readBytes(file, at, SECTOR));
}
