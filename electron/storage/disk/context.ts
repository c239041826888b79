import type { DiskEnvironment } from './environment';
import type { DiskFile } from './disk-file';
import type { DiskPathMap } from './disk-types';
import type { DiskStore } from './disk-store';
import type { LockTable, ReleaseLock } from './lock-table';

/** What creating and opening disks needs from around it. */
export interface DiskContext {
  readonly environment: DiskEnvironment;
  readonly paths: DiskPathMap;
  readonly locks: LockTable;
}

/** A disk file that was opened and locked, on its way to becoming a store. */
export interface HeldFile {
  readonly file: DiskFile;
  readonly readOnly: boolean;
  readonly release: ReleaseLock;
}

/**
 * Opens the parent of a differencing disk for reading: the first of `candidates` (real paths) that exists.
 * Throws `parent-missing` when there is none, `in-use` when somebody writes to it, `parent-mismatch` when the chain is a loop.
 */
export type OpenParent = (candidates: readonly string[]) => DiskStore;
