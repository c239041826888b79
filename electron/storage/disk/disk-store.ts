import { BlockError, checkSectors, sectorsOf } from '@engine/base/block-store';
import { DiskError } from './disk-error';
import type { DiskFormat, DiskInfo, OpenDisk } from './disk-types';

const ZERO_PIECE = new Uint8Array(1024 * 1024);

/**
 * What all formats share when a disk is in use: addresses checked, protection respected, failures of the host's file turned
 * into `BlockError`, files and locks given back once. A format supplies bytes at byte positions.
 */
export abstract class DiskStore implements OpenDisk {
  abstract readonly format: DiskFormat;
  /** The file on the real host. */
  abstract readonly path: string;
  abstract readonly sectorSize: number;
  abstract readonly sectorCount: number;
  abstract readonly info: DiskInfo;
  /** What a child records to recognise its parent: the VHD's Unique ID, the VHDX's Data Write GUID. Lower case. */
  abstract readonly linkage: string;
  private isClosed = false;

  constructor(readonly readOnly: boolean) {}

  /** Fills `target` with the disk's content at byte `position`; both lie inside the disk. Throws `DiskError`. */
  abstract readInto(target: Uint8Array, position: number): void;
  protected abstract writeBytes(position: number, data: Uint8Array): void;
  protected abstract sync(): void;
  /** Closes files and gives locks back; called once, also when the last flush failed. */
  protected abstract release(): void;

  read(lba: number, count: number): Uint8Array {
    this.checkOpen();
    checkSectors(this, lba, count);
    const out = new Uint8Array(count * this.sectorSize);
    asBlockErrors(() => this.readInto(out, lba * this.sectorSize));
    return out;
  }

  write(lba: number, data: Uint8Array): void {
    this.checkOpen();
    checkSectors(this, lba, sectorsOf(this, data.length));
    if (this.readOnly) throw new BlockError('read-only', `${this.path} was opened for reading only`);
    asBlockErrors(() => this.writeBytes(lba * this.sectorSize, data));
  }

  /** Bytes of the unit in which the file gives room back; 0 for formats and types that keep it. */
  get unmapGranularity(): number {
    return 0;
  }

  unmap(lba: number, count: number): void {
    this.checkOpen();
    checkSectors(this, lba, count);
    if (this.readOnly) throw new BlockError('read-only', `${this.path} was opened for reading only`);
    asBlockErrors(() => this.unmapBytes(lba * this.sectorSize, count * this.sectorSize));
  }

  /** Makes `length` bytes at `position` read as zeros, and gives back the room of whole units. Only zeros where nothing is given back. */
  protected unmapBytes(position: number, length: number): void {
    for (let done = 0; done < length; done += ZERO_PIECE.length) {
      this.writeBytes(position + done, ZERO_PIECE.subarray(0, Math.min(ZERO_PIECE.length, length - done)));
    }
  }

  flush(): void {
    this.checkOpen();
    if (!this.readOnly) asBlockErrors(() => this.sync());
  }

  close(): void {
    if (this.isClosed) return;
    try {
      this.flush();
    } finally {
      this.isClosed = true;
      this.release();
    }
  }

  private checkOpen(): void {
    if (this.isClosed) throw new BlockError('closed', 'the disk has been closed');
  }
}

function asBlockErrors(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    throw new BlockError(error.code === 'no-space' ? 'full' : 'media', error.message, { cause: error });
  }
}
