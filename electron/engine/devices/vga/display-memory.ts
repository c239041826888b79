import type { MmioDevice } from '../../bus/mmio-space';
import type { AccessSize } from '../../bus/port-space';
import type { VgaRegisters } from './registers';

const PLANE = 65_536;
export const WINDOW_BASE = 0xa0000;
export const WINDOW_SIZE = 0x20000;

/** Where the window lies and how long it is, by bits 3:2 of graphics register 6. */
const WINDOWS: readonly (readonly [number, number])[] = [
  [0xa0000, 0x20000],
  [0xa0000, 0x10000],
  [0xb0000, 0x8000],
  [0xb8000, 0x8000],
];

/**
 * The 256 KB of a VGA as four planes behind the window at A0000-BFFFF. In odd/even addressing (text modes) even addresses are
 * characters in plane 0 and odd ones attributes in plane 1; otherwise a write goes to the planes of the map mask and a read comes
 * from the one chosen. Latches and logical operations of the graphics modes are not modelled: no guest here draws by them.
 */
export class DisplayMemory implements MmioDevice {
  constructor(
    private readonly registers: () => VgaRegisters,
    private readonly planes: () => Uint8Array,
    private readonly changed: () => void,
  ) {}

  /** Place inside the selected window, or -1 when the adapter does not answer there. */
  private place(offset: number): number {
    const [base, length] = WINDOWS[((this.registers().graphics[6] ?? 0) >> 2) & 3] ?? [0, 0];
    const place = WINDOW_BASE + offset - base;
    return place >= 0 && place < length ? place % PLANE : -1;
  }

  private get isOddEven(): boolean {
    return ((this.registers().sequencer[4] ?? 0) & 4) === 0;
  }

  mmioRead(offset: number, size: AccessSize): number {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = (value << 8) | this.readByte(this.place(offset + i));
    return value >>> 0;
  }

  private readByte(place: number): number {
    if (place < 0) return 0xff;
    const planes = this.planes();
    if (this.isOddEven) return planes[(place & 1) * PLANE + (place & ~1)] ?? 0xff;
    return planes[((this.registers().graphics[4] ?? 0) & 3) * PLANE + place] ?? 0xff;
  }

  mmioWrite(offset: number, size: AccessSize, value: number): void {
    for (let i = 0; i < size; i++) this.writeByte(this.place(offset + i), (value >>> (i * 8)) & 0xff);
  }

  private writeByte(place: number, value: number): void {
    if (place < 0) return;
    const planes = this.planes();
    const mask = this.registers().sequencer[2] ?? 0;
    if (this.isOddEven) {
      const plane = place & 1;
      if ((mask & (1 << plane)) !== 0) planes[plane * PLANE + (place & ~1)] = value;
    } else
      for (let plane = 0; plane < 4; plane++) if ((mask & (1 << plane)) !== 0) planes[plane * PLANE + place] = value;
    this.changed();
  }
}

/** Character and attribute of text cell `cell`, in display order. */
export function textCell(planes: Uint8Array, cell: number): readonly [number, number] {
  const at = (cell * 2) % PLANE;
  return [planes[at] ?? 0, planes[PLANE + at] ?? 0];
}
