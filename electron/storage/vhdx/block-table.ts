import { damaged } from '../disk/disk-error';
import type { ByteSource } from '../disk/disk-file';
import { readBytes } from '../disk/disk-file';
import { alignUp, LOG_SECTOR, MB, viewOf } from './layout';
import type { SectorUpdate } from './log-entry';
import type { VhdxMetadata } from './metadata';
import type { Region } from './region-table';

/** States of payload blocks (MS-VHDX 2.5.1.1). */
export const BlockState = {
  NOT_PRESENT: 0,
  UNDEFINED: 1,
  ZERO: 2,
  UNMAPPED: 3,
  FULLY_PRESENT: 6,
  PARTIALLY_PRESENT: 7,
} as const;

/** State of a sector bitmap block that is in the file (MS-VHDX 2.5.1.2). */
const BITMAP_PRESENT = 6;
const ENTRY_BYTES = 8;
export const BITMAP_BLOCK_BYTES = MB;
/** Sectors that one bitmap block describes. */
export const SECTORS_PER_CHUNK = 2 ** 23;

/** One entry: what the block is, and where. */
export interface BlockEntry {
  readonly state: number;
  /** Byte position in the file; meaningful only when the block is present. */
  readonly at: number;
}

/** How many payload and bitmap blocks a disk has, and in which order the table names them. */
export class BlockLayout {
  readonly payloadBlocks: number;
  readonly chunks: number;
  /** Payload blocks for each bitmap block. */
  readonly chunkRatio: number;
  readonly entryCount: number;

  constructor(metadata: Pick<VhdxMetadata, 'blockSize' | 'diskSize' | 'logicalSectorSize' | 'parent'>) {
    this.chunkRatio = (SECTORS_PER_CHUNK * metadata.logicalSectorSize) / metadata.blockSize;
    this.payloadBlocks = Math.ceil(metadata.diskSize / metadata.blockSize);
    this.chunks = Math.ceil(this.payloadBlocks / this.chunkRatio);
    // A differencing disk needs the bitmap of its last, perhaps incomplete, chunk; the others end with the last payload block.
    const whole = this.chunks * (this.chunkRatio + 1);
    this.entryCount = metadata.parent === undefined ? this.payloadIndex(this.payloadBlocks - 1) + 1 : whole;
  }

  /** Index of a payload block's entry: a bitmap entry follows each chunk's payload entries. */
  payloadIndex(block: number): number {
    return block + Math.floor(block / this.chunkRatio);
  }

  bitmapIndex(chunk: number): number {
    return chunk * (this.chunkRatio + 1) + this.chunkRatio;
  }

  /** Length of the table's region, whole megabytes. */
  get regionBytes(): number {
    return alignUp(this.entryCount * ENTRY_BYTES, MB);
  }
}

/** The block allocation table (MS-VHDX 2.5), held in memory as it is stored. */
export class BlockTable {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(
    source: ByteSource,
    private readonly region: Region,
    private readonly metadata: VhdxMetadata,
    readonly layout: BlockLayout,
  ) {
    if (layout.entryCount * ENTRY_BYTES > region.length) throw damaged(source.path, 'the block table is too short');
    this.bytes = readBytes(source, region.at, alignUp(layout.entryCount * ENTRY_BYTES, LOG_SECTOR));
    this.view = viewOf(this.bytes);
  }

  payload(block: number): BlockEntry {
    return this.entry(this.layout.payloadIndex(block));
  }

  /** Position of the chunk's bitmap block, or undefined when there is none in the file. */
  bitmapAt(chunk: number): number | undefined {
    const { state, at } = this.entry(this.layout.bitmapIndex(chunk));
    return state === BITMAP_PRESENT ? at : undefined;
  }

  setPayload(block: number, entry: BlockEntry): void {
    this.setEntry(this.layout.payloadIndex(block), entry);
  }

  setBitmap(chunk: number, at: number): void {
    this.setEntry(this.layout.bitmapIndex(chunk), { state: BITMAP_PRESENT, at });
  }

  /** The table's sectors that hold these blocks' entries, as they are now: what has to be logged after a change. */
  sectorsOf(payloadBlocks: readonly number[], chunks: readonly number[] = []): SectorUpdate[] {
    const indexes = [
      ...payloadBlocks.map((block) => this.layout.payloadIndex(block)),
      ...chunks.map((chunk) => this.layout.bitmapIndex(chunk)),
    ];
    const sectors = new Set(indexes.map((index) => Math.floor((index * ENTRY_BYTES) / LOG_SECTOR) * LOG_SECTOR));
    return [...sectors].map((offset) => ({
      at: this.region.at + offset,
      bytes: this.bytes.slice(offset, offset + LOG_SECTOR),
    }));
  }

  /** Everything that the file uses, in rising order. Throws `damaged` when a state is impossible or present blocks overlap each other, a structure or the end of the file. */
  validate(source: ByteSource, structures: readonly Region[]): Region[] {
    const extents = [...structures];
    for (let block = 0; block < this.layout.payloadBlocks; block++) {
      const { state, at } = this.payload(block);
      if (state >= BlockState.FULLY_PRESENT) extents.push({ at, length: this.metadata.blockSize });
      this.checkState(source, block, state);
    }
    for (let chunk = 0; chunk < this.layout.chunks && this.metadata.parent !== undefined; chunk++) {
      const at = this.bitmapAt(chunk);
      if (at !== undefined) extents.push({ at, length: BITMAP_BLOCK_BYTES });
    }
    let free = 0;
    for (const extent of extents.sort((a, b) => a.at - b.at)) {
      if (extent.at < free) throw damaged(source.path, `two structures overlap at byte ${extent.at}`);
      free = extent.at + extent.length;
    }
    if (!(free <= source.size)) throw damaged(source.path, 'a block lies outside the file');
    return extents;
  }

  private checkState(source: ByteSource, block: number, state: number): void {
    const isPartial = state === BlockState.PARTIALLY_PRESENT;
    const isKnown = state <= BlockState.UNMAPPED || state === BlockState.FULLY_PRESENT || isPartial;
    if (!isKnown || (isPartial && this.metadata.parent === undefined)) {
      throw damaged(source.path, `block ${block} is in the impossible state ${state}`);
    }
    if (isPartial && this.bitmapAt(Math.floor(block / this.layout.chunkRatio)) === undefined) {
      throw damaged(source.path, `block ${block} has no sector bitmap`);
    }
  }

  /** Bits 0 to 2 are the state, bits 20 to 63 the place in megabytes. */
  private entry(index: number): BlockEntry {
    const low = this.view.getUint32(index * ENTRY_BYTES, true);
    const high = this.view.getUint32(index * ENTRY_BYTES + 4, true);
    return { state: low & 7, at: (high * 4096 + (low >>> 20)) * MB };
  }

  private setEntry(index: number, entry: BlockEntry): void {
    const place = entry.at / MB;
    this.view.setUint32(index * ENTRY_BYTES, (((place % 4096) << 20) | entry.state) >>> 0, true);
    this.view.setUint32(index * ENTRY_BYTES + 4, Math.floor(place / 4096), true);
  }
}
