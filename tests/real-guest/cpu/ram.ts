import { PAGE_SIZE, type GuestMemory } from '@engine/memory/guest-memory';
import type { V86Cpu } from './internals';

const VIDEO_HOLE = { start: 0xa0000, end: 0xc0000 } as const;

/**
 * The guest's RAM where the processor keeps it, as devices and providers see memory. Writes tell the processor, so that
 * code it has translated from the written pages is translated anew.
 */
export class ProcessorRam implements GuestMemory {
  private bytes = new Uint8Array(0);
  private view = new DataView(this.bytes.buffer);
  private readonly hidden = new Map<number, Uint8Array>();
  /** Accesses outside RAM. */
  strays = 0;

  constructor(
    private readonly cpu: V86Cpu,
    readonly size: number,
  ) {}

  /** All of RAM. The processor's memory moves when it grows: the array is good until guest code runs again. */
  private ram(): Uint8Array {
    const { buffer } = this.cpu.wasm_memory;
    if (this.bytes.buffer !== buffer) {
      this.bytes = new Uint8Array(buffer, this.cpu.mem8.byteOffset, this.size);
      this.view = new DataView(buffer, this.bytes.byteOffset, this.size);
    }
    return this.bytes;
  }

  isRam(gpa: number, length: number): boolean {
    if (gpa < 0 || gpa + length > this.size) return false;
    return gpa >= VIDEO_HOLE.end || gpa + length <= VIDEO_HOLE.start;
  }

  private inside(gpa: number, length: number): boolean {
    if (this.isRam(gpa, length)) return true;
    this.strays++;
    return false;
  }

  readU8(gpa: number): number {
    return this.inside(gpa, 1) ? (this.ram()[gpa] ?? 0) : 0xff;
  }

  readU16(gpa: number): number {
    if (!this.inside(gpa, 2)) return 0xffff;
    this.ram();
    return this.view.getUint16(gpa, true);
  }

  readU32(gpa: number): number {
    if (!this.inside(gpa, 4)) return 0xffff_ffff;
    this.ram();
    return this.view.getUint32(gpa, true);
  }

  writeU8(gpa: number, value: number): void {
    this.write(gpa, Uint8Array.of(value));
  }

  writeU16(gpa: number, value: number): void {
    if (!this.inside(gpa, 2)) return;
    this.ram();
    this.view.setUint16(gpa, value, true);
    this.cpu.jit_dirty_cache(gpa, gpa + 2);
  }

  writeU32(gpa: number, value: number): void {
    if (!this.inside(gpa, 4)) return;
    this.ram();
    this.view.setUint32(gpa, value, true);
    this.cpu.jit_dirty_cache(gpa, gpa + 4);
  }

  read(gpa: number, length: number): Uint8Array {
    if (length === 0) return new Uint8Array(0);
    return this.inside(gpa, length) ? this.ram().slice(gpa, gpa + length) : new Uint8Array(length).fill(0xff);
  }

  readInto(gpa: number, target: Uint8Array): void {
    if (target.length === 0) return;
    if (this.inside(gpa, target.length)) target.set(this.ram().subarray(gpa, gpa + target.length));
    else target.fill(0xff);
  }

  write(gpa: number, bytes: Uint8Array): void {
    if (bytes.length === 0 || !this.inside(gpa, bytes.length)) return;
    this.ram().set(bytes, gpa);
    this.cpu.jit_dirty_cache(gpa, gpa + bytes.length);
  }

  fill(gpa: number, length: number, value: number): void {
    this.write(gpa, new Uint8Array(length).fill(value));
  }

  /** None: the processor must hear of each write. */
  span(): null {
    return null;
  }

  readonly layout = 0;

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
}
