/** Data rates as the data rate select register has them. */
const RATE_500K = 0;
const RATE_250K = 2;

/** Bytes in a sector, and the size code N that stands for it in commands. */
export const SECTOR_BYTES = 512;
export const SECTOR_SIZE_CODE = 2;

/** How a diskette is divided. */
export interface FloppyFormat {
  readonly cylinders: number;
  readonly heads: number;
  /** Sectors on a track, numbered from 1. */
  readonly sectors: number;
  /** Data rate at which its tracks can be read. */
  readonly rate: number;
}

/**
 * What the drive of a Hyper-V machine accepts, known by the size of the image alone (microsoft/openvmm, the floppy controller's
 * table of sizes): 1.44 MB, 1.68 MB (DMF), 720 KB, 1.2 MB, 360 KB on one side, 1.72 MB (XDF).
 */
const FORMATS: readonly FloppyFormat[] = [
  { cylinders: 80, heads: 2, sectors: 18, rate: RATE_500K },
  { cylinders: 80, heads: 2, sectors: 21, rate: RATE_500K },
  { cylinders: 80, heads: 2, sectors: 9, rate: RATE_250K },
  { cylinders: 80, heads: 2, sectors: 15, rate: RATE_500K },
  { cylinders: 80, heads: 1, sectors: 9, rate: RATE_250K },
  { cylinders: 80, heads: 2, sectors: 23, rate: RATE_500K },
];

/** The format of an image of this many sectors, or null: no diskette has that size. */
export function floppyFormat(sectorCount: number): FloppyFormat | null {
  return FORMATS.find(({ cylinders, heads, sectors }) => cylinders * heads * sectors === sectorCount) ?? null;
}

/** Bytes of a 1.44 MB image: what a new diskette is. */
export const FLOPPY_BYTES = 2880 * SECTOR_BYTES;

/** An image of this many bytes is one that a diskette drive takes. */
export function isFloppySize(bytes: number): boolean {
  return bytes % SECTOR_BYTES === 0 && floppyFormat(bytes / SECTOR_BYTES) !== null;
}
