import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { syncFolder } from '../documents/atomic-file';
import { DiskError, withSystemErrors } from './disk-error';
import type { DiskFile } from './disk-file';
import type { DiskType } from './disk-types';
import type { DiskStore } from './disk-store';

/** What a format is asked to make. */
export interface CreationSpec {
  readonly type: DiskType;
  readonly sizeBytes: number;
  /** Unit of growth; the format's own when absent. */
  readonly blockSize?: number;
  /** For a differencing disk: the open parent. Its size is the child's. */
  readonly parent?: DiskStore;
}

/** How a new file gets its content: a long stretch of zeros (fixed disks), then the structures that make it a disk. */
export interface CreationPlan {
  readonly zerosAt: number;
  readonly zeroBytes: number;
  /** Writes all structures, the one by which the format is recognised last: a file left half made is no disk. */
  finish(): void;
}

/** Zeros written between two looks at the progress. */
const STEP_BYTES = 8 * 1024 * 1024;

/**
 * A disk being made, in steps short enough for a progress bar and a Cancel button. The file exists, locked, from the start;
 * `cancel` (or a failed step) removes it.
 */
export class DiskCreation {
  private done = 0;
  private state: 'working' | 'finished' | 'cancelled' = 'working';

  constructor(
    private readonly file: DiskFile,
    private readonly plan: CreationPlan,
    private readonly end: () => void,
  ) {}

  /** Removes a file of which nothing will come. */
  static abandon(file: DiskFile): void {
    file.close();
    fs.rmSync(file.path, { force: true });
  }

  get path(): string {
    return this.file.path;
  }

  /** Share of the bytes written, 0 to 1. */
  get progress(): number {
    if (this.state === 'finished') return 1;
    return this.plan.zeroBytes === 0 ? 0 : this.done / this.plan.zeroBytes;
  }

  /** Works a little; true when the disk is complete and on stable storage. Throws `DiskError`; the file is gone then. */
  step(): boolean {
    if (this.state === 'cancelled') throw new DiskError('cancelled', `${this.path}: cancelled`, { path: this.path });
    if (this.state === 'finished') return true;
    try {
      return this.work();
    } catch (error) {
      this.cancel();
      throw error;
    }
  }

  /** Stops and removes the file. Does nothing to a finished disk. */
  cancel(): void {
    if (this.state !== 'working') return;
    this.state = 'cancelled';
    DiskCreation.abandon(this.file);
    this.end();
  }

  private work(): boolean {
    const left = this.plan.zeroBytes - this.done;
    if (left > 0) {
      const length = Math.min(STEP_BYTES, left);
      this.file.writeZeros(this.plan.zerosAt + this.done, length);
      this.done += length;
      return false;
    }
    this.plan.finish();
    this.file.sync();
    withSystemErrors(this.path, () => syncFolder(dirname(this.path)));
    this.file.close();
    this.state = 'finished';
    this.end();
    return true;
  }
}
