import type { DiskEnvironment } from '../disk/environment';
import type { HeldFile } from '../disk/context';
import { DiskStore } from '../disk/disk-store';
import type { DiskInfo, ParentInfo } from '../disk/disk-types';
import { newGuid } from '../disk/guid';
import { eachBlock } from '../disk/pieces';
import type { BlockPiece } from '../disk/pieces';
import { BITMAP_BLOCK_BYTES, BlockLayout, BlockState, BlockTable } from './block-table';
import { FreeSpace } from './free-space';
import { alignUp, MB } from './layout';
import { MetadataLog } from './metadata-log';
import { describeVhdx } from './parse';
import type { ParsedVhdx } from './parse';
import { SectorBitmaps } from './sector-bitmaps';

/** The parent of a differencing VHDX, already open. */
export interface VhdxParent {
  readonly store: DiskStore;
  readonly info: ParentInfo;
}

/** A VHDX of any type in use (MS-VHDX 2.4 and 2.5). */
export class VhdxStore extends DiskStore {
  readonly format = 'vhdx';
  readonly sectorSize: number;
  readonly sectorCount: number;
  readonly path: string;
  private readonly table: BlockTable;
  private readonly bitmaps: SectorBitmaps;
  private readonly log: MetadataLog;
  private readonly blockSize: number;
  private readonly free: FreeSpace;
  private hasWritten = false;

  constructor(
    private readonly held: HeldFile,
    private readonly parsed: ParsedVhdx,
    private readonly environment: DiskEnvironment,
    private readonly parent?: VhdxParent,
  ) {
    super(held.readOnly);
    const { metadata, regions, headers, source } = parsed;
    this.path = held.file.path;
    this.sectorSize = metadata.logicalSectorSize;
    this.sectorCount = metadata.diskSize / this.sectorSize;
    this.blockSize = metadata.blockSize;
    this.table = new BlockTable(source, regions.bat, metadata, new BlockLayout(metadata));
    const log = { at: headers.current.logAt, length: headers.current.logLength };
    const fixed = [{ at: 0, length: MB }, log, regions.bat, regions.metadata, ...regions.others];
    this.free = new FreeSpace(this.table.validate(source, fixed), source.size);
    this.bitmaps = new SectorBitmaps(source, this.table, this.blockSize / this.sectorSize);
    this.log = new MetadataLog(held.file, headers, environment);
  }

  get info(): DiskInfo {
    return describeVhdx(this.path, this.held.file.size, this.parsed, this.parent?.info);
  }

  /** The Data Write GUID: it changes with the first write of a session, and with it every child loses its parent. */
  get linkage(): string {
    return this.parsed.headers.current.dataWriteGuid;
  }

  readInto(target: Uint8Array, position: number): void {
    eachBlock(this.blockSize, position, target.length, (piece) => {
      const part = target.subarray(piece.at, piece.at + piece.length);
      const { state, at } = this.table.payload(piece.block);
      if (state === BlockState.FULLY_PRESENT) this.parsed.source.readInto(part, at + piece.offset);
      else if (state === BlockState.PARTIALLY_PRESENT) this.readMixed(part, position + piece.at, at, piece);
      else if (state === BlockState.NOT_PRESENT && this.parent) this.parent.store.readInto(part, position + piece.at);
      else part.fill(0);
    });
  }

  protected writeBytes(position: number, data: Uint8Array): void {
    this.beginWriting();
    eachBlock(this.blockSize, position, data.length, (piece) => {
      const part = data.subarray(piece.at, piece.at + piece.length);
      const { state, at } = this.table.payload(piece.block);
      if (state < BlockState.FULLY_PRESENT) return this.addBlock(piece, part, state);
      this.held.file.write(at + piece.offset, part);
      if (state === BlockState.FULLY_PRESENT) return;
      this.orForget(() => {
        const pages = this.bitmaps.mark(piece.block, this.sectorsOf(piece));
        if (pages.length > 0) this.log.commit(pages, false);
      });
    });
  }

  /** Of a dynamic or differencing disk; a fixed one keeps its blocks. */
  override get unmapGranularity(): number {
    return this.info.type === 'fixed' ? 0 : this.blockSize;
  }

  /** Whole blocks leave the file; what is only part of one is filled with zeros where it is there at all. */
  protected override unmapBytes(position: number, length: number): void {
    if (this.unmapGranularity === 0) return super.unmapBytes(position, length);
    this.beginWriting();
    eachBlock(this.blockSize, position, length, (piece) => {
      const { state } = this.table.payload(piece.block);
      const isZero = state === BlockState.ZERO || state === BlockState.UNMAPPED;
      if (isZero || (state < BlockState.FULLY_PRESENT && !this.parent)) return;
      if (piece.length === this.blockSize) this.removeBlock(piece.block);
      else super.unmapBytes(position + piece.at, piece.length);
    });
  }

  /** The block reads as zeros (not as its parent) from now on; its room is free when that is durable. */
  private removeBlock(block: number): void {
    const before = this.table.payload(block);
    this.table.setPayload(block, { state: BlockState.ZERO, at: 0 });
    try {
      this.log.commit(this.table.sectorsOf([block]), true);
    } catch (error) {
      this.table.setPayload(block, before);
      throw error;
    }
    if (before.state >= BlockState.FULLY_PRESENT) this.free.give({ at: before.at, length: this.blockSize });
  }

  protected sync(): void {
    this.log.sync();
  }

  protected release(): void {
    try {
      if (!this.readOnly) this.log.close();
      if (this.hasWritten) this.cutEnd();
    } finally {
      this.held.file.close();
      this.held.release();
      this.parent?.store.close();
    }
  }

  /** Before the first change both GUIDs become new: the file and what a user sees of it are no longer what they were. */
  private beginWriting(): void {
    if (this.hasWritten) return;
    const change = { fileWriteGuid: newGuid(this.environment), dataWriteGuid: newGuid(this.environment) };
    this.parsed.headers.update(this.held.file, change);
    this.hasWritten = true;
  }

  /** Reads sectors of a partially present block: each from here or from the parent, as its bit says. */
  private readMixed(target: Uint8Array, position: number, blockAt: number, piece: BlockPiece): void {
    const range = this.sectorsOf(piece);
    this.bitmaps.eachRun(piece.block, range, (isHere, first, count) => {
      const from = (first - range.first) * this.sectorSize;
      const part = target.subarray(from, from + count * this.sectorSize);
      if (isHere) this.parsed.source.readInto(part, blockAt + first * this.sectorSize);
      else this.parent?.store.readInto(part, position + from);
    });
  }

  /**
   * Puts a block that is not in the file at its end: the data first, then, through the log, the table entry and (when the
   * parent still answers for the rest of the block) the sector bits, all at once.
   */
  private addBlock(piece: BlockPiece, data: Uint8Array, state: number): void {
    const parentHasRest = this.parent && state === BlockState.NOT_PRESENT && piece.length < this.blockSize;
    const at = this.placeForBlock();
    this.held.file.write(at + piece.offset, data);
    const before = this.table.payload(piece.block);
    try {
      this.orForget(() => {
        if (parentHasRest) return this.addPartialBlock(piece, at);
        this.table.setPayload(piece.block, { state: BlockState.FULLY_PRESENT, at });
        this.log.commit(this.table.sectorsOf([piece.block]), true);
      });
    } catch (error) {
      this.table.setPayload(piece.block, before);
      this.free.give({ at, length: this.blockSize });
      throw error;
    }
  }

  /** Room that an unmapped block has left, made zeros again, or the end of the file. */
  private placeForBlock(): number {
    const at = this.free.take(this.blockSize);
    if (at === null) return this.extend(this.blockSize);
    this.held.file.writeZeros(at, this.blockSize);
    return at;
  }

  /** Gives back the free room at the end. The log is empty by now, so nothing speaks of a longer file. */
  private cutEnd(): void {
    const { file } = this.held;
    const end = this.free.endOf(file.size);
    if (end < file.size) file.setSize(end);
  }

  private addPartialBlock(piece: BlockPiece, at: number): void {
    const chunk = Math.floor(piece.block / this.table.layout.chunkRatio);
    if (this.table.bitmapAt(chunk) === undefined) this.table.setBitmap(chunk, this.extend(BITMAP_BLOCK_BYTES));
    this.table.setPayload(piece.block, { state: BlockState.PARTIALLY_PRESENT, at });
    const pages = this.bitmaps.restart(piece.block, this.sectorsOf(piece));
    this.log.commit([...this.table.sectorsOf([piece.block], [chunk]), ...pages], true);
  }

  /** Runs a change of bits; when it fails, what is in memory is dropped, so that the file stays the truth. */
  private orForget(change: () => void): void {
    try {
      change();
    } catch (error) {
      this.bitmaps.forget();
      throw error;
    }
  }

  /** Makes the file longer by `length` bytes of zeros; returns where they begin, a whole megabyte. */
  private extend(length: number): number {
    const at = alignUp(this.held.file.size, MB);
    this.held.file.setSize(at + length);
    return at;
  }

  private sectorsOf(piece: BlockPiece): { readonly first: number; readonly count: number } {
    return { first: piece.offset / this.sectorSize, count: piece.length / this.sectorSize };
  }
}
