import { z } from 'zod';

/** A step of a document's format: makes version `from + 1` out of version `from`. It may throw: the document is damaged then. */
export interface Migration {
  readonly from: number;
  /** Names of the documents that it concerns. */
  readonly documents: RegExp;
  migrate(data: unknown): unknown;
}

/** How the documents of a folder are understood. */
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

/** What became of a stored document. */
export type DocumentReading =
  | { readonly status: 'ok'; readonly document: StoredDocument; readonly isMigrated: boolean }
  | { readonly status: 'damaged'; readonly reason: string }
  /** Written by a newer version: not to be written. The document is there when what we know of it can still be read. */
  | { readonly status: 'newer'; readonly reason: string; readonly document?: StoredDocument };

const envelopeSchema = z.object({
  version: z.number().int().min(1),
  sequence: z.number().int().min(0),
  data: z.unknown(),
});

/** Names that are safe as file names everywhere. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9-]{0,119}$/;

export function isDocumentName(name: string): boolean {
  return NAME.test(name);
}

/** The text of a document's file. */
export function encodeDocument(format: DocumentFormat, document: StoredDocument): string {
  return `${JSON.stringify({ version: format.version, ...document }, null, 2)}\n`;
}

/** Reads the text of a document's file. Never throws: what is wrong is the answer. */
export function decodeDocument(format: DocumentFormat, name: string, text: string): DocumentReading {
  let stored: unknown;
  try {
    stored = JSON.parse(text);
  } catch {
    return { status: 'damaged', reason: 'it is not JSON' };
  }
  const envelope = envelopeSchema.safeParse(stored);
  if (!envelope.success) return { status: 'damaged', reason: 'it has no version and sequence number' };
  return decodeData(format, name, envelope.data.version, envelope.data);
}

/** The same for data whose version is known from elsewhere (a journal). */
export function decodeData(
  format: DocumentFormat,
  name: string,
  version: number,
  stored: StoredDocument,
): DocumentReading {
  const { sequence } = stored;
  const schema = format.schemaFor(name);
  if (version > format.version) {
    const reason = `it has version ${version}; this program knows versions up to ${format.version}`;
    const known = schema?.safeParse(stored.data);
    if (known?.success !== true) return { status: 'newer', reason };
    return { status: 'newer', reason, document: { sequence, data: known.data } };
  }
  if (schema === null) return { status: 'damaged', reason: 'there is no document of this name' };
  const migrated = migrate(format, name, version, stored.data);
  if (migrated.failure !== undefined) return { status: 'damaged', reason: `its migration failed: ${migrated.failure}` };
  const parsed = schema.safeParse(migrated.data);
  if (!parsed.success) return { status: 'damaged', reason: z.prettifyError(parsed.error) };
  return { status: 'ok', document: { sequence, data: parsed.data }, isMigrated: version < format.version };
}

/** What would be read back if `data` were written now. */
export function roundTrip(format: DocumentFormat, name: string, data: unknown): DocumentReading {
  const text: string | undefined = JSON.stringify(data);
  if (!isDocumentName(name) || text === undefined) return { status: 'damaged', reason: 'it cannot be a document' };
  return decodeData(format, name, format.version, { sequence: 0, data: JSON.parse(text) });
}

interface Migrated {
  readonly data?: unknown;
  readonly failure?: string;
}

function migrate(format: DocumentFormat, name: string, version: number, data: unknown): Migrated {
  const steps = format.migrations.filter(({ from, documents }) => from >= version && documents.test(name));
  try {
    const inOrder = [...steps].sort((a, b) => a.from - b.from);
    return { data: inOrder.reduce((value, step) => step.migrate(value), data) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
