import { withSystemErrors } from '../disk/disk-error';
import { writeFileAtomic } from '../documents/atomic-file';
import { bootCatalogue, bootRecordDescriptor, primaryDescriptor, terminatorDescriptor } from './descriptors';
import { directoryRecord, folderBytes, folderLength, pathTable } from './directory';
import type { Extent } from './directory';
import { FIRST_DESCRIPTOR, SECTOR, sectorsFor } from './spec';
import { folderTree, inPathTableOrder } from './tree';
import type { IsoFile } from './tree';

/** A disc to be made. */
export interface IsoImage {
  /** Up to 32 capitals, digits and underscores. */
  readonly volumeId: string;
  readonly files: readonly IsoFile[];
  /** Boot image, started without emulation; at most 65,535 units of 512 bytes. Without it the disc is not bootable. */
  readonly bootImage?: Uint8Array;
  /** Time of all files and of the volume, milliseconds since 1970 UTC. */
  readonly timeMs: number;
}

const MAKER = 'PARTITION LAB';

/** Places one thing after the other. */
class Layout {
  private next: number;
  private readonly places = new Map<object, Extent>();
  readonly pieces: { readonly lba: number; readonly bytes: () => Uint8Array }[] = [];

  constructor(firstFree: number) {
    this.next = firstFree;
  }

  /** Gives `node` room for `length` bytes. Its bytes are asked for when everything has a place. */
  add(node: object, length: number, bytes: () => Uint8Array): Extent {
    const extent = { lba: this.next, length };
    this.places.set(node, extent);
    this.pieces.push({ lba: extent.lba, bytes });
    this.next += sectorsFor(length);
    return extent;
  }

  get sectorCount(): number {
    return this.next;
  }

  readonly placeOf = (node: object): Extent => {
    const extent = this.places.get(node);
    if (extent === undefined) throw new Error('something on the disc has no place');
    return extent;
  };
}

/** The sectors of an ISO 9660 (level 2) disc, bootable through El Torito when there is a boot image. Same input, same bytes. */
export function buildIso(image: IsoImage): Uint8Array {
  if (!/^[A-Z0-9_]{1,32}$/.test(image.volumeId)) throw new Error(`${image.volumeId} cannot be the name of a volume`);
  const { timeMs, bootImage } = image;
  const root = folderTree(image.files);
  const folders = inPathTableOrder(root);
  const descriptorCount = bootImage === undefined ? 2 : 3;
  const layout = new Layout(FIRST_DESCRIPTOR + descriptorCount);
  const { placeOf } = layout;

  const boot = bootImage === undefined ? undefined : addBoot(layout, bootImage);
  const tableLength = pathTable(folders, () => ({ lba: 0, length: 0 }), true).length;
  const little = layout.add({}, tableLength, () => pathTable(folders, placeOf, true));
  const big = layout.add({}, tableLength, () => pathTable(folders, placeOf, false));
  for (const folder of folders) layout.add(folder, folderLength(folder), () => folderBytes(folder, placeOf, timeMs));
  for (const file of folders.flatMap((folder) => folder.files)) layout.add(file, file.bytes.length, () => file.bytes);

  const primary = primaryDescriptor({
    volumeId: image.volumeId,
    publisher: MAKER,
    application: MAKER,
    timeMs,
    sectorCount: layout.sectorCount,
    pathTableLength: tableLength,
    littlePathTableLba: little.lba,
    bigPathTableLba: big.lba,
    rootRecord: directoryRecord('\0', placeOf(root), true, timeMs),
  });
  const descriptors = [
    primary,
    ...(boot === undefined ? [] : [bootRecordDescriptor(boot.lba)]),
    terminatorDescriptor(),
  ];
  return assemble(layout, descriptors);
}

/** Makes the disc's image file, whole or not at all; an existing one is replaced. Throws `DiskError`. */
export function writeIsoFile(path: string, image: IsoImage): void {
  const bytes = buildIso(image);
  withSystemErrors(path, () => writeFileAtomic(path, bytes));
}

function addBoot(layout: Layout, bootImage: Uint8Array): Extent {
  if (bootImage.length === 0 || bootImage.length > 65_535 * 512) throw new Error('a boot image of impossible length');
  const catalogue = layout.add({}, SECTOR, () => bootCatalogue(layout.placeOf(bootImage), MAKER));
  layout.add(bootImage, bootImage.length, () => bootImage);
  return catalogue;
}

function assemble(layout: Layout, descriptors: readonly Uint8Array[]): Uint8Array {
  const disc = new Uint8Array(layout.sectorCount * SECTOR);
  descriptors.forEach((bytes, index) => disc.set(bytes, (FIRST_DESCRIPTOR + index) * SECTOR));
  for (const piece of layout.pieces) disc.set(piece.bytes(), piece.lba * SECTOR);
  return disc;
}
