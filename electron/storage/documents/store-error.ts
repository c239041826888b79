/** Why a document could not be changed. The set is closed. */
export type StoreErrorCode =
  /** The document (or the whole store) was written by a newer version, or could not be read and must not be overwritten. */
  | 'read-only'
  /** What is to be written does not fit its own schema: a bug of the caller. */
  | 'invalid'
  | 'no-space'
  | 'io'
  /** The store has been closed, or has stopped because it could no longer promise that what it says is durable. */
  | 'closed';

/** What the stores of documents throw. Nothing was changed when a `commit` throws it. */
export class StoreError extends Error {
  constructor(
    readonly code: StoreErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'StoreError';
  }
}

/** Turns what a system call threw into a `StoreError`; a bug of ours is passed on as it is. */
export function toStoreError(error: unknown, doing: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const isFull = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  return new StoreError(isFull ? 'no-space' : 'io', `${doing}: ${error.message}`, { cause: error });
}
