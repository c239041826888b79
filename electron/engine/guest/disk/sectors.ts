/**
 * How the guest's file code sees a disk: whole sectors, synchronously. A block store fits; so does a guest's own cache,
 * which throws `SectorFault` for sectors that it has not read yet.
 */
export interface SectorAccess {
  /** Bytes in a sector. */
  readonly sectorSize: number;
  readonly sectorCount: number;
  /** A fresh copy of `count` sectors. */
  read(lba: number, count: number): Uint8Array;
  /** Whole sectors; the bytes are not kept by reference. */
  write(lba: number, data: Uint8Array): void;
}

/**
 * Thrown by a cache for sectors that are still on the disk. It is the page fault of the model guest: whoever runs the
 * program reads the sectors through the disk driver and runs the same step again, so steps change nothing before they read.
 */
export class SectorFault extends Error {
  constructor(
    /** The cache that missed. */
    readonly cache: object,
    readonly lba: number,
    readonly count: number,
  ) {
    super(`sectors ${lba} + ${count} are not in memory`);
    this.name = 'SectorFault';
  }
}

/** Thrown for sectors that the disk could not read or write, or that it does not have. */
export class SectorError extends Error {
  constructor(readonly lba: number) {
    super(`sector ${lba} cannot be read`);
    this.name = 'SectorError';
  }
}

/** `bytes` padded with zeros to whole sectors. */
export function wholeSectors(bytes: Uint8Array, sectorSize: number): Uint8Array {
  const padded = new Uint8Array(Math.ceil(bytes.length / sectorSize) * sectorSize);
  padded.set(bytes);
  return padded;
}

/** FNV-1a over bytes: the check that files of the model volume carry. 32 bits. */
export function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  return hash >>> 0;
}
