import type { InspectNode, Unit } from '../base/unit';
import type { ElasticMemory } from './elastic-memory';
import { PAGE_SIZE, type GuestMemory, type MemorySpan } from './guest-memory';
import { PageRanges, type PageRange } from './page-ranges';

const CHUNK = 64 * 1024; // bytes of host memory taken at a time

/** One range of RAM in the guest-physical address space. */
export interface RamRange {
  readonly start: number;
  readonly length: number;
}

/** Saved state: chunks that hold something, and the pages hidden below overlays. */
export interface MemoryState {
  chunks: { index: number; bytes: Uint8Array }[];
  hidden: { gpa: number; bytes: Uint8Array }[];
  /** Pages that Dynamic Memory has taken, and those that it has added to the RAM of power-on. */
  withdrawn?: PageRange[];
  added?: PageRange[];
}

/** Start of the hole for memory-mapped devices below 4 GB on a Generation 1 board (the video aperture lies at its start). */
export const MMIO_GAP_START = 0xf800_0000;
export const MMIO_GAP_END = 0x1_0000_0000;

/** RAM ranges of a machine with `size` bytes: below the MMIO gap, and the rest from 4 GB up. */
export function ramLayout(size: number): RamRange[] {
  if (size <= MMIO_GAP_START) return [{ start: 0, length: size }];
  return [
    { start: 0, length: MMIO_GAP_START },
    { start: MMIO_GAP_END, length: size - MMIO_GAP_START },
  ];
}

/** Host memory behind one piece of RAM. */
interface Chunk {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly buffer: ArrayBufferLike; // of `bytes`, which begin with it
  readonly view: DataView;
}

const RECENT = 16; // chunks found without a search: rings, buffers and pages that are in use together

/** @param bytes CHUNK of them, from the start of a buffer of their own */
function newChunk(index: number, bytes: Uint8Array): Chunk {
  return { index, bytes, buffer: bytes.buffer, view: new DataView(bytes.buffer) };
}

/** RAM that takes host memory only where something was written: a thousand idle machines stay small. */
export class SparseMemory implements GuestMemory, ElasticMemory, Unit<MemoryState> {
  private chunks = new Map<number, Chunk>();
  private recent = noChunks(); // by the low bits of the index; only chunks that are RAM from end to end
  private hidden = new Map<number, Uint8Array>();
  private strays = 0; // accesses outside RAM
  layout = 0;
  private readonly withdrawn = new PageRanges();
  private ranges: readonly RamRange[];

  /** @param initial the RAM of power-on */
  constructor(private readonly initial: readonly RamRange[]) {
    this.ranges = initial;
  }

  get size(): number {
    return this.ranges.reduce((sum, range) => sum + range.length, 0);
  }

  isRam(gpa: number, length: number): boolean {
    for (const { start, length: size } of this.ranges) {
      if (gpa >= start && gpa + length <= start + size) return this.withdrawn.isEmpty || !this.isWithdrawn(gpa, length);
    }
    return false;
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

  private isWithdrawn(gpa: number, length: number): boolean {
    const first = Math.floor(gpa / PAGE_SIZE);
    return this.withdrawn.overlaps(first, Math.floor((gpa + Math.max(length, 1) - 1) / PAGE_SIZE) - first + 1);
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
    this.chunkFor(index).bytes[gpa - index * CHUNK] = value;
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
    this.pieces(gpa, target.length, (at, offset, count) => this.readPiece(at, target.subarray(offset, offset + count)));
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
    this.pieces(gpa, bytes.length, (at, offset, count) => this.writePiece(at, bytes.subarray(offset, offset + count)));
  }

  /** Writes within one chunk. */
  private writePiece(gpa: number, bytes: Uint8Array): void {
    const index = Math.floor(gpa / CHUNK);
    if (this.isRam(gpa, bytes.length)) this.chunkFor(index).bytes.set(bytes, gpa - index * CHUNK);
    else bytes.forEach((value, i) => this.writeU8(gpa + i, value));
  }

  fill(gpa: number, length: number, value: number): void {
    this.write(gpa, new Uint8Array(length).fill(value));
  }

  span(gpa: number): MemorySpan | null {
    const index = Math.floor(gpa / CHUNK);
    return this.isRam(index * CHUNK, CHUNK) ? { gpa: index * CHUNK, bytes: this.chunkFor(index).bytes } : null;
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
    return this.size / PAGE_SIZE - this.withdrawn.count;
  }

  get withdrawnPages(): number {
    return this.withdrawn.count;
  }

  withdraw({ start, count }: PageRange): boolean {
    const [gpa, length] = [start * PAGE_SIZE, count * PAGE_SIZE];
    if (count <= 0 || !this.isRam(gpa, length)) return false;
    this.pieces(gpa, length, (at, _offset, bytes) => {
      const index = Math.floor(at / CHUNK);
      if (bytes === CHUNK) this.chunks.delete(index);
      else this.chunks.get(index)?.bytes.fill(0, at % CHUNK, (at % CHUNK) + bytes);
    });
    this.withdrawn.add({ start, count });
    this.changeLayout();
    return true;
  }

  giveBack(count: number): PageRange[] {
    const ranges = this.withdrawn.highest(count);
    for (const range of ranges) this.withdrawn.remove(range);
    this.changeLayout();
    return ranges;
  }

  extend(count: number, align: number): PageRange {
    const top = this.ranges.reduce((end, { start, length }) => Math.max(end, start + length), MMIO_GAP_END);
    const start = Math.ceil(top / PAGE_SIZE / align) * align;
    this.ranges = [...this.ranges, { start: start * PAGE_SIZE, length: count * PAGE_SIZE }];
    return { start, count };
  }

  drop({ start, count }: PageRange): void {
    const last = this.ranges.at(-1);
    const end = last && last.start + last.length;
    if (!last || end !== (start + count) * PAGE_SIZE || this.ranges.length <= this.initial.length) return;
    const length = start * PAGE_SIZE - last.start;
    this.ranges = [...this.ranges.slice(0, -1), ...(length > 0 ? [{ start: last.start, length }] : [])];
    this.changeLayout();
  }

  restoreSize(): void {
    const { added } = this;
    this.withdrawn.clear();
    for (const range of added) this.withdraw(range); // lets go of what lies in them
    this.withdrawn.clear();
    this.ranges = this.initial;
    this.changeLayout();
  }

  private get added(): PageRange[] {
    return this.ranges
      .slice(this.initial.length)
      .map(({ start, length }) => ({ start: start / PAGE_SIZE, count: length / PAGE_SIZE }));
  }

  /** What was found without asking whether it is RAM has to be found anew. */
  private changeLayout(): void {
    this.recent = noChunks();
    this.layout++;
  }

  private chunkFor(index: number): Chunk {
    const known = this.chunks.get(index);
    if (known) return known;
    const fresh = newChunk(index, new Uint8Array(CHUNK));
    this.chunks.set(index, fresh);
    return fresh;
  }

  private stray(value: number): number {
    this.strays++;
    return value;
  }

  private pieces(gpa: number, length: number, each: (at: number, offset: number, count: number) => void): void {
    for (let offset = 0; offset < length;) {
      const at = gpa + offset;
      const count = Math.min(length - offset, CHUNK - (at - Math.floor(at / CHUNK) * CHUNK));
      each(at, offset, count);
      offset += count;
    }
  }

  reset(): void {
    this.chunks.clear();
    this.withdrawn.clear();
    this.ranges = this.initial;
    this.changeLayout();
    this.hidden.clear();
    this.strays = 0;
  }

  save(): MemoryState {
    const used = [...this.chunks.values()].filter(({ bytes }) => bytes.some((value) => value !== 0));
    return {
      chunks: used.sort((a, b) => a.index - b.index).map(({ index, bytes }) => ({ index, bytes: bytes.slice() })),
      hidden: [...this.hidden].sort(([a], [b]) => a - b).map(([gpa, bytes]) => ({ gpa, bytes: bytes.slice() })),
      withdrawn: this.withdrawn.save(),
      added: this.added,
    };
  }

  restore(saved: MemoryState): void {
    this.chunks = new Map(saved.chunks.map(({ index, bytes }) => [index, newChunk(index, bytes.slice())]));
    this.withdrawn.restore(saved.withdrawn ?? []); // states of versions without Dynamic Memory have neither
    const added = (saved.added ?? []).map(({ start, count }) => ({
      start: start * PAGE_SIZE,
      length: count * PAGE_SIZE,
    }));
    this.ranges = [...this.initial, ...added];
    this.changeLayout();
    this.hidden = new Map(saved.hidden.map(({ gpa, bytes }) => [gpa, bytes.slice()]));
  }

  inspect(): InspectNode {
    const ranges = this.ranges.map(({ start, length }) => ({ start, length }));
    return {
      size: this.size,
      ranges,
      committed: this.chunks.size * CHUNK,
      overlays: [...this.hidden.keys()],
      withdrawnPages: this.withdrawn.count,
      strays: this.strays,
    };
  }
}

function noChunks(): (Chunk | null)[] {
  return new Array<Chunk | null>(RECENT).fill(null);
}
