import { guidFromBigEndian, guidToBigEndian } from '../disk/guid';
import type { DiskGeometry, DiskType } from '../disk/disk-types';

/**
 * The hard disk footer of a VHD: the last sector of the file, and in disks with blocks also its first.
 * Source: Virtual Hard Disk Image Format Specification 1.0, Hard Disk Footer Format. All fields are big-endian.
 */
export const FOOTER_BYTES = 512;
/** Before Virtual PC 2004 the footer was one byte shorter; the specification asks readers to expect that. */
export const OLD_FOOTER_BYTES = 511;

const COOKIE = 'conectix';
const RESERVED_FEATURE = 2; // "must always be set to 1"
const FORMAT_VERSION = 0x00010000;
const CHECKSUM_AT = 64;
const NO_OFFSET = 0xffffffff;
/** Milliseconds between the Unix epoch and the VHD epoch, 2000-01-01T00:00:00Z. */
const VHD_EPOCH_MS = 946_684_800_000;

const TYPE_NUMBERS: Readonly<Record<DiskType, number>> = { fixed: 2, dynamic: 3, differencing: 4 };

export interface VhdFooter {
  readonly type: DiskType;
  /** Byte position of the dynamic disk header; undefined for a fixed disk. */
  readonly headerAt: number | undefined;
  /** Seconds since 2000-01-01 UTC. */
  readonly timestamp: number;
  /** Size of the disk in bytes. */
  readonly currentSize: number;
  readonly geometry: DiskGeometry;
  /** GUID, lower case. */
  readonly uniqueId: string;
}

/** VHD time of a Unix time in milliseconds. */
export function vhdTime(unixMs: number): number {
  return Math.max(0, Math.floor((unixMs - VHD_EPOCH_MS) / 1000)) % 2 ** 32;
}

export function encodeFooter(footer: VhdFooter): Uint8Array {
  const bytes = new Uint8Array(FOOTER_BYTES);
  const view = new DataView(bytes.buffer);
  writeAscii(bytes, 0, COOKIE);
  view.setUint32(8, RESERVED_FEATURE);
  view.setUint32(12, FORMAT_VERSION);
  writeOffset(view, 16, footer.headerAt);
  view.setUint32(24, footer.timestamp);
  // Creator as Windows writes it. Readers such as qemu take the size of a "win " disk from the size field, not from the geometry.
  writeAscii(bytes, 28, 'win ');
  view.setUint32(32, 0x000a0000);
  writeAscii(bytes, 36, 'Wi2k');
  writeOffset(view, 40, footer.currentSize);
  writeOffset(view, 48, footer.currentSize);
  view.setUint16(56, footer.geometry.cylinders);
  view.setUint8(58, footer.geometry.heads);
  view.setUint8(59, footer.geometry.sectorsPerTrack);
  view.setUint32(60, TYPE_NUMBERS[footer.type]);
  bytes.set(guidToBigEndian(footer.uniqueId), 68);
  view.setUint32(CHECKSUM_AT, checksumOf(bytes, CHECKSUM_AT));
  return bytes;
}

/** The footer in `bytes`, or undefined when cookie, checksum or disk type say that there is none. */
export function decodeFooter(bytes: Uint8Array): VhdFooter | undefined {
  if (bytes.length < OLD_FOOTER_BYTES || readAscii(bytes, 0, 8) !== COOKIE) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(CHECKSUM_AT) !== checksumOf(bytes, CHECKSUM_AT)) return undefined;
  const type = typeOfNumber(view.getUint32(60));
  const currentSize = readOffset(view, 48);
  if (type === undefined || currentSize === undefined) return undefined;
  return {
    type,
    headerAt: type === 'fixed' ? undefined : readOffset(view, 16),
    timestamp: view.getUint32(24),
    currentSize,
    geometry: { cylinders: view.getUint16(56), heads: view.getUint8(58), sectorsPerTrack: view.getUint8(59) },
    uniqueId: guidFromBigEndian(bytes.subarray(68, 84)),
  };
}

/** One's complement of the sum of all bytes, the checksum's own four taken as zero. Used by the footer and by the dynamic disk header. */
export function checksumOf(bytes: Uint8Array, checksumAt: number): number {
  let sum = 0;
  for (const [index, byte] of bytes.entries()) {
    if (index < checksumAt || index >= checksumAt + 4) sum += byte;
  }
  return ~sum >>> 0;
}

/** A 64-bit byte position; undefined is stored as all ones. */
export function writeOffset(view: DataView, at: number, offset: number | undefined): void {
  view.setUint32(at, offset === undefined ? NO_OFFSET : Math.floor(offset / 2 ** 32));
  view.setUint32(at + 4, offset === undefined ? NO_OFFSET : offset % 2 ** 32);
}

/** A 64-bit byte position; undefined when it is all ones or larger than any file. */
export function readOffset(view: DataView, at: number): number | undefined {
  const offset = view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
  return Number.isSafeInteger(offset) ? offset : undefined;
}

export function writeAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

export function readAscii(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function typeOfNumber(value: number): DiskType | undefined {
  if (value === TYPE_NUMBERS.fixed) return 'fixed';
  if (value === TYPE_NUMBERS.dynamic) return 'dynamic';
  return value === TYPE_NUMBERS.differencing ? 'differencing' : undefined;
}
