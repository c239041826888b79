import type { VmRecord } from '@shared/model/inventory';

/** A JSON document as it was and as it becomes; null means that there is none. */
export interface Patch {
  readonly document: string;
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * One accepted command: what it was called, and every document that it replaces. All of it is durable or none of it is.
 * Its inverse is the same change read backwards.
 */
export interface Change {
  /** Name of the command, for the Undo menu: a key of the locales' `commands`. */
  readonly command: string;
  /** A person's command, one that was taken back or repeated, or a `record` that is nobody's command (a MAC address taken at start). */
  readonly role: 'command' | 'undo' | 'redo' | 'record';
  readonly patches: readonly Patch[];
}

/** The change that takes `change` back. */
export function invert({ patches, ...change }: Change): Change {
  return {
    ...change,
    patches: patches.map(({ document, before, after }) => ({ document, before: after, after: before })).reverse(),
  };
}

/** The machine's record that a document is, or null for another document or none. */
export function recordOf(document: unknown): VmRecord | null {
  return typeof document === 'object' && document !== null && 'settings' in document ? (document as VmRecord) : null; // inventory holds only checked documents
}

/** Where changes become durable. `commit` returns when the change survives a power cut. */
export interface ChangeStore {
  /** Documents by name, as they are on disk, and the last changes, oldest first. */
  load(): { documents: Map<string, unknown>; notices: StoreNotice[]; history: Change[] };
  commit(change: Change): void;
}

/** A document that could not be taken: set aside because it is damaged, or read only because it is newer than this program. */
export interface StoreNotice {
  readonly code: 'documentDamaged' | 'documentNewer';
  readonly document: string;
  readonly file: string;
}
