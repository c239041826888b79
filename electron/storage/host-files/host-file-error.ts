/**
 * What Windows answers to operations on files: our closed names, with the system error codes of the Windows headers
 * (winerror.h), by which an administrator knows them (0x80070000 plus the code is the HRESULT).
 */
export const WIN32_CODES = {
  'file-not-found': 2,
  'path-not-found': 3,
  'access-denied': 5,
  'invalid-drive': 15,
  'not-same-device': 17,
  'sharing-violation': 32,
  'bad-network-path': 53,
  'disk-full': 112,
  'invalid-name': 123,
  'not-empty': 145,
  exists: 183,
  'name-too-long': 206,
  'not-a-folder': 267,
  'io-error': 1117,
} as const;

export type HostFileErrorCode = keyof typeof WIN32_CODES;

/** What the simulated host's file system throws. `path` is the Windows path that the caller gave. */
export class HostFileError extends Error {
  constructor(
    readonly code: HostFileErrorCode,
    readonly path: string,
    options?: ErrorOptions,
  ) {
    super(`${path}: ${code}`, options);
    this.name = 'HostFileError';
  }

  /** The system error code. */
  get win32(): number {
    return WIN32_CODES[this.code];
  }
}

const CODE_OF_SYSTEM_CODE: Readonly<Record<string, HostFileErrorCode>> = {
  ENOENT: 'file-not-found',
  ENOTDIR: 'path-not-found',
  EACCES: 'access-denied',
  EPERM: 'access-denied',
  EROFS: 'access-denied',
  ELOOP: 'access-denied',
  EBUSY: 'sharing-violation',
  EEXIST: 'exists',
  ENOTEMPTY: 'not-empty',
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  ENAMETOOLONG: 'name-too-long',
};

/** Runs `action`; what a system call throws becomes a `HostFileError` about `path`. A bug of ours is passed on. */
export function withHostErrors<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error instanceof HostFileError) throw error;
    const code = typeof error.code === 'string' ? CODE_OF_SYSTEM_CODE[error.code] : undefined;
    throw new HostFileError(code ?? 'io-error', path, { cause: error });
  }
}
