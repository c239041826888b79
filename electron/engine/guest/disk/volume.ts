import { asciiBytes, asciiOf, readU16, readU32, writeU16, writeU32 } from '../../base/bytes';
import { BOOT_SIGNATURE, placeBootCode } from './boot-code';
import { hasBootSignature } from './mbr';
import { checksum, wholeSectors, type SectorAccess } from './sectors';

/**
 * The model volume: how an installed model operating system lies on its partition. Sector 0 is the boot sector, which says
 * where the catalogue is and which file is the loader; the catalogue has one record of 128 bytes for each file; files are
 * contiguous. All numbers little-endian, sectors relative to the start of the partition.
 */
export interface VolumeLayout {
  /** First sector of the partition on the disk. */
  readonly start: number;
  readonly sectors: number;
  readonly catalogueStart: number;
  readonly catalogueSectors: number;
  readonly dataStart: number;
  /** Path of the file that the boot sector loads. */
  readonly loader: string;
  readonly label: string;
}

/** One file of the catalogue. `start` and `capacity` in sectors, `length` in bytes. */
export interface VolumeEntry {
  readonly slot: number;
  readonly path: string;
  readonly start: number;
  readonly capacity: number;
  readonly length: number;
  readonly check: number;
}

const OEM = 'PLVOLUME';
const RECORD = 128;
const PATH_BYTES = 104;
const CATALOGUE_SECTORS = 64;

/** The layout of a fresh volume on a partition of `sectors` sectors at `start`. */
export function newLayout(start: number, sectors: number, loader: string, label: string): VolumeLayout {
  const catalogueStart = 8;
  return {
    start,
    sectors,
    catalogueStart,
    catalogueSectors: CATALOGUE_SECTORS,
    dataStart: catalogueStart + CATALOGUE_SECTORS,
    loader,
    label,
  };
}

/** The boot sector of a volume. */
export function buildBootSector(layout: VolumeLayout): Uint8Array {
  const sector = new Uint8Array(512);
  sector.set([0xeb, 0x7e, 0x90]); // jmp to the code at 0x80
  sector.set(asciiBytes(OEM), 3);
  writeU16(sector, 0x10, 1);
  writeU16(sector, 0x12, layout.catalogueSectors);
  writeU32(sector, 0x14, layout.catalogueStart);
  writeU32(sector, 0x18, layout.dataStart);
  writeU32(sector, 0x1c, layout.sectors);
  writeU32(sector, 0x20, layout.start);
  sector.set(asciiBytes(layout.loader, 24), 0x28);
  sector.set(asciiBytes(layout.label, 32), 0x40);
  placeBootCode(sector, 0x80);
  writeU16(sector, 510, BOOT_SIGNATURE);
  return sector;
}

/** The layout that a boot sector describes; null when it is not one of a model volume. */
export function readLayout(sector: Uint8Array): VolumeLayout | null {
  if (!hasBootSignature(sector) || asciiOf(sector.subarray(3, 11)) !== OEM || readU16(sector, 0x10) !== 1) return null;
  return {
    catalogueSectors: readU16(sector, 0x12),
    catalogueStart: readU32(sector, 0x14),
    dataStart: readU32(sector, 0x18),
    sectors: readU32(sector, 0x1c),
    start: readU32(sector, 0x20),
    loader: asciiOf(sector.subarray(0x28, 0x40)),
    label: asciiOf(sector.subarray(0x40, 0x60)),
  };
}

/** Files on a model volume, through whatever gives its sectors. */
export class Volume {
  constructor(
    private readonly disk: SectorAccess,
    readonly layout: VolumeLayout,
  ) {}

  /** Writes boot sector and an empty catalogue. */
  format(): void {
    this.disk.write(this.layout.start, buildBootSector(this.layout));
    this.disk.write(this.catalogueLba, new Uint8Array(this.layout.catalogueSectors * 512));
  }

  private get catalogueLba(): number {
    return this.layout.start + this.layout.catalogueStart;
  }

  /** All files in the order of their records. */
  entries(): VolumeEntry[] {
    const bytes = this.disk.read(this.catalogueLba, this.layout.catalogueSectors);
    const found: VolumeEntry[] = [];
    for (let at = 0; at < bytes.length; at += RECORD) {
      if (bytes[at] !== 0) found.push(readRecord(bytes, at));
    }
    return found;
  }

  find(path: string): VolumeEntry | null {
    const bytes = this.disk.read(this.catalogueLba, this.layout.catalogueSectors);
    for (let at = 0; at < bytes.length; at += RECORD) if (isNamed(bytes, at, path)) return readRecord(bytes, at);
    return null;
  }

  /** The bytes of a file; null when it does not exist or its contents do not fit its check. */
  read(path: string): Uint8Array | null {
    const entry = this.find(path);
    if (!entry || entry.length > entry.capacity * 512 || entry.start + entry.capacity > this.layout.sectors)
      return null;
    const bytes = this.disk.read(this.layout.start + entry.start, Math.ceil(entry.length / 512)).slice(0, entry.length);
    return checksum(bytes) === entry.check ? bytes : null;
  }

  /** The bytes of a file as text; null as `read`. */
  readText(path: string): string | null {
    const bytes = this.read(path);
    return bytes && textOf(bytes);
  }

  /** Makes or replaces a file. False when the volume or its catalogue is full, or the path too long. */
  write(path: string, bytes: Uint8Array): boolean {
    const entries = this.entries();
    const known = entries.find((entry) => entry.path === path);
    const needed = Math.max(1, Math.ceil(bytes.length / 512));
    const free = entries.reduce((end, entry) => Math.max(end, entry.start + entry.capacity), this.layout.dataStart);
    const start = known && known.capacity >= needed ? known.start : free;
    const capacity = known && known.capacity >= needed ? known.capacity : needed;
    const slot = known?.slot ?? this.freeSlot(entries);
    if (start + capacity > this.layout.sectors || slot === null || path.length >= PATH_BYTES) return false;
    const record = { slot, path, start, capacity, length: bytes.length, check: checksum(bytes) };
    const sector = this.disk.read(this.recordLba(slot), 1);
    writeRecord(sector, (slot * RECORD) % 512, record);
    if (bytes.length > 0) this.disk.write(this.layout.start + start, wholeSectors(bytes, 512));
    this.disk.write(this.recordLba(slot), sector);
    return true;
  }

  /** Takes a file out of the catalogue. False when there is none of that path. */
  remove(path: string): boolean {
    const known = this.find(path);
    if (!known) return false;
    const sector = this.disk.read(this.recordLba(known.slot), 1);
    const at = (known.slot * RECORD) % 512;
    sector.fill(0, at, at + RECORD);
    this.disk.write(this.recordLba(known.slot), sector);
    return true;
  }

  private recordLba(slot: number): number {
    return this.catalogueLba + Math.floor((slot * RECORD) / 512);
  }

  private freeSlot(entries: readonly VolumeEntry[]): number | null {
    const used = new Set(entries.map((entry) => entry.slot));
    for (let slot = 0; slot < (this.layout.catalogueSectors * 512) / RECORD; slot++) if (!used.has(slot)) return slot;
    return null;
  }
}

/** Whether the record at `at` is that of `path`: nothing but the name is looked at. */
function isNamed(bytes: Uint8Array, at: number, path: string): boolean {
  if (path.length === 0 || path.length > PATH_BYTES) return false;
  for (let i = 0; i < path.length; i++) if (bytes[at + i] !== path.charCodeAt(i)) return false;
  return path.length === PATH_BYTES || bytes[at + path.length] === 0;
}

function readRecord(bytes: Uint8Array, at: number): VolumeEntry {
  return {
    slot: at / RECORD,
    path: asciiOf(bytes.subarray(at, at + PATH_BYTES)),
    start: readU32(bytes, at + PATH_BYTES),
    capacity: readU32(bytes, at + PATH_BYTES + 4),
    length: readU32(bytes, at + PATH_BYTES + 8),
    check: readU32(bytes, at + PATH_BYTES + 12),
  };
}

function writeRecord(sector: Uint8Array, at: number, entry: VolumeEntry): void {
  sector.fill(0, at, at + RECORD);
  sector.set(asciiBytes(entry.path), at);
  writeU32(sector, at + PATH_BYTES, entry.start);
  writeU32(sector, at + PATH_BYTES + 4, entry.capacity);
  writeU32(sector, at + PATH_BYTES + 8, entry.length);
  writeU32(sector, at + PATH_BYTES + 12, entry.check);
}

/** One character a byte, without the argument limit of a spread. */
export function textOf(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i] ?? 0);
  return text;
}
