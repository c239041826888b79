import { readU16 } from '../../base/bytes';
import type { Processor } from '../../hypervisor/processor';
import { FloppyController, RATES, type FloppyAddress } from '../drivers/floppy/controller';
import { programDma, programFloppyDma } from '../hardware/dma-channel';
import { writeCmos } from './board';
import { rootDirectory } from './boot-floppy';

/** CMOS byte 10h: type of drive A in the upper half, of drive B in the lower; 4 is a 1.44 MB drive. */
const DRIVE_TYPES = 0x10;
const TYPE_1440 = 4;
/** Where a BIOS loads a boot sector. */
const BOOT_ADDRESS = 0x7c00;
const SECTOR = 512;

/** The diskette part of POST: DMA made ready, and the drives that find their track 0 noted in CMOS. */
export function testDiskettes(processor: Processor): void {
  programDma(processor);
  const controller = new FloppyController(processor);
  const isThere = controller.reset();
  const [a, b] = [0, 1].map((drive) => (isThere && controller.recalibrate(drive) ? TYPE_1440 : 0));
  controller.rest();
  writeCmos(processor, DRIVE_TYPES, ((a ?? 0) << 4) | (b ?? 0));
}

/** What a BIOS and the code of a boot sector read of a diskette. */
export interface Diskette {
  readonly boot: Uint8Array;
  /** First sector of the root directory; null where there is none, or it cannot be read. */
  readonly root: Uint8Array | null;
}

/** Loads the boot sector of the diskette in drive A, and what its code looks at next. Null: no diskette, or none that can be read. */
export function readDiskette(processor: Processor): Diskette | null {
  const controller = new FloppyController(processor);
  const isReady = controller.reset() && controller.recalibrate(0) && controller.hasDiskette();
  const rate = isReady
    ? RATES.find((each) => load(processor, controller, each, { cylinder: 0, head: 0, record: 1 }))
    : undefined;
  const boot = rate === undefined ? null : processor.memory.read(BOOT_ADDRESS, SECTOR);
  const place = boot && rootPlace(boot);
  const hasRoot = rate !== undefined && place !== null && load(processor, controller, rate, place);
  const root = hasRoot ? processor.memory.read(BOOT_ADDRESS, SECTOR) : null;
  controller.rest();
  return boot && { boot, root };
}

/** One sector to 0000:7C00. */
function load(processor: Processor, controller: FloppyController, rate: number, address: FloppyAddress): boolean {
  programFloppyDma(processor, 'toMemory', BOOT_ADDRESS, SECTOR);
  return controller.read(address, rate, address.record);
}

/** Cylinder, head and record of the root directory, by the boot sector's own numbers. */
function rootPlace(boot: Uint8Array): FloppyAddress | null {
  const lba = rootDirectory(boot);
  const [sectors, heads] = [readU16(boot, 24), readU16(boot, 26)];
  if (lba === null || sectors === 0 || heads === 0) return null;
  const track = Math.floor(lba / sectors);
  return { cylinder: Math.floor(track / heads), head: track % heads, record: (lba % sectors) + 1 };
}
