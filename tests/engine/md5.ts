import { createHash } from 'node:crypto';

/** The MD5 digest of `bytes` as another implementation has it. */
export const md5Of = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
