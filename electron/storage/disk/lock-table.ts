import { DiskError } from './disk-error';

/** What a holder of a lock may do. Any number may read together; a writer is alone. */
export type LockMode = 'read' | 'write';

/** Gives a lock back. Calling it again does nothing. */
export type ReleaseLock = () => void;

/**
 * Who uses which disk file inside this process. Hyper-V opens a disk for writing exclusively, and a parent in a chain for
 * reading only: a parent cannot be written while a child is open, and one disk cannot serve two machines.
 */
export class LockTable {
  private readonly readers = new Map<string, number>();
  private readonly writers = new Set<string>();

  /** Takes the lock of the file with this identity, or throws `in-use` naming `path`. */
  acquire(identity: string, mode: LockMode, path: string): ReleaseLock {
    const readers = this.readers.get(identity) ?? 0;
    if (this.writers.has(identity) || (mode === 'write' && readers > 0)) {
      throw new DiskError('in-use', `${path} is in use by another disk or machine`, { path });
    }
    if (mode === 'write') this.writers.add(identity);
    else this.readers.set(identity, readers + 1);
    return this.releaseOnce(identity, mode);
  }

  /** True when somebody reads or writes the file with this identity. */
  isHeld(identity: string): boolean {
    return this.writers.has(identity) || this.readers.has(identity);
  }

  /** True when nobody holds a lock: nothing was left open. */
  get isEmpty(): boolean {
    return this.readers.size === 0 && this.writers.size === 0;
  }

  private releaseOnce(identity: string, mode: LockMode): ReleaseLock {
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      if (mode === 'write') this.writers.delete(identity);
      else this.dropReader(identity);
    };
  }

  private dropReader(identity: string): void {
    const left = (this.readers.get(identity) ?? 1) - 1;
    if (left === 0) this.readers.delete(identity);
    else this.readers.set(identity, left);
  }
}

/** The locks of this process: every disk service shares them. */
export const processLocks = new LockTable();
