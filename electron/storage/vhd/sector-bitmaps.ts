import type { DiskFile } from '../disk/disk-file';
import { readBytes } from '../disk/disk-file';
import { eachRun } from '../disk/pieces';

/** Bitmaps kept in memory; each is 512 bytes for the usual block of 2 MB. */
const KEPT = 1024;

/**
 * The sector bitmaps of a differencing VHD: one bit a sector, the highest bit of a byte first, set when the sector is in this
 * file and not in the parent. Source: VHD specification, Implementing a Differencing Hard Disk.
 * Every change is written at once; what is kept in memory only saves reading.
 */
export class SectorBitmaps {
  private readonly kept = new Map<number, Uint8Array>();

  constructor(private readonly bitmapBytes: number) {}

  /** Groups `count` sectors from `first` of the block whose bitmap lies at `place` by where they are. */
  eachRun(
    file: DiskFile,
    place: number,
    first: number,
    count: number,
    visit: (isHere: boolean, first: number, count: number) => void,
  ): void {
    const bitmap = this.load(file, place);
    eachRun((sector) => isSet(bitmap, sector), first, count, visit);
  }

  /** Sets the bits of `count` sectors from `first` and writes the bytes that changed. */
  mark(file: DiskFile, place: number, first: number, count: number): void {
    const bitmap = this.load(file, place);
    let changedFrom: number | undefined;
    let changedTo = 0;
    for (let sector = first; sector < first + count; sector++) {
      if (isSet(bitmap, sector)) continue;
      const byte = sector >>> 3;
      bitmap[byte] = (bitmap[byte] ?? 0) | maskOf(sector);
      changedFrom ??= byte;
      changedTo = byte + 1;
    }
    if (changedFrom !== undefined) file.write(place + changedFrom, bitmap.subarray(changedFrom, changedTo));
  }

  private load(file: DiskFile, place: number): Uint8Array {
    const known = this.kept.get(place);
    if (known !== undefined) return known;
    if (this.kept.size >= KEPT) this.kept.clear();
    const bitmap = readBytes(file, place, this.bitmapBytes);
    this.kept.set(place, bitmap);
    return bitmap;
  }
}

function maskOf(sector: number): number {
  return 0x80 >>> (sector & 7);
}

function isSet(bitmap: Uint8Array, sector: number): boolean {
  return ((bitmap[sector >>> 3] ?? 0) & maskOf(sector)) !== 0;
}
