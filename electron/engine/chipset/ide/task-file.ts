/** The registers that a host writes before a command. Each is two deep: 48-bit commands read the older value too. */
export interface TaskFile {
  features: number;
  count: number;
  low: number;
  mid: number;
  high: number;
  device: number;
  olderFeatures: number;
  olderCount: number;
  olderLow: number;
  olderMid: number;
  olderHigh: number;
}

export function freshTaskFile(): TaskFile {
  const older = { olderFeatures: 0, olderCount: 0, olderLow: 0, olderMid: 0, olderHigh: 0 };
  return { features: 0, count: 1, low: 1, mid: 0, high: 0, device: 0, ...older };
}

type Deep = 'features' | 'count' | 'low' | 'mid' | 'high';
const OLDER = {
  features: 'olderFeatures',
  count: 'olderCount',
  low: 'olderLow',
  mid: 'olderMid',
  high: 'olderHigh',
} as const;

/** A write by the host: the value before moves one place back (ATA/ATAPI-6, 6.20). */
export function push(file: TaskFile, register: Deep, value: number): void {
  file[OLDER[register]] = file[register];
  file[register] = value;
}

/** What a read of a register gives: the older value while the HOB bit of device control is set. */
export function look(file: TaskFile, register: Deep, highOrder: boolean): number {
  return highOrder ? file[OLDER[register]] : file[register];
}

/** How a disk counts cylinders, for addresses that are not linear. */
export interface Translation {
  heads: number;
  sectors: number;
}

/** First sector and number of sectors of a command. A linear address is -1 where cylinder, head and sector name none. */
export interface Extent {
  readonly lba: number;
  readonly sectors: number;
}

/** Reads the extent of a 28-bit or 48-bit command. A count of zero means the most there can be. */
export function extentOf(file: TaskFile, isLong: boolean, translation: Translation): Extent {
  if (isLong) {
    const above = file.olderLow + file.olderMid * 256 + file.olderHigh * 65_536;
    const sectors = file.olderCount * 256 + file.count;
    return { lba: above * 0x100_0000 + linear(file), sectors: sectors === 0 ? 65_536 : sectors };
  }
  const sectors = file.count === 0 ? 256 : file.count;
  if ((file.device & 0x40) !== 0) return { lba: (file.device & 0x0f) * 0x100_0000 + linear(file), sectors };
  return { lba: cylinderAddress(file, translation), sectors };
}

function linear({ low, mid, high }: TaskFile): number {
  return low + mid * 256 + high * 65_536;
}

function cylinderAddress({ low, mid, high, device }: TaskFile, { heads, sectors }: Translation): number {
  const head = device & 0x0f;
  if (low === 0 || low > sectors || head >= heads) return -1;
  return ((mid + high * 256) * heads + head) * sectors + low - 1;
}

/** Writes a linear address into the registers, as a device does when a transfer ends or fails. */
export function placeAddress(file: TaskFile, lba: number, isLong: boolean): void {
  const byte = (shift: number): number => Math.floor(lba / 2 ** shift) & 0xff;
  file.low = byte(0);
  file.mid = byte(8);
  file.high = byte(16);
  if (isLong) [file.olderLow, file.olderMid, file.olderHigh] = [byte(24), byte(32), byte(40)];
  else file.device = (file.device & 0xf0) | (byte(24) & 0x0f);
}
