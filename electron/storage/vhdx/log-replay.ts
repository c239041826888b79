import { damaged, DiskError } from '../disk/disk-error';
import type { ByteSource, DiskFile } from '../disk/disk-file';
import { readBytes } from '../disk/disk-file';
import { NIL_GUID } from '../disk/guid';
import type { VhdxHeader } from './header';
import { LOG_SECTOR, MB } from './layout';
import { decodeLogEntry } from './log-entry';
import type { LogEntry, LogUpdate } from './log-entry';

/** What has to be put into the file before anything else of it may be trusted. */
export interface PendingLog {
  readonly updates: readonly LogUpdate[];
  /** The file must be at least this long afterwards. */
  readonly lastOffset: number;
}

/** No implementation makes logs larger than this; reading one of gigabytes would only exhaust memory. */
const MAX_LOG = 256 * MB;

/** The updates that the log still holds, or undefined when it is empty. Throws `damaged` as MS-VHDX 2.3.3 demands. */
export function pendingLog(source: ByteSource, header: VhdxHeader): PendingLog | undefined {
  if (header.logGuid === NIL_GUID) return undefined;
  const { path } = source;
  if (header.logLength > MAX_LOG)
    throw new DiskError('unsupported', `${path}: a log of ${header.logLength} bytes`, { path });
  const log = readBytes(source, header.logAt, header.logLength);
  const active = activeSequence(log, header.logGuid);
  const head = active.at(-1);
  if (head === undefined) throw damaged(path, 'the log is marked as in use but holds no valid sequence');
  if (source.size < head.flushedSize) throw damaged(path, 'the file has been cut since its log was written');
  return { updates: active.flatMap((entry) => entry.updates), lastOffset: head.lastOffset };
}

/** Puts the updates into the file, in order, and makes them durable. */
export function replay(file: DiskFile, pending: PendingLog): void {
  const ends = pending.updates.map((update) => update.at + update.length);
  const size = Math.max(file.size, pending.lastOffset, ...ends);
  if (size > file.size) file.setSize(size);
  for (const update of pending.updates) {
    if (update.bytes === undefined) file.writeZeros(update.at, update.length);
    else file.write(update.at, update.bytes);
  }
  file.sync();
}

/** A file as it will be after replay, for readers that must not change it. */
export class ReplayedView implements ByteSource {
  readonly path: string;
  readonly size: number;

  constructor(
    private readonly source: ByteSource,
    private readonly pending: PendingLog,
  ) {
    this.path = source.path;
    this.size = Math.max(
      source.size,
      pending.lastOffset,
      ...pending.updates.map((update) => update.at + update.length),
    );
  }

  readInto(target: Uint8Array, position: number): void {
    if (position + target.length > this.size) throw damaged(this.path, 'the file ends early');
    const stored = Math.max(0, Math.min(target.length, this.source.size - position));
    target.fill(0, stored);
    if (stored > 0) this.source.readInto(target.subarray(0, stored), position);
    for (const update of this.pending.updates) overlay(target, position, update);
  }
}

function overlay(target: Uint8Array, position: number, update: LogUpdate): void {
  const from = Math.max(position, update.at);
  const to = Math.min(position + target.length, update.at + update.length);
  if (from >= to) return;
  const part = target.subarray(from - position, to - position);
  if (update.bytes === undefined) part.fill(0);
  else part.set(update.bytes.subarray(from - update.at, to - update.at));
}

/**
 * The newest complete sequence of entries, from its tail on (MS-VHDX 2.3.2 and 2.3.3). Entries that follow each other in the
 * ring with rising sequence numbers form a run; it is complete when the tail that its last entry names lies in it.
 */
function activeSequence(log: Uint8Array, guid: string): LogEntry[] {
  let best: LogEntry[] = [];
  for (let start = 0; start < log.length;) {
    const run = runFrom(log, start, guid);
    const complete = completePart(run.entries);
    if ((complete.at(-1)?.sequence ?? 0n) > (best.at(-1)?.sequence ?? 0n)) best = complete;
    start = complete.length > 0 ? Math.max(run.end, start + LOG_SECTOR) : start + LOG_SECTOR;
  }
  return best;
}

interface PlacedEntry {
  readonly at: number;
  readonly entry: LogEntry;
}

/** The run that begins at `start`; `end` counts on past the end of the ring when the run wraps. */
function runFrom(
  log: Uint8Array,
  start: number,
  guid: string,
): { readonly entries: PlacedEntry[]; readonly end: number } {
  const entries: PlacedEntry[] = [];
  let end = start;
  while (end - start < log.length) {
    const at = end % log.length;
    const entry = decodeLogEntry(log, at, guid);
    const last = entries.at(-1)?.entry;
    if (entry === undefined || (last !== undefined && entry.sequence !== last.sequence + 1n)) break;
    entries.push({ at, entry });
    end += entry.length;
  }
  return { entries, end };
}

function completePart(run: readonly PlacedEntry[]): LogEntry[] {
  const tail = run.at(-1)?.entry.tail;
  const from = run.findIndex((placed) => placed.at === tail);
  return from < 0 ? [] : run.slice(from).map((placed) => placed.entry);
}
