import type { BlockStore } from '../block-store';
import { readBe16, readBe32 } from '../bytes';

/** Sectors that a CDB names. */
export interface Extent {
  readonly lba: number;
  readonly count: number;
}

/** Where the CDBs of 6, 10, 12 and 16 bytes have them: SBC-3, 5. */
export const extent6 = (cdb: Uint8Array): Extent => ({
  lba: readBe32(cdb, 0) & 0x1f_ffff,
  count: (cdb[4] ?? 0) === 0 ? 256 : (cdb[4] ?? 0),
});
export const extent10 = (cdb: Uint8Array): Extent => ({ lba: readBe32(cdb, 2), count: readBe16(cdb, 7) });
export const extent12 = (cdb: Uint8Array): Extent => ({ lba: readBe32(cdb, 2), count: readBe32(cdb, 6) });
export const extent16 = (cdb: Uint8Array): Extent => ({
  lba: readBe32(cdb, 2) * 2 ** 32 + readBe32(cdb, 6),
  count: readBe32(cdb, 10),
});

/** True when all of them exist. */
export const isInside = ({ lba, count }: Extent, { sectorCount }: BlockStore): boolean =>
  Number.isSafeInteger(lba + count) && lba + count <= sectorCount;
