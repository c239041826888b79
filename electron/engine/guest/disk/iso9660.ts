import { readU32 } from '../../base/bytes';
import type { SectorAccess } from './sectors';
import { textOf } from './volume';

/** Where a file of an ISO 9660 volume lies: first logical block (2,048 bytes) and length in bytes. */
export interface IsoExtent {
  readonly lba: number;
  readonly length: number;
  readonly isFolder: boolean;
}

const BLOCK = 2048;
const DESCRIPTOR_START = 16; // ECMA-119, 6.2.1: the first 16 sectors are the system area
const DESCRIPTOR_END = 48;
const FOLDER_LIMIT = 256 * BLOCK; // a longer folder is damage, not a folder

function isDescriptor(sector: Uint8Array, type: number): boolean {
  return sector[0] === type && textOf(sector.subarray(1, 6)) === 'CD001';
}

/** The descriptor of `type` (0 boot record, 1 primary volume) on the disc; null when there is none. ECMA-119, 8. */
export function volumeDescriptor(disc: SectorAccess, type: number): Uint8Array | null {
  for (let lba = DESCRIPTOR_START; lba < Math.min(DESCRIPTOR_END, disc.sectorCount); lba++) {
    const sector = disc.read(lba, 1);
    if (isDescriptor(sector, type)) return sector;
    if (!isDescriptor(sector, sector[0] ?? 0) || sector[0] === 0xff) return null;
  }
  return null;
}

function extentOf(record: Uint8Array): IsoExtent {
  return { lba: readU32(record, 2), length: readU32(record, 10), isFolder: ((record[25] ?? 0) & 2) !== 0 };
}

function entryNamed(disc: SectorAccess, folder: IsoExtent, name: string): IsoExtent | null {
  if (!folder.isFolder || folder.length > FOLDER_LIMIT) return null;
  const bytes = disc.read(folder.lba, Math.ceil(folder.length / BLOCK));
  for (let at = 0; at < folder.length;) {
    const length = bytes[at] ?? 0;
    if (length === 0) {
      at = (Math.floor(at / BLOCK) + 1) * BLOCK; // records do not cross blocks
      continue;
    }
    const record = bytes.subarray(at, at + length);
    const identifier = textOf(record.subarray(33, 33 + (record[32] ?? 0)));
    if (identifier.replace(/;1$/, '').replace(/\.$/, '').toUpperCase() === name) return extentOf(record);
    at += length;
  }
  return null;
}

/** Finds a file by its path in capitals, `I386/NTLDR`; null when the disc has no such file or no ISO 9660 volume. */
export function findOnDisc(disc: SectorAccess, path: string): IsoExtent | null {
  const primary = volumeDescriptor(disc, 1);
  if (!primary) return null;
  let place: IsoExtent | null = extentOf(primary.subarray(156, 190));
  for (const name of path.toUpperCase().split('/')) place = place && entryNamed(disc, place, name);
  return place;
}

/** The bytes of a file of the disc; null when it is not there. */
export function readFromDisc(disc: SectorAccess, path: string): Uint8Array | null {
  const extent = findOnDisc(disc, path);
  if (!extent || extent.isFolder || extent.lba + Math.ceil(extent.length / BLOCK) > disc.sectorCount) return null;
  return disc.read(extent.lba, Math.ceil(extent.length / BLOCK)).slice(0, extent.length);
}

/** Boot catalogue of El Torito: address and length (in 512-byte units) of the default entry's image; null: not bootable. */
export function bootEntry(disc: SectorAccess): { lba: number; sectors: number } | null {
  const record = volumeDescriptor(disc, 0);
  if (!record || !textOf(record.subarray(7, 39)).startsWith('EL TORITO SPECIFICATION')) return null;
  const catalogueLba = readU32(record, 0x47);
  if (catalogueLba >= disc.sectorCount) return null;
  const catalogue = disc.read(catalogueLba, 1);
  const isValid = catalogue[0] === 1 && catalogue[30] === 0x55 && catalogue[31] === 0xaa && catalogue[32] === 0x88;
  if (!isValid) return null;
  const lba = readU32(catalogue, 40);
  const sectors = (catalogue[38] ?? 0) | ((catalogue[39] ?? 0) << 8);
  return lba < disc.sectorCount ? { lba, sectors } : null;
}
