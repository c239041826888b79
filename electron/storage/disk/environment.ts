import { randomBytes } from 'node:crypto';

/** Time and chance for what goes into disk files. Injected, so that the same seed and inputs give the same bytes. */
export interface DiskEnvironment {
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number;
  /** `length` bytes nobody can guess or repeat, for identifiers. */
  randomBytes(length: number): Uint8Array;
}

/** The real clock and the operating system's random source. */
export const realEnvironment: DiskEnvironment = {
  now: () => Date.now(),
  randomBytes: (length) => new Uint8Array(randomBytes(length)),
};
