import { asciiBytes, writeBe16, writeBe32 } from '../bytes';
import { DeviceType } from './commands';
import { identificationPage, naaIdentifier, vpdPage } from './inquiry';

/** What the pages say of a disk. */
export interface DiskFacts {
  /** Twelve bytes that no other disk has. */
  readonly unique: Uint8Array;
  readonly sectorSize: number;
}

const MAX_TRANSFER = 8 * 1024 * 1024; // bytes

const PAGES: ReadonlyMap<number, (facts: DiskFacts) => Uint8Array> = new Map([
  [
    0x80,
    ({ unique }: DiskFacts): Uint8Array => vpdPage(DeviceType.disk, 0x80, asciiBytes(hexText(naaIdentifier(unique)))),
  ],
  [0x83, ({ unique }: DiskFacts): Uint8Array => identificationPage(DeviceType.disk, unique)],
  [0xb0, ({ sectorSize }: DiskFacts): Uint8Array => vpdPage(DeviceType.disk, 0xb0, blockLimits(sectorSize))],
  [0xb1, (): Uint8Array => vpdPage(DeviceType.disk, 0xb1, new Uint8Array(60))], // rotation rate not reported
]);

/** A page of vital product data, or null when the disk has none of that code. SPC-3, 7.6; SBC-3, 6.5. */
export function vitalProductData(code: number, facts: DiskFacts): Uint8Array | null {
  if (code === 0) return vpdPage(DeviceType.disk, 0, Uint8Array.from([0, ...PAGES.keys()]));
  return PAGES.get(code)?.(facts) ?? null;
}

/** Block limits: optimal granularity of 4 KB, and the longest transfer. */
function blockLimits(sectorSize: number): Uint8Array {
  const body = new Uint8Array(60);
  writeBe16(body, 2, Math.max(1, 4096 / sectorSize));
  writeBe32(body, 4, MAX_TRANSFER / sectorSize);
  return body;
}

function hexText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
