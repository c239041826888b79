import { readU16, readU32, writeU16, writeU32 } from '../../base/bytes';
import { BOOT_SIGNATURE, placeBootCode } from './boot-code';

/** One entry of the partition table. Addresses and lengths in sectors. */
export interface Partition {
  readonly active: boolean;
  readonly type: number;
  readonly start: number;
  readonly count: number;
}

/** Partition type of the model volume: 0x7F, set aside for experiments. */
export const MODEL_PARTITION = 0x7f;

const TABLE = 446;
const ENTRY = 16;
const CHS_BEYOND = [0xfe, 0xff, 0xff]; // "use the LBA fields"

/** A master boot record with one active partition of the model volume's type. */
export function buildMbr(start: number, count: number): Uint8Array {
  const sector = new Uint8Array(512);
  placeBootCode(sector, 0);
  sector[TABLE] = 0x80;
  sector.set(CHS_BEYOND, TABLE + 1);
  sector[TABLE + 4] = MODEL_PARTITION;
  sector.set(CHS_BEYOND, TABLE + 5);
  writeU32(sector, TABLE + 8, start);
  writeU32(sector, TABLE + 12, count);
  writeU16(sector, 510, BOOT_SIGNATURE);
  return sector;
}

export function hasBootSignature(sector: Uint8Array): boolean {
  return readU16(sector, 510) === BOOT_SIGNATURE;
}

/** The used entries of a partition table; an empty list when the sector is not a master boot record. */
export function readPartitions(sector: Uint8Array): Partition[] {
  if (!hasBootSignature(sector)) return [];
  const entries = Array.from({ length: 4 }, (_, i) => TABLE + i * ENTRY);
  return entries
    .filter((at) => sector[at + 4] !== 0)
    .map((at) => ({
      active: sector[at] === 0x80,
      type: sector[at + 4] ?? 0,
      start: readU32(sector, at + 8),
      count: readU32(sector, at + 12),
    }));
}
