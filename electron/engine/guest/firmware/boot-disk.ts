import { readPartitions, hasBootSignature } from '../disk/mbr';
import { SectorError, type SectorAccess } from '../disk/sectors';
import { readLayout } from '../disk/volume';

/** What the first sectors of a disk say to a BIOS that tries to boot it. */
export type DiskVerdict =
  | { readonly kind: 'notBootable' }
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'boot'; readonly partition: number };

/**
 * Follows the chain of a PC's disk boot: signature of the master boot record, active partition, its boot sector. The texts
 * are those that a standard master boot record prints.
 */
export function judgeDisk(disk: SectorAccess): DiskVerdict {
  try {
    const mbr = disk.read(0, 1);
    if (!hasBootSignature(mbr)) return { kind: 'notBootable' };
    const active = readPartitions(mbr).filter((partition) => partition.active);
    if (active.length > 1) return { kind: 'message', text: 'Invalid partition table' };
    const [partition] = active;
    if (!partition || partition.start >= disk.sectorCount) return { kind: 'message', text: 'Missing operating system' };
    const boot = disk.read(partition.start, 1);
    if (!hasBootSignature(boot)) return { kind: 'message', text: 'Missing operating system' };
    if (!readLayout(boot))
      return { kind: 'message', text: 'This disk holds machine code. A model processor cannot run it.' };
    return { kind: 'boot', partition: partition.start };
  } catch (error) {
    if (!(error instanceof SectorError)) throw error;
    return { kind: 'message', text: 'Error loading operating system' };
  }
}
