import { writeU16, writeU32 } from '../../base/bytes';
import { MAX_MULTIPLE } from './ata';
import type { Translation } from './task-file';

/** Text of an IDENTIFY field: the two characters of a word stand in the other order (ATA/ATAPI-6, 3.2.9). */
function placeText(data: Uint8Array, word: number, words: number, text: string): void {
  const padded = text.padEnd(words * 2, ' ');
  for (let i = 0; i < words * 2; i++) data[word * 2 + (i ^ 1)] = padded.charCodeAt(i) & 0xff;
}

/** Values by the number of their word. */
type Words = readonly (readonly [word: number, value: number])[];

function placeWords(data: Uint8Array, words: Words): void {
  for (const [word, value] of words) writeU16(data, word * 2, value);
}

/** Programmed I/O and multi-word DMA timings. */
const TIMINGS: Words = [
  [63, 0x0407],
  [64, 3],
  [65, 0x78],
  [66, 0x78],
  [67, 0x14d],
  [68, 0x78],
];

const CD_WORDS: Words = [
  [0, 0x85c0], // packet device, CD-ROM, removable, 12-byte packets, interrupt within 50 us
  [49, 0x0300],
  [51, 0x0200],
  [53, 2],
  [80, 0x01f0],
  [82, 0x0010],
  [85, 0x0010],
];

/** What differs between one disk and another. */
export interface DiskIdentity {
  readonly sectors: number;
  readonly model: string;
  readonly firmware: string;
  readonly serial: string;
  readonly translation: Translation;
  /** Sectors of a MULTIPLE block, 0 when none was set. */
  readonly multiple: number;
}

/** Most sectors that cylinders, heads and sectors can address, and a 28-bit command (ATA/ATAPI-6, words 57 and 60). */
const MOST_BY_CYLINDER = 0xfc_0000;
const MOST_BY_28_BITS = 0x0fff_ffff;

/** Words that are the same in every disk. */
const DISK_WORDS: Words = [
  [0, 0x045a],
  [3, 16],
  [6, 63],
  [20, 3],
  [21, 0x80],
  [47, 0x8000 | MAX_MULTIPLE],
  [49, 0x0f00],
  [51, 0x0200],
  [52, 0x0200],
  [53, 3],
  [80, 0x01f0],
  [82, 0x0028],
  [83, 0x7400],
  [84, 0x4040],
  [85, 0x0028],
  [86, 0x3400],
  [87, 0x4040],
  [106, 0x4000],
  [209, 0x4000],
];

/** IDENTIFY DEVICE, 512 bytes: a disk with LBA48, programmed I/O modes to 4 and multi-word DMA 2, as Hyper-V's is. */
export function identifyDisk(disk: DiskIdentity): Uint8Array {
  const data = new Uint8Array(512);
  placeWords(data, DISK_WORDS);
  placeWords(data, TIMINGS);
  placeText(data, 10, 10, disk.serial);
  placeText(data, 23, 4, disk.firmware);
  placeText(data, 27, 20, disk.model);
  placeWords(data, [[59, disk.multiple === 0 ? 0 : 0x0100 | disk.multiple]]);
  placeGeometry(data, disk);
  writeU32(data, 60 * 2, Math.min(disk.sectors, MOST_BY_28_BITS));
  writeU32(data, 100 * 2, disk.sectors >>> 0);
  writeU32(data, 102 * 2, Math.floor(disk.sectors / 0x1_0000_0000));
  return data;
}

/** The disk in cylinders: as it is by default, and in the translation that the host has set. */
function placeGeometry(data: Uint8Array, disk: DiskIdentity): void {
  const { heads, sectors } = disk.translation;
  const cylinders = Math.min(65_535, Math.floor(Math.min(disk.sectors, MOST_BY_CYLINDER) / (heads * sectors)));
  placeWords(data, [
    [1, Math.min(16_383, Math.floor(disk.sectors / (16 * 63)))],
    [54, cylinders],
    [55, heads],
    [56, sectors],
  ]);
  writeU32(data, 57 * 2, Math.min(cylinders * heads * sectors, MOST_BY_CYLINDER));
}

/** IDENTIFY PACKET DEVICE of the CD drive. */
export function identifyCd(firmware: string): Uint8Array {
  const data = new Uint8Array(512);
  placeWords(data, CD_WORDS);
  placeWords(data, TIMINGS);
  placeText(data, 10, 10, '');
  placeText(data, 23, 4, firmware);
  placeText(data, 27, 20, 'Virtual CD');
  return data;
}
