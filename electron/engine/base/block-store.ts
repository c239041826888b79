/** A disk or disc seen as sectors: what a controller or VSP is given as its back end. All calls are synchronous. */
export interface BlockStore {
  /** Bytes in a sector: 512 for disks, 2048 for optical media. */
  readonly sectorSize: number;
  /** Number of addressable sectors; the last address is one less. */
  readonly sectorCount: number;
  readonly readOnly: boolean;
  /** Exactly `count * sectorSize` bytes, a fresh array that the caller may keep. Throws `BlockError` on a media error. */
  read(lba: number, count: number): Uint8Array;
  /** Writes whole sectors: the length of `data` is a multiple of `sectorSize`. The bytes are not kept by reference. Throws `BlockError`. */
  write(lba: number, data: Uint8Array): void;
  /** Returns when everything written before is on stable storage. Throws `BlockError`. */
  flush(): void;
  /** Bytes that the store gives back together; absent or 0 when it keeps the room of what is unmapped. */
  readonly unmapGranularity?: number;
  /** Lets go of what the sectors hold: they read as zeros from now on. Throws `BlockError`. */
  unmap?(lba: number, count: number): void;
}

/**
 * Why a block store refused: the address does not exist, the medium is write-protected, the medium cannot be read or written,
 * the store has been closed, or there is no room behind it.
 */
export type BlockErrorKind = 'out-of-range' | 'read-only' | 'media' | 'closed' | 'full';

/** What a block store throws. A controller turns the kind into its own status (ATA error register, SCSI sense). */
export class BlockError extends Error {
  constructor(
    readonly kind: BlockErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'BlockError';
  }
}

/** What `checkSectors` needs to know about a store. */
export type BlockShape = Pick<BlockStore, 'sectorSize' | 'sectorCount'>;

/** Throws `out-of-range` unless `count` sectors at `lba` are whole numbers that lie inside the store. */
export function checkSectors(store: BlockShape, lba: number, count: number): void {
  const isInside = Number.isSafeInteger(lba) && Number.isSafeInteger(count) && lba >= 0 && count >= 0;
  if (isInside && lba + count <= store.sectorCount) return;
  throw new BlockError('out-of-range', `sectors ${lba} + ${count} are not inside 0..${store.sectorCount}`);
}

/** How many sectors `length` bytes are. Throws `out-of-range` unless they are whole sectors. */
export function sectorsOf(store: BlockShape, length: number): number {
  if (length % store.sectorSize === 0) return length / store.sectorSize;
  throw new BlockError('out-of-range', `${length} bytes are not whole sectors of ${store.sectorSize} bytes`);
}
