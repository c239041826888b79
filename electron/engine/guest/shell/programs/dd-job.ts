import type { Nanoseconds } from '../../../clock/clock';

/** A copy from one drive to another, a piece at a time. */
export interface DdJob {
  kind: 'dd';
  /** Names in /dev. */
  readonly from: string;
  readonly to: string;
  readonly blockBytes: number;
  /** Bytes to copy, and how far reading and writing are. */
  readonly total: number;
  read: number;
  written: number;
  /** Requests that are under way. */
  reading: { ticket: number; bytes: number } | null;
  writing: { ticket: number; bytes: number } | null;
  /** A piece that has been read and not yet given to the other drive. */
  piece: Uint8Array | null;
  readonly startedAt: Nanoseconds;
  due: null;
}
