import type { InspectNode, Unit } from '../base/unit';
import { PAGE_SIZE, type GuestMemory } from './guest-memory';

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

/** RAM that takes host memory only where something was written: a thousand idle machines stay small. */
export class SparseMemory implements GuestMemory, Unit<MemoryState> {
  private chunks = new Map<number, Uint8Array>();
  private hidden = new Map<number, Uint8Array>();
  private strays = 0; // accesses outside RAM

  constructor(private readonly ranges: readonly RamRange[]) {}

  get size(): number {
    return this.ranges.reduce((sum, range) => sum + range.length, 0);
  }

  isRam(gpa: number, length: number): boolean {
    for (const { start, length: size } of this.ranges) if (gpa >= start && gpa + length <= start + size) return true;
    return false;
  }

  readU8(gpa: number): number {
    if (!this.isRam(gpa, 1)) return this.stray(0xff);
    return this.chunks.get(Math.floor(gpa / CHUNK))?.[gpa % CHUNK] ?? 0;
  }

  readU16(gpa: number): number {
    return this.readU8(gpa) | (this.readU8(gpa + 1) << 8);
  }

  readU32(gpa: number): number {
    const at = gpa % CHUNK;
    if (at > CHUNK - 4 || !this.isRam(gpa, 4)) return (this.readU16(gpa) | (this.readU16(gpa + 2) << 16)) >>> 0;
    const chunk = this.chunks.get(Math.floor(gpa / CHUNK));
    if (!chunk) return 0;
    const [a = 0, b = 0, c = 0, d = 0] = [chunk[at], chunk[at + 1], chunk[at + 2], chunk[at + 3]];
    return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  }

  writeU8(gpa: number, value: number): void {
    if (!this.isRam(gpa, 1)) return void this.stray(0);
    this.chunkFor(gpa)[gpa % CHUNK] = value;
  }

  writeU16(gpa: number, value: number): void {
    this.writeU8(gpa, value & 0xff);
    this.writeU8(gpa + 1, (value >>> 8) & 0xff);
  }

  writeU32(gpa: number, value: number): void {
    this.writeU16(gpa, value & 0xffff);
    this.writeU16(gpa + 2, (value >>> 16) & 0xffff);
  }

  read(gpa: number, length: number): Uint8Array {
    const from = gpa % CHUNK;
    if (from + length <= CHUNK && this.isRam(gpa, length)) {
      return this.chunks.get(Math.floor(gpa / CHUNK))?.slice(from, from + length) ?? new Uint8Array(length);
    }
    const bytes = new Uint8Array(length);
    this.pieces(gpa, length, (at, offset, count) => {
      const chunk = this.isRam(at, count) ? this.chunks.get(Math.floor(at / CHUNK)) : null;
      if (chunk) bytes.set(chunk.subarray(at % CHUNK, (at % CHUNK) + count), offset);
      else if (chunk === null) for (let i = 0; i < count; i++) bytes[offset + i] = this.readU8(at + i);
    });
    return bytes;
  }

  write(gpa: number, bytes: Uint8Array): void {
    const from = gpa % CHUNK;
    if (from + bytes.length <= CHUNK && this.isRam(gpa, bytes.length)) return this.chunkFor(gpa).set(bytes, from);
    this.pieces(gpa, bytes.length, (at, offset, count) => {
      const piece = bytes.subarray(offset, offset + count);
      if (this.isRam(at, count)) this.chunkFor(at).set(piece, at % CHUNK);
      else piece.forEach((value, i) => this.writeU8(at + i, value));
    });
  }

  fill(gpa: number, length: number, value: number): void {
    this.write(gpa, new Uint8Array(length).fill(value));
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

  private chunkFor(gpa: number): Uint8Array {
    const index = Math.floor(gpa / CHUNK);
    const known = this.chunks.get(index);
    if (known) return known;
    const fresh = new Uint8Array(CHUNK);
    this.chunks.set(index, fresh);
    return fresh;
  }

  private stray(value: number): number {
    this.strays++;
    return value;
  }

  private pieces(gpa: number, length: number, each: (at: number, offset: number, count: number) => void): void {
    for (let offset = 0; offset < length; ) {
      const at = gpa + offset;
      const count = Math.min(length - offset, CHUNK - (at % CHUNK));
      each(at, offset, count);
      offset += count;
    }
  }

  reset(): void {
    this.chunks.clear();
    this.hidden.clear();
    this.strays = 0;
  }

  save(): MemoryState {
    const used = [...this.chunks].filter(([, bytes]) => bytes.some((value) => value !== 0));
    return {
      chunks: used.sort(([a], [b]) => a - b).map(([index, bytes]) => ({ index, bytes: bytes.slice() })),
      hidden: [...this.hidden].sort(([a], [b]) => a - b).map(([gpa, bytes]) => ({ gpa, bytes: bytes.slice() })),
    };
  }

  restore(saved: MemoryState): void {
    this.chunks = new Map(saved.chunks.map(({ index, bytes }) => [index, bytes.slice()]));
    this.hidden = new Map(saved.hidden.map(({ gpa, bytes }) => [gpa, bytes.slice()]));
  }

  inspect(): InspectNode {
    const ranges = this.ranges.map(({ start, length }) => ({ start, length }));
    return { size: this.size, ranges, committed: this.chunks.size * CHUNK, overlays: [...this.hidden.keys()], strays: this.strays };
  }
}
