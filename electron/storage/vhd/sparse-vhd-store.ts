import type { HeldFile } from '../disk/context';
import { DiskStore } from '../disk/disk-store';
import type { DiskInfo, ParentInfo } from '../disk/disk-types';
import { eachBlock } from '../disk/pieces';
import { BlockTable } from './block-table';
import { describeVhd } from './describe';
import type { DynamicHeader } from './dynamic-header';
import { FOOTER_BYTES } from './footer';
import type { ParsedVhd } from './parse';
import { SectorBitmaps } from './sector-bitmaps';

/** The parent of a differencing VHD, already open. */
export interface VhdParent {
  readonly store: DiskStore;
  readonly info: ParentInfo;
}

/**
 * A dynamic or differencing VHD. Writing into a block that is not in the file appends it: the footer is written at its new
 * place first, then the block over the old footer, and only when both are on stable storage the table names the block. So the
 * file is a valid disk at every moment, whatever interrupts.
 */
export class SparseVhdStore extends DiskStore {
  readonly format = 'vhd';
  readonly sectorSize = 512;
  readonly sectorCount: number;
  readonly linkage: string;
  readonly path: string;
  private readonly table: BlockTable;
  private readonly bitmaps: SectorBitmaps;
  private footerAt: number;

  constructor(
    private readonly held: HeldFile,
    private readonly parsed: ParsedVhd,
    header: DynamicHeader,
    private readonly parent?: VhdParent,
  ) {
    super(held.readOnly);
    this.path = held.file.path;
    this.sectorCount = Math.floor(parsed.footer.currentSize / this.sectorSize);
    this.linkage = parsed.footer.uniqueId;
    this.table = new BlockTable(held.file, header);
    this.bitmaps = new SectorBitmaps(this.table.bitmapBytes);
    this.footerAt = this.findFooter();
    if (!held.readOnly) this.repair();
  }

  get info(): DiskInfo {
    return describeVhd(this.path, this.held.file.size, this.parsed, this.parent?.info);
  }

  readInto(target: Uint8Array, position: number): void {
    eachBlock(this.table.blockSize, position, target.length, (piece) => {
      const part = target.subarray(piece.at, piece.at + piece.length);
      const place = this.table.placeOf(piece.block);
      if (this.parent !== undefined) this.readMixed(part, position + piece.at, place, piece.offset);
      else if (place === undefined) part.fill(0);
      else this.held.file.readInto(part, place + this.table.bitmapBytes + piece.offset);
    });
  }

  protected writeBytes(position: number, data: Uint8Array): void {
    eachBlock(this.table.blockSize, position, data.length, (piece) => {
      const place = this.table.placeOf(piece.block) ?? this.allocate(piece.block);
      this.held.file.write(
        place + this.table.bitmapBytes + piece.offset,
        data.subarray(piece.at, piece.at + piece.length),
      );
      // The data first: a bit that says "here" must never be true before the sector is.
      if (this.parent !== undefined) this.bitmaps.mark(this.held.file, place, piece.offset / 512, piece.length / 512);
    });
  }

  protected sync(): void {
    this.held.file.sync();
  }

  protected release(): void {
    this.held.file.close();
    this.held.release();
    this.parent?.store.close();
  }

  /** Reads sectors of one block of a differencing disk: each from here or from the parent, as its bit says. */
  private readMixed(target: Uint8Array, position: number, place: number | undefined, offset: number): void {
    const parent = this.parent;
    if (parent === undefined) return;
    if (place === undefined) return parent.store.readInto(target, position);
    this.bitmaps.eachRun(this.held.file, place, offset / 512, target.length / 512, (isHere, first, count) => {
      const from = (first - offset / 512) * 512;
      const part = target.subarray(from, from + count * 512);
      if (isHere) this.held.file.readInto(part, place + this.table.bitmapBytes + first * 512);
      else parent.store.readInto(part, position + from);
    });
  }

  private allocate(block: number): number {
    const { file } = this.held;
    const place = this.footerAt;
    const nextFooter = place + this.table.bitmapBytes + this.table.blockSize;
    file.write(nextFooter, this.parsed.footerBytes);
    this.footerAt = nextFooter;
    // In a dynamic disk every sector of an allocated block is valid (zeros are its content); in a differencing disk none is yet.
    file.write(place, new Uint8Array(this.table.bitmapBytes).fill(this.parent === undefined ? 0xff : 0));
    file.sync();
    const entry = this.table.encodeEntry(block, place);
    file.write(entry.position, entry.bytes);
    this.table.setPlace(block, place);
    return place;
  }

  /** Where the footer lies or belongs: the last whole sector of the file, but never inside what is in use. */
  private findFooter(): number {
    const lastSector = Math.floor(this.held.file.size / 512) * 512 - FOOTER_BYTES;
    return Math.max(lastSector, this.table.end);
  }

  /** Puts a footer that was lost back from its twin. */
  private repair(): void {
    const { warnings, footerBytes } = this.parsed;
    if (warnings.includes('footer-recovered-from-copy')) this.held.file.write(this.footerAt, footerBytes);
    if (warnings.includes('copy-recovered-from-footer')) this.held.file.write(0, footerBytes);
  }
}
