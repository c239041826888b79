import { asciiBytes, writeU16, writeU32 } from '../../base/bytes';
import { FLOPPY_BYTES, SECTOR_BYTES as SECTOR } from '../../base/floppy-format';
import type { OsProfile } from '../os/profile';
import { trainingBootImage } from './media';

const FAT_SECTORS = 9;
const FIRST_FAT = [0xf0, 0xff, 0xff];

/** The BIOS parameter block of a 1.44 MB FAT12 diskette (Microsoft FAT specification 1.03, boot sector and BPB). */
function placeParameters(sector: Uint8Array, serial: number, label: string): void {
  writeU16(sector, 11, SECTOR);
  sector[13] = 1; // sectors in a cluster
  writeU16(sector, 14, 1); // reserved: this sector
  sector[16] = 2; // tables
  writeU16(sector, 17, 224); // entries of the root directory
  writeU16(sector, 19, 2880);
  sector[21] = 0xf0; // media descriptor
  writeU16(sector, 22, FAT_SECTORS);
  writeU16(sector, 24, 18);
  writeU16(sector, 26, 2);
  sector[38] = 0x29;
  writeU32(sector, 39, serial);
  sector.set(asciiBytes(label, 11, 0x20), 43);
  sector.set(asciiBytes('FAT12', 8, 0x20), 54);
}

/**
 * The setup boot diskette of an operating system: it has the drivers for the disc in its drive, and goes on there. The system itself
 * comes from the disc, as with the diskettes that Microsoft made for Windows XP (KB310994, which are six).
 */
export function setupDiskette(profile: OsProfile): Uint8Array {
  const image = new Uint8Array(FLOPPY_BYTES);
  const boot = trainingBootImage(profile).subarray(0, SECTOR);
  image.set(boot);
  placeParameters(image.subarray(0, SECTOR), 0x1995_0806, 'SETUP');
  for (let table = 0; table < 2; table++) image.set(FIRST_FAT, SECTOR * (1 + table * FAT_SECTORS));
  return image;
}
