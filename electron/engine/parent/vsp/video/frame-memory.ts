import type { InspectNode, Unit } from '../../../base/unit';
import type { DeviceMemory } from '../../../bus/device-memory';
import type { MmioRegion, MmioSpace } from '../../../bus/mmio-space';
import { PAGE_SIZE, type GuestMemory } from '../../../memory/guest-memory';

export interface FrameMemoryOptions {
  readonly name: string;
  readonly memory: GuestMemory;
  readonly mmio: MmioSpace;
  readonly vram: DeviceMemory;
}

/** Where the guest has put its picture: `window` is video memory that was laid there for it. Plain. */
export interface FrameMemoryState {
  place: { kind: 'ram' | 'aperture' | 'window'; gpa: number } | null;
}

/**
 * The memory that the synthetic video device reads pictures from. The guest says where: in the aperture of the emulated adapter,
 * in RAM of its own (Linux on Generation 1), or at a free place in its address space, where video memory is then laid.
 */
export class FrameMemory implements Unit<FrameMemoryState> {
  private state: FrameMemoryState = { place: null };
  private readonly window: MmioRegion;

  constructor(private readonly options: FrameMemoryOptions) {
    const { name, mmio, vram } = options;
    this.window = mmio.claim(`${name}/window`, null, vram.size, vram, { intercepts: false });
  }

  /** Takes over the guest's choice. False when something else answers there, or it is not at the start of a page. */
  place(gpa: number): boolean {
    this.remove();
    const kind = this.kindAt(gpa);
    if (kind === null) return false;
    this.state.place = { kind, gpa };
    this.layWindow();
    return true;
  }

  private kindAt(gpa: number): 'ram' | 'aperture' | 'window' | null {
    const { memory, mmio, vram } = this.options;
    if (gpa % PAGE_SIZE !== 0) return null;
    if (memory.isRam(gpa, vram.size)) return 'ram';
    const first = mmio.find(gpa);
    const last = mmio.find(gpa + vram.size - 1);
    if (first && last) return first.device === vram && last.device === vram && first.offset === 0 ? 'aperture' : null;
    return this.isFree(gpa) ? 'window' : null;
  }

  private isFree(gpa: number): boolean {
    const { memory, mmio, vram } = this.options;
    const end = gpa + vram.size;
    const isTouched = mmio.ranges().some(({ base, length }) => base < end && base + length > gpa);
    return !isTouched && !memory.isRam(gpa, 1) && !memory.isRam(end - 1, 1);
  }

  private layWindow(): void {
    const { place } = this.state;
    this.window.move(place?.kind === 'window' ? place.gpa : null);
  }

  /** Takes the picture's memory away again. */
  remove(): void {
    this.state.place = null;
    this.layWindow();
  }

  /** Bytes of the picture's memory. */
  get size(): number {
    return this.options.vram.size;
  }

  get isPlaced(): boolean {
    return this.state.place !== null;
  }

  /** A copy of `length` bytes of the picture's memory; zeros while there is none. */
  read(offset: number, length: number): Uint8Array {
    const { place } = this.state;
    if (place === null) return new Uint8Array(length);
    return place.kind === 'ram'
      ? this.options.memory.read(place.gpa + offset, length)
      : this.options.vram.read(offset, length);
  }

  reset(): void {
    this.remove();
  }

  save(): FrameMemoryState {
    const { place } = this.state;
    return { place: place && { ...place } };
  }

  restore(saved: FrameMemoryState): void {
    this.state = { place: saved.place && { ...saved.place } };
    this.layWindow();
  }

  inspect(): InspectNode {
    const { place } = this.state;
    return place && { kind: place.kind, gpa: place.gpa.toString(16) };
  }
}
