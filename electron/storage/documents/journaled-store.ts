import { closeSync, copyFileSync, existsSync, fstatSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { syncFolder, writeAll } from './atomic-file';
import { DocumentFiles, type DocumentFormat, type DocumentNotice } from './document-files';
import { frame, readFrames } from './frames';

/** A document as it becomes; null removes it. */
const patchSchema = z.object({ document: z.string(), after: z.unknown() });
const recordSchema = z.object({ sequence: z.number().int(), command: z.string(), patches: z.array(patchSchema) });
type JournalRecord = z.infer<typeof recordSchema>;

/** What is committed as one. */
export interface CommittedChange {
  readonly command: string;
  readonly patches: readonly { readonly document: string; readonly after: unknown }[];
}

/** After so many records the documents are brought up to date and the journal begins anew. */
const CHECKPOINT_RECORDS = 64;

/**
 * Documents behind a write-ahead journal. A change is one checksummed record: when `commit` returns it is on the disk, and a
 * process that dies at any moment leaves all of it or nothing. Documents are files of their own, so that one damaged file takes
 * nothing else with it; they carry the number of the last change in them, and opening repeats what the journal has beyond it.
 */
export class JournaledStore {
  private readonly files: DocumentFiles;
  private readonly journalPath: string;
  private journal = -1;
  private sequence = 0;
  private readonly dirty = new Map<string, unknown>();
  private records = 0;

  constructor(
    private readonly folder: string,
    format: DocumentFormat,
  ) {
    mkdirSync(folder, { recursive: true });
    this.files = new DocumentFiles(join(folder, 'documents'), format);
    this.journalPath = join(folder, 'journal.log');
  }

  /** Opens the store and brings it to the last acknowledged change. Call once. */
  load(): { documents: Map<string, unknown>; notices: DocumentNotice[] } {
    const { documents, notices } = this.files.load();
    const readOnly = new Set(notices.filter(({ code }) => code === 'documentNewer').map(({ document }) => document));
    const { records, notice } = this.openJournal();
    for (const { sequence } of documents.values()) this.sequence = Math.max(this.sequence, sequence);
    const current = new Map([...documents].map(([name, { data }]) => [name, data] as const));
    for (const record of records) {
      this.sequence = Math.max(this.sequence, record.sequence);
      for (const { document, after } of record.patches) {
        const known = documents.get(document);
        if (readOnly.has(document) || (known && known.sequence >= record.sequence)) continue;
        if (after === null) current.delete(document);
        else current.set(document, after);
        this.dirty.set(document, after);
      }
    }
    if (records.length > 0) this.checkpoint();
    return { documents: current, notices: notice ? [...notices, notice] : notices };
  }

  private openJournal(): { records: JournalRecord[]; notice: DocumentNotice | null } {
    const bytes = existsSync(this.journalPath) ? readFileSync(this.journalPath) : new Uint8Array(0);
    const { payloads, goodLength, damaged } = readFrames(bytes);
    const notice = damaged ? this.keepDamagedJournal() : null;
    this.journal = openSync(this.journalPath, existsSync(this.journalPath) ? 'r+' : 'w+');
    syncFolder(this.folder);
    ftruncateSync(this.journal, goodLength);
    closeSync(this.journal);
    this.journal = openSync(this.journalPath, 'a');
    const records = payloads.flatMap((payload) => {
      const parsed = recordSchema.safeParse(JSON.parse(new TextDecoder().decode(payload)));
      return parsed.success ? [parsed.data] : [];
    });
    this.records = records.length;
    return { records, notice };
  }

  private keepDamagedJournal(): DocumentNotice {
    let number = 1;
    while (existsSync(`${this.journalPath}.damaged-${number}`)) number++;
    const file = `${this.journalPath}.damaged-${number}`;
    copyFileSync(this.journalPath, file);
    return { code: 'documentDamaged', document: 'journal', file };
  }

  /** Makes a change durable. Throws what the file system says (no space, no rights); then nothing has changed. */
  commit({ command, patches }: CommittedChange): void {
    const record = { sequence: this.sequence + 1, command, patches: patches.map(({ document, after }) => ({ document, after })) };
    this.append(frame(new TextEncoder().encode(JSON.stringify(record))));
    this.sequence = record.sequence;
    for (const { document, after } of patches) this.dirty.set(document, after);
    if (++this.records >= CHECKPOINT_RECORDS) this.checkpoint();
  }

  /** A record that could not be written whole is taken out again, or the next one would stand behind rubbish. */
  private append(bytes: Uint8Array): void {
    const { size } = fstatSync(this.journal);
    try {
      writeAll(this.journal, bytes);
      fsyncSync(this.journal);
    } catch (error) {
      ftruncateSync(this.journal, size);
      throw error;
    }
  }

  /** Writes every changed document to its file and empties the journal. */
  private checkpoint(): void {
    for (const [name, data] of this.dirty) {
      if (data === null) this.files.remove(name);
      else this.files.write(name, { sequence: this.sequence, data });
    }
    this.dirty.clear();
    ftruncateSync(this.journal, 0);
    fsyncSync(this.journal);
    this.records = 0;
  }

  /** Brings the documents up to date and ends. The store is as good without it. */
  close(): void {
    if (this.journal < 0) return;
    this.checkpoint();
    closeSync(this.journal);
    this.journal = -1;
  }
}
