import { asciiOf, readU16 } from '../../base/bytes';
import { setupProfileOf } from '../disk/media';
import { hasBootSignature } from '../disk/mbr';

/** What the boot sector of a diskette says to a BIOS that has loaded it. */
export type FloppyVerdict =
  | { readonly kind: 'notBootable' }
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'setup'; readonly profileId: string };

/** Beginnings of what boot sectors of FAT diskettes print when there is no system on them: DOS, Windows, mkfs.fat. */
const NO_SYSTEM = [
  'Non-System disk',
  'Invalid system disk',
  'This is not a bootable disk',
  'Remove disks or other media',
];
/** Files of the systems that such a boot sector loads, as the root directory names them. */
const SYSTEM_FILES = ['IO      SYS', 'IBMBIO  COM', 'KERNEL  SYS', 'NTLDR      ', 'WINBOOT SYS'];
const FOREIGN = 'This diskette holds machine code. A model processor cannot run it.';
const ENTRY = 32;
const NAME = 11;

/** Where the root directory of a FAT diskette begins, in sectors; null when the boot sector has no BIOS parameter block. */
export function rootDirectory(sector: Uint8Array): number | null {
  const [jump] = sector;
  const isFat = (jump === 0xeb || jump === 0xe9) && readU16(sector, 11) === 512 && readU16(sector, 22) > 0;
  return isFat ? readU16(sector, 14) + (sector[16] ?? 0) * readU16(sector, 22) : null;
}

/**
 * What the code of a boot sector does. That of FAT diskettes is known: it looks for the system's files in the root directory and
 * prints its own text, which lies in the sector, when they are not there.
 * @param root the first sector of the root directory; null when it cannot be read
 */
export function judgeFloppy(sector: Uint8Array, root: Uint8Array | null): FloppyVerdict {
  if (!hasBootSignature(sector)) return { kind: 'notBootable' };
  const profileId = setupProfileOf(sector);
  if (profileId !== null) return { kind: 'setup', profileId };
  const text = noSystemText(sector);
  const isEmpty = root !== null && !holdsSystem(root);
  return { kind: 'message', text: text !== null && isEmpty ? text : FOREIGN };
}

function holdsSystem(root: Uint8Array): boolean {
  for (let at = 0; at < root.length; at += ENTRY) {
    if (SYSTEM_FILES.includes(String.fromCharCode(...root.subarray(at, at + NAME)))) return true;
  }
  return false;
}

/** The text up to the end mark: NUL, or the FFh of Windows' sectors. */
function noSystemText(sector: Uint8Array): string | null {
  const all = String.fromCharCode(...sector);
  const at = NO_SYSTEM.map((start) => all.indexOf(start)).find((index) => index >= 0);
  if (at === undefined) return null;
  const text = asciiOf(sector.subarray(at));
  return text.split('\u00ff')[0]?.replaceAll('\r', '').trimEnd() ?? null;
}
