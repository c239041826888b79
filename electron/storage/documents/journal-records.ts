import { z } from 'zod';

/** One document of a change: as it was (for taking the change back) and as it becomes. Null means that there is none. */
export interface DocumentPatch {
  readonly document: string;
  readonly before?: unknown;
  readonly after: unknown;
}

/** What is committed as one: a command and every document that it replaces. Read backwards it is its own inverse. */
export interface CommittedChange {
  readonly command: string;
  /** What the change was to the person; journals of before this was kept have none. */
  readonly role?: 'command' | 'undo' | 'redo' | 'record' | undefined;
  readonly patches: readonly DocumentPatch[];
}

/** A change that was carried out earlier. */
export interface HistoryEntry extends CommittedChange {
  readonly sequence: number;
}

/** Format of the journal itself: its header and the shape of its records. */
export const JOURNAL_VERSION = 1;

const patchSchema = z.object({ document: z.string(), before: z.unknown().optional(), after: z.unknown() });
const roleSchema = z.enum(['command', 'undo', 'redo', 'record']).optional();
const entrySchema = z.object({
  sequence: z.number().int(),
  command: z.string(),
  role: roleSchema,
  patches: z.array(patchSchema),
});

/** One change in the journal, with the version of the documents in it. */
export const recordSchema = entrySchema.extend({ version: z.number().int() });

/** The journal's first record: what was known when it was begun. */
export const headerSchema = z.object({
  journal: z.number().int(),
  sequence: z.number().int(),
  history: z.array(entrySchema),
});
