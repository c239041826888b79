import { asciiBytes, writeBe16, writeBe32 } from '../bytes';
import { DeviceType } from './commands';
import { UNMAP_BYTES, UNMAP_DESCRIPTORS, WRITE_SAME_BYTES } from './provisioning';
import { identificationPage, naaIdentifier, vpdPage } from './inquiry';

/** What the pages say of a disk. */
export interface DiskFacts {
  /** Twelve bytes that no other disk has. */
  readonly unique: Uint8Array;
  readonly sectorSize: number;
  /** Bytes that UNMAP gives back together; 0 when the disk does not know it. */
  readonly granularity: number;
  /** True when it knows WRITE SAME. */
  readonly writeSame: boolean;
}

const MAX_TRANSFER = 8 * 1024 * 1024; // bytes

const PAGES: ReadonlyMap<number, (facts: DiskFacts) => Uint8Array> = new Map([
  [
    0x80,
    ({ unique }: DiskFacts): Uint8Array => vpdPage(DeviceType.disk, 0x80, asciiBytes(hexText(naaIdentifier(unique)))),
  ],
  [0x83, ({ unique }: DiskFacts): Uint8Array => identificationPage(DeviceType.disk, unique)],
  [0xb0, (facts: DiskFacts): Uint8Array => vpdPage(DeviceType.disk, 0xb0, blockLimits(facts))],
  [0xb1, (): Uint8Array => vpdPage(DeviceType.disk, 0xb1, new Uint8Array(60))], // rotation rate not reported
  [0xb2, (facts: DiskFacts): Uint8Array => vpdPage(DeviceType.disk, 0xb2, provisioningPage(facts))],
]);

/** A page of vital product data, or null when the disk has none of that code. SPC-3, 7.6; SBC-3, 6.5. */
export function vitalProductData(code: number, facts: DiskFacts): Uint8Array | null {
  if (code === 0) return vpdPage(DeviceType.disk, 0, Uint8Array.from([0, ...PAGES.keys()]));
  return PAGES.get(code)?.(facts) ?? null;
}

/** WRITE SAME must name how much it fills. */
const NOT_ZERO = 0x01;
const ALIGNMENT_VALID = 0x8000_0000;

/** Block limits: optimal granularity of 4 KB, the longest transfer, and how much UNMAP and WRITE SAME take. SBC-3, 6.5.3. */
function blockLimits({ sectorSize, granularity, writeSame }: DiskFacts): Uint8Array {
  const body = new Uint8Array(60);
  body[0] = writeSame ? NOT_ZERO : 0;
  writeBe16(body, 2, Math.max(1, 4096 / sectorSize));
  writeBe32(body, 4, MAX_TRANSFER / sectorSize);
  if (granularity > 0) {
    writeBe32(body, 16, UNMAP_BYTES / sectorSize);
    writeBe32(body, 20, UNMAP_DESCRIPTORS);
    writeBe32(body, 24, granularity / sectorSize);
    writeBe32(body, 28, ALIGNMENT_VALID); // blocks begin at sector 0
  }
  if (writeSame) writeBe32(body, 36, WRITE_SAME_BYTES / sectorSize);
  return body;
}

const BY_UNMAP = 0x80;
const BY_WRITE_SAME = 0x60; // (16) and (10)
const READS_ZEROS = 0x04;
const THIN = 2;

/** Logical block provisioning: SBC-3, 6.5.4. All zeros for a disk that keeps its room. */
function provisioningPage({ granularity, writeSame }: DiskFacts): Uint8Array {
  if (granularity === 0) return new Uint8Array(4);
  return Uint8Array.of(0, BY_UNMAP | (writeSame ? BY_WRITE_SAME : 0) | READS_ZEROS, THIN, 0);
}

function hexText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
