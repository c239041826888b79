import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { syncFolder, writeAtomic } from './atomic-file';

/** A step of a document's format: makes version `from + 1` out of version `from`. */
export interface Migration {
  readonly from: number;
  /** Names of the documents that it concerns. */
  readonly documents: RegExp;
  migrate(data: unknown): unknown;
}

/** How documents of a folder are understood. */
export interface DocumentFormat {
  readonly version: number;
  readonly migrations: readonly Migration[];
  /** The schema of a document by its name, or null when no such document exists. */
  schemaFor(name: string): z.ZodType | null;
}

/** A document in its file. `sequence` is the number of the last change that is in it. */
export interface StoredDocument {
  readonly sequence: number;
  readonly data: unknown;
}

export interface DocumentNotice {
  readonly code: 'documentDamaged' | 'documentNewer';
  readonly document: string;
  readonly file: string;
}

const envelopeSchema = z.object({ version: z.number().int(), sequence: z.number().int(), data: z.unknown() });
const ENDING = '.json';

/** One JSON file for each document, written atomically; what cannot be understood is set aside and never overwritten. */
export class DocumentFiles {
  constructor(
    private readonly folder: string,
    private readonly format: DocumentFormat,
  ) {
    mkdirSync(folder, { recursive: true });
  }

  /** Every document that is good. A damaged one is renamed; one of a newer version is given if it still fits, read only. */
  load(): { documents: Map<string, StoredDocument>; notices: DocumentNotice[] } {
    const documents = new Map<string, StoredDocument>();
    const notices: DocumentNotice[] = [];
    for (const file of readdirSync(this.folder).sort()) {
      if (!file.endsWith(ENDING)) continue;
      const name = file.slice(0, -ENDING.length);
      const read = this.read(name);
      if (read.document) documents.set(name, read.document);
      if (read.notice) notices.push(read.notice);
    }
    return { documents, notices };
  }

  private read(name: string): { document?: StoredDocument; notice?: DocumentNotice } {
    const envelope = envelopeSchema.safeParse(parseJson(readFileSync(this.path(name), 'utf8')));
    const schema = this.format.schemaFor(name);
    if (!envelope.success || !schema) return { notice: this.setAside(name) };
    const { version, sequence } = envelope.data;
    const data = schema.safeParse(this.migrate(name, version, envelope.data.data));
    if (version > this.format.version) {
      const notice: DocumentNotice = { code: 'documentNewer', document: name, file: this.path(name) };
      return data.success ? { document: { sequence, data: data.data }, notice } : { notice };
    }
    return data.success ? { document: { sequence, data: data.data } } : { notice: this.setAside(name) };
  }

  private migrate(name: string, version: number, data: unknown): unknown {
    const steps = this.format.migrations.filter(({ from, documents }) => from >= version && documents.test(name));
    return steps.sort((a, b) => a.from - b.from).reduce((value, step) => step.migrate(value), data);
  }

  private setAside(name: string): DocumentNotice {
    let number = 1;
    while (existsSync(`${this.path(name)}.damaged-${number}`)) number++;
    const file = `${this.path(name)}.damaged-${number}`;
    renameSync(this.path(name), file);
    syncFolder(this.folder);
    return { code: 'documentDamaged', document: name, file };
  }

  write(name: string, { sequence, data }: StoredDocument): void {
    const text = JSON.stringify({ version: this.format.version, sequence, data }, null, 2);
    writeAtomic(this.path(name), new TextEncoder().encode(`${text}\n`));
  }

  remove(name: string): void {
    rmSync(this.path(name), { force: true });
    syncFolder(this.folder);
  }

  private path(name: string): string {
    return join(this.folder, name + ENDING);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
