import type { ByteSource } from '../disk/disk-file';
import { readBytes } from '../disk/disk-file';
import { eachRun } from '../disk/pieces';
import { SECTORS_PER_CHUNK } from './block-table';
import type { BlockTable } from './block-table';
import { LOG_SECTOR } from './layout';
import type { SectorUpdate } from './log-entry';

/** Sectors of one block, counted from the block's start. */
export interface SectorRange {
  readonly first: number;
  readonly count: number;
}

const SECTORS_PER_PAGE = LOG_SECTOR * 8;
/** Pages kept in memory: 4 KB each. */
const KEPT = 1024;

/**
 * The sector bitmaps of a differencing VHDX: one bit a sector, the lowest bit of a byte first, set when the sector is in this
 * file and not in the parent (MS-VHDX 2.4). A chunk's bits lie in one block of 1 MB; here they are handled in pages of 4 KB,
 * which is what the log writes at once.
 */
export class SectorBitmaps {
  private readonly pages = new Map<number, Uint8Array>();

  constructor(
    private readonly source: ByteSource,
    private readonly table: BlockTable,
    private readonly sectorsPerBlock: number,
  ) {}

  /** Groups the sectors of `range` by where they are. */
  eachRun(block: number, range: SectorRange, visit: (isHere: boolean, first: number, count: number) => void): void {
    this.trim();
    const base = this.firstBit(block);
    eachRun((sector) => this.isSet(block, base + sector), range.first, range.count, visit);
  }

  /** Sets the bits of `range`; returns the pages that changed. The caller logs them. */
  mark(block: number, range: SectorRange): SectorUpdate[] {
    return this.change(block, range.first, range.count, () => true);
  }

  /** Makes the bits of `range` the only ones set in the block, whatever an earlier life of the block left behind. */
  restart(block: number, range: SectorRange): SectorUpdate[] {
    const end = range.first + range.count;
    return this.change(block, 0, this.sectorsPerBlock, (sector) => sector >= range.first && sector < end);
  }

  /** Drops what is in memory; the next look reads the file. */
  forget(): void {
    this.pages.clear();
  }

  private change(block: number, first: number, count: number, wanted: (sector: number) => boolean): SectorUpdate[] {
    this.trim();
    const base = this.firstBit(block);
    const changed = new Map<number, Uint8Array>();
    for (let sector = first; sector < first + count; sector++) {
      if (this.isSet(block, base + sector) === wanted(sector)) continue;
      const at = this.pageOf(block, base + sector);
      const page = this.load(at);
      const byte = ((base + sector) % SECTORS_PER_PAGE) >>> 3;
      page[byte] = (page[byte] ?? 0) ^ (1 << ((base + sector) & 7));
      changed.set(at, page);
    }
    return [...changed].map(([at, page]) => ({ at, bytes: page.slice() }));
  }

  /** Number of the block's first bit within its chunk. */
  private firstBit(block: number): number {
    return (block * this.sectorsPerBlock) % SECTORS_PER_CHUNK;
  }

  private isSet(block: number, bit: number): boolean {
    const page = this.load(this.pageOf(block, bit));
    return (((page[(bit % SECTORS_PER_PAGE) >>> 3] ?? 0) >>> (bit & 7)) & 1) !== 0;
  }

  /** Byte position in the file of the page that holds `bit`. */
  private pageOf(block: number, bit: number): number {
    const chunk = Math.floor(block / this.table.layout.chunkRatio);
    const at = this.table.bitmapAt(chunk);
    if (at === undefined) throw new Error(`block ${block} has no sector bitmap`); // validated on open, made before use
    return at + Math.floor(bit / SECTORS_PER_PAGE) * LOG_SECTOR;
  }

  /** Between operations only: a page that is being changed must stay the one that is looked at. */
  private trim(): void {
    if (this.pages.size > KEPT) this.pages.clear();
  }

  private load(at: number): Uint8Array {
    const known = this.pages.get(at);
    if (known !== undefined) return known;
    const page = readBytes(this.source, at, LOG_SECTOR);
    this.pages.set(at, page);
    return page;
  }
}
