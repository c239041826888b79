import { setupProfileOf } from '../disk/media';
import { bootEntry } from '../disk/iso9660';
import { SectorError, type SectorAccess } from '../disk/sectors';

/** What a disc says to a BIOS that tries to boot it. */
export type DiscVerdict =
  | { readonly kind: 'notBootable' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'setup'; readonly profileId: string };

/** Follows El Torito: boot record, catalogue, default entry, image. "El Torito" Bootable CD-ROM Format 1.0, 2. */
export function judgeDisc(disc: SectorAccess): DiscVerdict {
  try {
    const entry = bootEntry(disc);
    if (!entry) return { kind: 'notBootable' };
    const profileId = setupProfileOf(disc.read(entry.lba, 1));
    return profileId === null ? { kind: 'foreign' } : { kind: 'setup', profileId };
  } catch (error) {
    if (!(error instanceof SectorError)) throw error;
    return { kind: 'notBootable' };
  }
}
