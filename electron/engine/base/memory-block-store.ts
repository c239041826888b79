import { BlockError, checkSectors, sectorsOf } from './block-store';
import type { BlockStore } from './block-store';

/** Sectors kept together as one piece of memory; pieces that were never written take no memory and read as zeros. */
const CHUNK_BYTES = 65_536;

/** Shape of a store in memory. */
export interface MemoryBlockStoreOptions {
  readonly sectorCount: number;
  /** Bytes in a sector, a divisor of 64 KB; 512 when absent. */
  readonly sectorSize?: number;
  readonly readOnly?: boolean;
  /** True for a store that gives room back. */
  readonly thin?: boolean;
  /** What the first sectors hold; the rest is zeros. */
  readonly content?: Uint8Array;
}

/** A disk that exists only in memory: for tests, and for media that are made on the spot. */
export class MemoryBlockStore implements BlockStore {
  readonly sectorSize: number;
  readonly sectorCount: number;
  readonly readOnly: boolean;
  readonly unmapGranularity: number;
  private readonly chunks = new Map<number, Uint8Array>();
  private isClosed = false;

  constructor(options: MemoryBlockStoreOptions) {
    this.sectorSize = options.sectorSize ?? 512;
    this.sectorCount = options.sectorCount;
    this.readOnly = options.readOnly ?? false;
    this.unmapGranularity = options.thin ? CHUNK_BYTES : 0;
    if (CHUNK_BYTES % this.sectorSize !== 0) throw new BlockError('out-of-range', `sector size ${this.sectorSize}`);
    if (options.content !== undefined) this.load(options.content);
  }

  read(lba: number, count: number): Uint8Array {
    this.checkOpen();
    checkSectors(this, lba, count);
    const out = new Uint8Array(count * this.sectorSize);
    this.eachPiece(lba * this.sectorSize, out.length, (index, from, at, length) => {
      const chunk = this.chunks.get(index);
      if (chunk !== undefined) out.set(chunk.subarray(from, from + length), at);
    });
    return out;
  }

  write(lba: number, data: Uint8Array): void {
    this.checkOpen();
    checkSectors(this, lba, sectorsOf(this, data.length));
    if (this.readOnly) throw new BlockError('read-only', 'the medium is write-protected');
    this.store(lba * this.sectorSize, data);
  }

  flush(): void {
    this.checkOpen();
  }

  unmap(lba: number, count: number): void {
    this.checkOpen();
    checkSectors(this, lba, count);
    if (this.readOnly) throw new BlockError('read-only', 'the medium is write-protected');
    this.eachPiece(lba * this.sectorSize, count * this.sectorSize, (index, from, _at, length) => {
      if (length === CHUNK_BYTES) this.chunks.delete(index);
      else this.chunks.get(index)?.fill(0, from, from + length);
    });
  }

  /** Every later call throws `closed`. */
  close(): void {
    this.isClosed = true;
    this.chunks.clear();
  }

  /** Bytes of memory that hold data: what the store really costs. */
  get residentBytes(): number {
    return this.chunks.size * CHUNK_BYTES;
  }

  private load(content: Uint8Array): void {
    checkSectors(this, 0, Math.ceil(content.length / this.sectorSize));
    this.store(0, content);
  }

  private store(position: number, data: Uint8Array): void {
    this.eachPiece(position, data.length, (index, from, at, length) => {
      const chunk = this.chunks.get(index) ?? new Uint8Array(CHUNK_BYTES);
      this.chunks.set(index, chunk);
      chunk.set(data.subarray(at, at + length), from);
    });
  }

  /** Cuts a byte range at chunk borders: chunk number, offset in the chunk, offset in the range, length. */
  private eachPiece(
    position: number,
    length: number,
    visit: (index: number, from: number, at: number, length: number) => void,
  ): void {
    for (let at = 0; at < length;) {
      const from = (position + at) % CHUNK_BYTES;
      const piece = Math.min(CHUNK_BYTES - from, length - at);
      visit(Math.floor((position + at) / CHUNK_BYTES), from, at, piece);
      at += piece;
    }
  }

  private checkOpen(): void {
    if (this.isClosed) throw new BlockError('closed', 'the store has been closed');
  }
}
