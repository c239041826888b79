import { createHash } from 'node:crypto';
import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { Random } from '@engine/base/random';
import { FloppyDrive } from '@engine/chipset/floppy/drive';
import type { Trace } from '@engine/trace/trace';
import { REPORT_MARK } from './guest/initramfs';

const SECTORS = { high: 2880, low: 1440, dmf: 3360 } as const;
export type DisketteName = 'first' | 'protected' | 'low' | 'dmf';

/** The diskettes of a run, and the drive that they are put into one after the other when the guest asks. */
export class Diskettes {
  readonly drive: FloppyDrive;
  private readonly images: Readonly<Record<DisketteName, MemoryBlockStore>>;

  constructor(name: string, trace: Trace) {
    const random = new Random(82_077);
    const image = (sectorCount: number, readOnly = false): MemoryBlockStore =>
      new MemoryBlockStore({ sectorCount, readOnly, content: random.bytes(sectorCount * 512) });
    this.images = {
      first: image(SECTORS.high),
      protected: image(SECTORS.high, true),
      low: image(SECTORS.low),
      dmf: image(SECTORS.dmf),
    };
    this.drive = new FloppyDrive(name, trace, this.images.first);
  }

  /** MD5 of a whole image as it is now. */
  digest(name: DisketteName): string {
    const image = this.images[name];
    return createHash('md5').update(image.read(0, image.sectorCount)).digest('hex');
  }

  /** What the guest asks for in its reports, the host does. */
  heard(line: string): void {
    const ask = /ask diskette (\w+)/.exec(line.includes(REPORT_MARK) ? line : '')?.[1];
    if (ask === 'none') this.drive.setDisk(null);
    const found = Object.entries(this.images).find(([name]) => name === ask);
    if (found) this.drive.setDisk(found[1]);
  }
}
