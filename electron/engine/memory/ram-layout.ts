/** One range of RAM in the guest-physical address space. */
export interface RamRange {
  readonly start: number;
  readonly length: number;
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
