import type { DiskEnvironment } from '../disk/environment';
import type { DiskFile } from '../disk/disk-file';
import { newGuid, NIL_GUID } from '../disk/guid';
import type { HeaderPair } from './header';
import { alignUp, LOG_SECTOR, MB } from './layout';
import { encodeLogEntry, logEntryLength } from './log-entry';
import type { SectorUpdate } from './log-entry';

/**
 * The writing side of a VHDX's log: every change of the block table and of sector bitmaps goes through it, so that it happens
 * as a whole whatever interrupts (MS-VHDX 2.3).
 *
 * The log comes into use with its first entry: the entry is written and made durable while the header still says "empty", and
 * only then the header names the log. In the other order there would be a moment with a log in use and nothing valid in it,
 * which readers must call a corrupt file. The place is free then, so nothing valid is overwritten.
 *
 * An entry's tail is the oldest entry whose updates are not known to be durable in their places. Before the ring starts anew
 * an empty entry that is its own tail is written at its end, so what the new entry overwrites is part of no valid sequence.
 */
export class MetadataLog {
  private guid = NIL_GUID;
  private sequence = 0n;
  private next = 0;
  private tail = 0;
  private durableSize: number;

  constructor(
    private readonly file: DiskFile,
    private readonly headers: HeaderPair,
    private readonly environment: DiskEnvironment,
  ) {
    this.durableSize = file.size;
  }

  /**
   * Puts `updates` into the file, all or none. With `isDurable` the entry is on stable storage when this returns, and so is
   * everything written before; otherwise at the next `sync`.
   */
  commit(updates: readonly SectorUpdate[], isDurable: boolean): void {
    if (isDurable) this.sync();
    this.makeRoom(logEntryLength(updates.length));
    const at = this.append(updates);
    const isFirst = this.headers.current.logGuid !== this.guid;
    if (isDurable || isFirst) {
      this.syncFile();
      this.tail = at; // everything older has reached its place; this entry's own updates have not been written yet
    }
    if (isFirst) this.headers.update(this.file, { logGuid: this.guid });
    for (const update of updates) this.file.write(update.at, update.bytes);
  }

  /** Returns when everything written is durable, in the log and in its place. */
  sync(): void {
    this.syncFile();
    this.tail = this.next;
  }

  /** Empties the log: every update is in its place, and the header says that there is nothing to replay. */
  close(): void {
    if (this.headers.current.logGuid === NIL_GUID) return;
    this.sync();
    this.headers.update(this.file, { logGuid: NIL_GUID });
  }

  private syncFile(): void {
    const size = this.file.size;
    this.file.sync();
    this.durableSize = size;
  }

  /** Starts at the front of the ring when the entry, and a last empty one behind it, would not fit before the end. */
  private makeRoom(length: number): void {
    if (this.next + length + LOG_SECTOR <= this.headers.current.logLength) return;
    this.sync();
    this.append([]);
    this.syncFile();
    this.next = 0;
    this.tail = 0;
  }

  /** Writes one entry at the end of the used part; returns its offset in the log. */
  private append(updates: readonly SectorUpdate[]): number {
    if (this.guid === NIL_GUID) this.guid = newGuid(this.environment);
    this.sequence += 1n;
    const place = {
      tail: this.tail,
      sequence: this.sequence,
      flushedSize: Math.floor(this.durableSize / MB) * MB,
      lastOffset: alignUp(this.file.size, MB),
    };
    const bytes = encodeLogEntry(place, this.guid, updates);
    const at = this.next;
    this.file.write(this.headers.current.logAt + at, bytes);
    this.next += bytes.length;
    return at;
  }
}
