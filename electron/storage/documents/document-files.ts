import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, setAside, syncFolder, TEMPORARY_ENDING, writeFileAtomic } from './atomic-file';
import { decodeDocument, encodeDocument, isDocumentName } from './document-format';
import type { DocumentFormat, StoredDocument } from './document-format';
import { StoreError, toStoreError } from './store-error';

export type { DocumentFormat, Migration, StoredDocument } from './document-format';

/** Something about a document that a person should know. */
export interface DocumentNotice {
  /**
   * `documentDamaged`: it was set aside under the name in `file`. `documentNewer`: a newer version (or nobody we know) wrote
   * it; it stays as it is and must not be written.
   */
  readonly code: 'documentDamaged' | 'documentNewer';
  /** Its name; `journal` for the journal. */
  readonly document: string;
  readonly file: string;
  /** What is wrong, in English, for details and logs. */
  readonly reason: string;
}

/** What was found in the folder. */
export interface LoadedDocuments {
  readonly documents: Map<string, StoredDocument>;
  readonly notices: DocumentNotice[];
  /** Documents that were of an older version and are to be written in the present one. */
  readonly migrated: string[];
}

const ENDING = '.json';

/** One JSON file for each document, written atomically; what cannot be understood is set aside and never overwritten. */
export class DocumentFiles {
  constructor(
    private readonly folder: string,
    private readonly format: DocumentFormat,
  ) {}

  /** Makes the folder when it is not there. Throws system errors. */
  prepare(): void {
    makeFolder(this.folder);
  }

  /** Every document that is good. A damaged one is renamed; one of a newer version is given if it still fits. */
  load(): LoadedDocuments {
    const loaded: LoadedDocuments = { documents: new Map(), notices: [], migrated: [] };
    for (const file of readdirSync(this.folder).sort()) {
      if (file.endsWith(ENDING + TEMPORARY_ENDING)) rmSync(join(this.folder, file), { force: true });
      const name = file.slice(0, -ENDING.length);
      if (file.endsWith(ENDING) && isDocumentName(name)) this.loadOne(name, loaded);
    }
    return loaded;
  }

  /** Throws system errors. */
  write(name: string, document: StoredDocument): void {
    writeFileAtomic(this.path(name), encodeDocument(this.format, document));
  }

  /** Throws system errors. */
  remove(name: string): void {
    rmSync(this.path(name), { force: true });
    syncFolder(this.folder);
  }

  private loadOne(name: string, loaded: LoadedDocuments): void {
    const path = this.path(name);
    const text = readText(path);
    if (text instanceof StoreError) {
      loaded.notices.push({ code: 'documentNewer', document: name, file: path, reason: text.message });
      return;
    }
    const reading = decodeDocument(this.format, name, text);
    if (reading.status === 'damaged') {
      const file = setAside(path);
      loaded.notices.push({ code: 'documentDamaged', document: name, file, reason: reading.reason });
      return;
    }
    if (reading.document !== undefined) loaded.documents.set(name, reading.document);
    if (reading.status === 'ok' && reading.isMigrated) loaded.migrated.push(name);
    if (reading.status === 'newer') {
      loaded.notices.push({ code: 'documentNewer', document: name, file: path, reason: reading.reason });
    }
  }

  private path(name: string): string {
    return join(this.folder, name + ENDING);
  }
}

/** The text, or why the system does not let us read it: then we know nothing about it and must leave it alone. */
function readText(path: string): string | StoreError {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const failure = toStoreError(error, path);
    if (failure instanceof StoreError) return failure;
    throw error;
  }
}
