/** Why a virtual disk operation was refused. The set is closed; each code has a text in every locale. */
export const DISK_ERROR_CODES = [
  'not-found',
  'exists',
  'in-use',
  'denied',
  'damaged',
  'unsupported',
  'parent-missing',
  'parent-mismatch',
  'invalid-size',
  'too-large',
  'no-space',
  'cancelled',
  'io',
] as const;

export type DiskErrorCode = (typeof DISK_ERROR_CODES)[number];

/** What is known beside the code. */
export interface DiskErrorDetails {
  /** The file on the real host that the error is about. */
  readonly path: string;
  /** For `parent-mismatch`: whether the parent is another disk (or has changed), or has another size. */
  readonly mismatch?: 'identity' | 'size' | 'loop';
}

/** What disk creation, opening and inspection throw. A store in use throws `BlockError` instead, as its interface says. */
export class DiskError extends Error {
  constructor(
    readonly code: DiskErrorCode,
    message: string,
    readonly details: DiskErrorDetails,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'DiskError';
  }
}

/** The code of a failed system call, such as `ENOENT`; undefined when `error` is something else. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const CODE_OF_SYSTEM_CODE: Readonly<Record<string, DiskErrorCode>> = {
  ENOENT: 'not-found',
  ENOTDIR: 'not-found',
  EEXIST: 'exists',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  EISDIR: 'denied',
  EBUSY: 'in-use',
  ETXTBSY: 'in-use',
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EFBIG: 'too-large',
};

/** Turns what a system call threw into a `DiskError`; a bug of ours (an error without a system code) is passed on as it is. */
export function fromSystemError(error: unknown, path: string): unknown {
  const code = systemCode(error);
  if (code === undefined || !(error instanceof Error)) return error;
  return new DiskError(CODE_OF_SYSTEM_CODE[code] ?? 'io', `${path}: ${error.message}`, { path }, { cause: error });
}

/** Runs `action`; a system error becomes a `DiskError` about `path`. */
export function withSystemErrors<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw fromSystemError(error, path);
  }
}

/** Shorthand for the commonest refusal while parsing: the file says something that cannot be. */
export function damaged(path: string, what: string): DiskError {
  return new DiskError('damaged', `${path}: ${what}`, { path });
}
