import { damaged } from '../disk/disk-error';
import { readBytes } from '../disk/disk-file';
import type { ByteSource } from '../disk/disk-file';
import type { DynamicHeader } from './dynamic-header';

/** Entry of a block that has no place in the file. */
const UNUSED = 0xffffffff;
const SECTOR = 512;

/**
 * The block allocation table of a VHD: for each block the sector of the file where the block's bitmap begins, its data behind.
 * Source: Virtual Hard Disk Image Format Specification 1.0, Block Allocation Table and Data Blocks.
 */
export class BlockTable {
  private readonly entries: DataView;
  readonly blockSize: number;
  /** Bytes of one block's sector bitmap: a bit for each sector, padded to whole sectors. */
  readonly bitmapBytes: number;

  constructor(
    source: ByteSource,
    private readonly header: DynamicHeader,
  ) {
    this.blockSize = header.blockSize;
    this.bitmapBytes = Math.ceil(header.blockSize / SECTOR / 8 / SECTOR) * SECTOR;
    const bytes = readBytes(source, header.tableAt, header.blockCount * 4);
    this.entries = new DataView(bytes.buffer);
    this.validate(source);
  }

  /** Byte position of the block's bitmap, or undefined when the block is not in the file. */
  placeOf(block: number): number | undefined {
    const sector = this.entries.getUint32(block * 4);
    return sector === UNUSED ? undefined : sector * SECTOR;
  }

  /** Records a place in memory; `encodeEntry` says what to write where. */
  setPlace(block: number, at: number): void {
    this.entries.setUint32(block * 4, at / SECTOR);
  }

  /** The bytes that make block `block` lie at `at`, and their position in the file. */
  encodeEntry(block: number, at: number): { readonly position: number; readonly bytes: Uint8Array } {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, at / SECTOR);
    return { position: this.header.tableAt + block * 4, bytes };
  }

  /** First byte behind the table and every block: nothing that is in use lies at or after it. */
  get end(): number {
    const places = this.sortedPlaces();
    const last = places.at(-1);
    const tableEnd = Math.ceil((this.header.tableAt + this.header.blockCount * 4) / SECTOR) * SECTOR;
    return last === undefined ? tableEnd : Math.max(tableEnd, last * SECTOR + this.span);
  }

  private get span(): number {
    return this.bitmapBytes + this.blockSize;
  }

  private sortedPlaces(): Uint32Array {
    const used: number[] = [];
    for (let block = 0; block < this.header.blockCount; block++) {
      const sector = this.entries.getUint32(block * 4);
      if (sector !== UNUSED) used.push(sector);
    }
    return Uint32Array.from(used).sort();
  }

  /** Throws `damaged` when blocks overlap each other, the table, or the end of the file. */
  private validate(source: ByteSource): void {
    let free = this.header.tableAt + this.header.blockCount * 4;
    for (const sector of this.sortedPlaces()) {
      if (sector * SECTOR < free)
        throw damaged(source.path, `the block at sector ${sector} overlaps another structure`);
      free = sector * SECTOR + this.span;
    }
    if (free > source.size) throw damaged(source.path, 'a block lies outside the file');
  }
}
