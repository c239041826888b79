import { join } from 'node:path';
import { makeFolder, setAside } from './atomic-file';
import { DocumentFiles } from './document-files';
import type { DocumentNotice } from './document-files';
import { decodeData, roundTrip } from './document-format';
import type { DocumentFormat } from './document-format';
import { JournalFile } from './journal-file';
import { headerSchema, JOURNAL_VERSION, recordSchema } from './journal-records';
import type { CommittedChange, DocumentPatch, HistoryEntry } from './journal-records';
import { StoreError, toStoreError } from './store-error';

/** What opening a store gives. */
export interface LoadedStore {
  /** Documents by name. Each fits its schema. */
  readonly documents: Map<string, unknown>;
  readonly notices: DocumentNotice[];
  /** The last changes, oldest first. */
  readonly history: readonly HistoryEntry[];
  /** Number of the last change. */
  readonly sequence: number;
}

export interface JournaledStoreOptions {
  /** Records after which documents are written to their files and the journal starts anew. */
  readonly checkpointRecords?: number;
  /** Changes remembered for `history`. */
  readonly historyLimit?: number;
}

/** Name under which notices speak of the journal. */
const JOURNAL = 'journal';

export type { CommittedChange, DocumentPatch, HistoryEntry } from './journal-records';

/**
 * Documents behind a write-ahead journal. A change is one checksummed record: when `commit` returns it is on stable storage,
 * and a process that ends at any moment leaves all of it or nothing. Documents are files of their own, so that one damaged file
 * takes nothing else with it. They follow at the next checkpoint: a record holds the whole new content of each document, so
 * repeating the journal gives the same state whether the files had been written before a sudden end or not.
 *
 * Everything is synchronous. One process at a time may have a store open.
 */
export class JournaledStore {
  private readonly files: DocumentFiles;
  private readonly journal: JournalFile;
  private readonly journalPath: string;
  private readonly current = new Map<string, unknown>();
  private readonly notices: DocumentNotice[] = [];
  private readonly locked = new Map<string, string>();
  private readonly dirty = new Set<string>();
  private history: HistoryEntry[] = [];
  private sequence = 0;
  private records = 0;
  private state: 'new' | 'open' | 'closed' = 'new';

  constructor(
    private readonly folder: string,
    private readonly format: DocumentFormat,
    private readonly options: JournaledStoreOptions = {},
  ) {
    this.files = new DocumentFiles(join(folder, 'documents'), format);
    this.journalPath = join(folder, 'journal.log');
    this.journal = new JournalFile(this.journalPath);
  }

  /** Opens the store and brings it to the last acknowledged change. Call once. Throws `StoreError` when the folder is of no use. */
  load(): LoadedStore {
    if (this.state !== 'new') throw new StoreError('closed', `${this.folder} was loaded before`);
    try {
      makeFolder(this.folder);
      this.files.prepare();
      this.loadFiles();
      this.loadJournal();
    } catch (error) {
      this.journal.close();
      throw toStoreError(error, this.folder);
    }
    this.state = 'open';
    const { notices, history, sequence } = this;
    return { documents: new Map(this.current), notices: [...notices], history: [...history], sequence };
  }

  /**
   * Makes a change durable; returns its number. Throws `StoreError` (`read-only`, `invalid`, `no-space`, `io`, `closed`); then
   * nothing has changed.
   */
  commit(change: CommittedChange): number {
    if (this.state !== 'open') throw new StoreError('closed', `${this.folder} is not open`);
    this.checkJournal();
    const patches = change.patches.map((patch) => this.checked(patch));
    const entry = { ...change, sequence: this.sequence + 1, patches };
    this.journal.append({ version: this.format.version, ...entry });
    this.sequence = entry.sequence;
    this.apply(entry);
    if (this.records >= (this.options.checkpointRecords ?? 64)) this.tryCheckpoint();
    return entry.sequence;
  }

  /** Writes every changed document to its file and starts the journal anew. Throws `StoreError`; the store goes on as before. */
  checkpoint(): void {
    if (this.state !== 'open') throw new StoreError('closed', `${this.folder} is not open`);
    this.checkJournal();
    try {
      for (const name of this.dirty) this.writeOut(name);
      this.restartJournal();
    } catch (error) {
      throw toStoreError(error, this.folder);
    }
  }

  /** Brings the documents up to date and ends. The store is as good without it. May be called again. */
  close(): void {
    if (this.state === 'open') this.tryCheckpoint();
    this.journal.close();
    this.state = 'closed';
  }

  private loadFiles(): void {
    const { documents, notices, migrated } = this.files.load();
    for (const [name, { data, sequence }] of documents) {
      this.current.set(name, data);
      this.sequence = Math.max(this.sequence, sequence);
    }
    for (const notice of notices) this.notify(notice);
    for (const name of migrated) this.dirty.add(name);
  }

  private loadJournal(): void {
    const content = this.journal.open();
    const header = headerSchema.safeParse(content?.records[0]);
    if (content?.asidePath !== undefined) this.reportDamage(content.asidePath);
    if (!header.success) {
      // There was none, or it ended before it had begun; or it is whole and no journal of ours, which is no reason to lose it.
      if (content !== undefined && content.records.length > 0) this.reportDamage(setAside(this.journalPath));
      return this.restartJournal();
    }
    if (header.data.journal > JOURNAL_VERSION) {
      this.stopWriting(`the journal has version ${header.data.journal}; this program knows version ${JOURNAL_VERSION}`);
      return;
    }
    this.sequence = Math.max(this.sequence, header.data.sequence);
    this.history = header.data.history;
    for (const record of content?.records.slice(1) ?? []) {
      if (!this.replay(record)) return;
    }
  }

  /** Repeats one record; false when it, and so everything behind it, cannot be understood. */
  private replay(stored: unknown): boolean {
    const record = recordSchema.safeParse(stored);
    if (!record.success) return this.stopWriting('it holds a record of another shape');
    const { version, sequence, command, role } = record.data;
    const patches: DocumentPatch[] = [];
    for (const patch of record.data.patches) {
      const after = patch.after === null ? null : this.understood(patch, version, sequence);
      if (after === undefined) return false;
      if (!this.locked.has(patch.document)) patches.push({ ...patch, after });
    }
    this.sequence = sequence;
    this.apply({ sequence, command, role, patches });
    return true;
  }

  /** The patch's new content in the present version, or undefined when it has none. */
  private understood(patch: DocumentPatch, version: number, sequence: number): unknown {
    const reading = decodeData(this.format, patch.document, version, { sequence, data: patch.after });
    if (reading.status === 'ok') return reading.document.data;
    this.stopWriting(`${patch.document}: ${reading.reason}`);
    return undefined;
  }

  private checkJournal(): void {
    const reason = this.locked.get(JOURNAL);
    if (reason !== undefined) throw new StoreError('read-only', `the journal: ${reason}`);
  }

  private checked(patch: DocumentPatch): DocumentPatch {
    const { document, after } = patch;
    const reason = this.locked.get(document);
    if (reason !== undefined) throw new StoreError('read-only', `${document}: ${reason}`);
    if (after === null) return patch;
    const reading = roundTrip(this.format, document, after);
    if (reading.status !== 'ok') throw new StoreError('invalid', `${document}: ${reading.reason}`);
    return { ...patch, after: reading.document.data };
  }

  private apply(entry: HistoryEntry): void {
    for (const { document, after } of entry.patches) {
      if (after === null) this.current.delete(document);
      else this.current.set(document, after);
      this.dirty.add(document);
    }
    this.records += 1;
    this.history = [...this.history, entry].slice(-(this.options.historyLimit ?? 100));
  }

  private writeOut(name: string): void {
    const data = this.current.get(name);
    if (data === undefined) this.files.remove(name);
    else this.files.write(name, { sequence: this.sequence, data });
  }

  private restartJournal(): void {
    this.journal.restart({ journal: JOURNAL_VERSION, sequence: this.sequence, history: this.history });
    this.records = 0;
    this.dirty.clear();
  }

  /** A failed checkpoint loses nothing: the journal still has every change, and the next one is tried after the next change. */
  private tryCheckpoint(): void {
    try {
      this.checkpoint();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }

  /** From now on only for reading: the journal stays as it is, for the version that understands it. */
  private stopWriting(reason: string): false {
    this.notify({ code: 'documentNewer', document: JOURNAL, file: this.journalPath, reason });
    return false;
  }

  private reportDamage(file: string): void {
    const reason = 'it is damaged before its end; changes behind the damage are lost';
    this.notify({ code: 'documentDamaged', document: JOURNAL, file, reason });
  }

  private notify(notice: DocumentNotice): void {
    this.notices.push(notice);
    if (notice.code === 'documentNewer') this.locked.set(notice.document, notice.reason);
  }
}
