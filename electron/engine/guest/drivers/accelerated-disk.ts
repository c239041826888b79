import type { BlockDevice, BlockRequest, BlockResult } from '../disk/block-device';

/**
 * A disk of the emulated IDE controller with the filter `storflt` above it: a request goes to the accelerator while that is up, and
 * else to the emulated controller. A ticket says by its lowest bit which of them has it, so nothing else is to be remembered,
 * and what went out on one way comes back on it.
 */
export class AcceleratedDisk implements BlockDevice {
  readonly sectorSize: number;
  readonly sectorCount: number;

  constructor(
    private readonly emulated: BlockDevice,
    private readonly accelerator: () => BlockDevice | null,
  ) {
    this.sectorSize = emulated.sectorSize;
    this.sectorCount = emulated.sectorCount;
  }

  get maxSectors(): number {
    return Math.min(this.emulated.maxSectors, this.accelerator()?.maxSectors ?? this.emulated.maxSectors);
  }

  submit(request: BlockRequest): number {
    const accelerator = this.accelerator();
    return accelerator ? accelerator.submit(request) * 2 + 1 : this.emulated.submit(request) * 2;
  }

  /** What was under way when its accelerator went has failed. */
  take(ticket: number): BlockResult | null {
    const isAccelerated = ticket % 2 === 1;
    const device = isAccelerated ? this.accelerator() : this.emulated;
    return device ? device.take((ticket - (isAccelerated ? 1 : 0)) / 2) : { ok: false, data: new Uint8Array(0) };
  }
}
