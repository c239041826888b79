import type { InspectNode, Unit } from '../base/unit';
import { CHUNK, Chunks, eachPiece, type Chunk, type SavedChunk } from './chunks';
import type { ElasticMemory } from './elastic-memory';
import { PAGE_SIZE, type GuestMemory, type MemorySpan } from './guest-memory';
import type { PageRange } from './page-ranges';
import type { RamRange } from './ram-layout';
import { RamMap, type RamMapState } from './ram-map';

/** Saved state: chunks that hold something, the pages hidden below overlays, and what Dynamic Memory has changed about the RAM. */
export interface MemoryState extends Partial<RamMapState> {
  chunks: SavedChunk[];
  hidden: { gpa: number; bytes: Uint8Array }[];
}

const RECENT = 16; // chunks found without a search: rings, buffers and pages that are in use together

/** RAM that takes host memory only where something was written: a thousand idle machines stay small. */
export class SparseMemory implements GuestMemory, ElasticMemory, Unit<MemoryState> {
  private readonly chunks = new Chunks();
  private readonly ram: RamMap;
  private recent = noChunks(); // by the low bits of the index; only chunks that are RAM from end to end
  private hidden = new Map<number, Uint8Array>();
  private strays = 0; // accesses outside RAM
  layout = 0;

  /** @param initial the RAM of power-on */
  constructor(initial: readonly RamRange[]) {
    this.ram = new RamMap(initial);
  }

  get size(): number {
    return this.ram.size;
  }

  isRam(gpa: number, length: number): boolean {
    return this.ram.isRam(gpa, length);
  }

  /** The chunk `index` if it has been written to and is RAM from end to end: then nothing else needs to be asked. */
  private whole(index: number): Chunk | null {
    const near = this.recent[index & (RECENT - 1)];
    return near && near.index === index ? near : this.find(index);
  }

  private find(index: number): Chunk | null {
    const chunk = this.chunks.get(index);
    if (!chunk || !this.isRam(index * CHUNK, CHUNK)) return null;
    this.recent[index & (RECENT - 1)] = chunk;
    return chunk;
  }

  readU8(gpa: number): number {
    const index = Math.floor(gpa / CHUNK);
    const at = gpa - index * CHUNK;
    const chunk = this.whole(index);
    if (chunk) return chunk.view.getUint8(at);
    return this.isRam(gpa, 1) ? (this.chunks.get(index)?.bytes[at] ?? 0) : this.stray(0xff);
  }

  readU16(gpa: number): number {
    return this.readU8(gpa) | (this.readU8(gpa + 1) << 8);
  }

  readU32(gpa: number): number {
    const index = Math.floor(gpa / CHUNK);
    const at = gpa - index * CHUNK;
    const chunk = at <= CHUNK - 4 ? this.whole(index) : null;
    return chunk ? chunk.view.getUint32(at, true) : (this.readU16(gpa) | (this.readU16(gpa + 2) << 16)) >>> 0;
  }

  writeU8(gpa: number, value: number): void {
    const index = Math.floor(gpa / CHUNK);
    const chunk = this.whole(index);
    if (chunk) return chunk.view.setUint8(gpa - index * CHUNK, value);
    if (!this.isRam(gpa, 1)) return void this.stray(0);
    this.chunks.take(index).bytes[gpa - index * CHUNK] = value;
  }

  writeU16(gpa: number, value: number): void {
    this.writeU8(gpa, value & 0xff);
    this.writeU8(gpa + 1, (value >>> 8) & 0xff);
  }

  writeU32(gpa: number, value: number): void {
    const index = Math.floor(gpa / CHUNK);
    const at = gpa - index * CHUNK;
    const chunk = at <= CHUNK - 4 ? this.whole(index) : null;
    if (chunk) return chunk.view.setUint32(at, value, true);
    this.writeU16(gpa, value & 0xffff);
    this.writeU16(gpa + 2, (value >>> 16) & 0xffff);
  }

  read(gpa: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.readInto(gpa, bytes);
    return bytes;
  }

  readInto(gpa: number, target: Uint8Array): void {
    const { length } = target;
    const index = Math.floor(gpa / CHUNK);
    const from = gpa - index * CHUNK;
    const chunk = from + length <= CHUNK ? this.whole(index) : null;
    if (chunk) target.set(new Uint8Array(chunk.buffer, from, length));
    else this.readPieces(gpa, target);
  }

  private readPieces(gpa: number, target: Uint8Array): void {
    eachPiece(gpa, target.length, (at, offset, count) => this.readPiece(at, target.subarray(offset, offset + count)));
  }

  /** Reads within one chunk. */
  private readPiece(gpa: number, target: Uint8Array): void {
    const index = Math.floor(gpa / CHUNK);
    const from = gpa - index * CHUNK;
    const chunk = this.chunks.get(index);
    if (!this.isRam(gpa, target.length)) for (let i = 0; i < target.length; i++) target[i] = this.readU8(gpa + i);
    else if (chunk) target.set(chunk.bytes.subarray(from, from + target.length));
    else target.fill(0);
  }

  write(gpa: number, bytes: Uint8Array): void {
    const index = Math.floor(gpa / CHUNK);
    const from = gpa - index * CHUNK;
    const chunk = from + bytes.length <= CHUNK ? this.whole(index) : null;
    if (chunk) chunk.bytes.set(bytes, from);
    else this.writePieces(gpa, bytes);
  }

  private writePieces(gpa: number, bytes: Uint8Array): void {
    eachPiece(gpa, bytes.length, (at, offset, count) => this.writePiece(at, bytes.subarray(offset, offset + count)));
  }

  /** Writes within one chunk. */
  private writePiece(gpa: number, bytes: Uint8Array): void {
    const index = Math.floor(gpa / CHUNK);
    if (this.isRam(gpa, bytes.length)) this.chunks.take(index).bytes.set(bytes, gpa - index * CHUNK);
    else bytes.forEach((value, i) => this.writeU8(gpa + i, value));
  }

  fill(gpa: number, length: number, value: number): void {
    this.write(gpa, new Uint8Array(length).fill(value));
  }

  span(gpa: number): MemorySpan | null {
    const index = Math.floor(gpa / CHUNK);
    return this.isRam(index * CHUNK, CHUNK) ? { gpa: index * CHUNK, bytes: this.chunks.take(index).bytes } : null;
  }

  addOverlay(gpa: number): boolean {
    if (this.hidden.has(gpa) || gpa % PAGE_SIZE !== 0 || !this.isRam(gpa, PAGE_SIZE)) return false;
    this.hidden.set(gpa, this.read(gpa, PAGE_SIZE));
    this.fill(gpa, PAGE_SIZE, 0);
    return true;
  }

  removeOverlay(gpa: number): void {
    const below = this.hidden.get(gpa);
    if (!below) return;
    this.hidden.delete(gpa);
    this.write(gpa, below);
  }

  get presentPages(): number {
    return this.ram.presentPages;
  }

  get withdrawnPages(): number {
    return this.ram.withdrawnPages;
  }

  withdraw(range: PageRange): boolean {
    if (!this.ram.withdraw(range)) return false;
    this.discard(range);
    this.changeLayout();
    return true;
  }

  giveBack(count: number): PageRange[] {
    const ranges = this.ram.giveBack(count);
    this.changeLayout();
    return ranges;
  }

  extend(count: number, align: number): PageRange {
    return this.ram.extend(count, align);
  }

  drop(range: PageRange): void {
    if (this.ram.drop(range)) this.changeLayout();
  }

  restoreSize(): void {
    for (const range of this.ram.added) this.discard(range);
    this.ram.reset();
    this.changeLayout();
  }

  private discard({ start, count }: PageRange): void {
    this.chunks.discard(start * PAGE_SIZE, count * PAGE_SIZE);
  }

  /** What was found without asking whether it is RAM has to be found anew. */
  private changeLayout(): void {
    this.recent = noChunks();
    this.layout++;
  }

  private stray(value: number): number {
    this.strays++;
    return value;
  }

  reset(): void {
    this.chunks.clear();
    this.ram.reset();
    this.changeLayout();
    this.hidden.clear();
    this.strays = 0;
  }

  save(): MemoryState {
    return {
      chunks: this.chunks.save(),
      hidden: [...this.hidden].sort(([a], [b]) => a - b).map(([gpa, bytes]) => ({ gpa, bytes: bytes.slice() })),
      ...this.ram.save(),
    };
  }

  /** States of versions without Dynamic Memory have neither withdrawn pages nor added ones. */
  restore({ chunks, hidden, withdrawn = [], added = [] }: MemoryState): void {
    this.chunks.restore(chunks);
    this.ram.restore({ withdrawn, added });
    this.changeLayout();
    this.hidden = new Map(hidden.map(({ gpa, bytes }) => [gpa, bytes.slice()]));
  }

  inspect(): InspectNode {
    return {
      size: this.size,
      ranges: this.ram.ranges.map(({ start, length }) => ({ start, length })),
      committed: this.chunks.committed,
      overlays: [...this.hidden.keys()],
      withdrawnPages: this.withdrawnPages,
      strays: this.strays,
    };
  }
}

function noChunks(): (Chunk | null)[] {
  return new Array<Chunk | null>(RECENT).fill(null);
}
