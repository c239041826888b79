import { guidFromBigEndian, guidToBigEndian, NIL_GUID } from '../disk/guid';
import { checksumOf, readAscii, readOffset, writeAscii, writeOffset } from './footer';

/**
 * The header of a VHD that has blocks: where the block allocation table lies, how large blocks are, and who the parent is.
 * Source: Virtual Hard Disk Image Format Specification 1.0, Dynamic Disk Header Format. All fields are big-endian.
 */
export const HEADER_BYTES = 1024;
export const LOCATOR_SLOTS = 8;
/** Block size that Hyper-V and Virtual PC use. */
export const DEFAULT_VHD_BLOCK = 2 * 1024 * 1024;

const COOKIE = 'cxsparse';
const HEADER_VERSION = 0x00010000;
const CHECKSUM_AT = 36;
const PARENT_NAME_AT = 64;
const PARENT_NAME_BYTES = 512;
const LOCATORS_AT = 576;
const LOCATOR_BYTES = 24;

/** One way to find the parent. `platform` is the four-character code. */
export interface LocatorEntry {
  readonly platform: string;
  /** Bytes reserved in the file, whole sectors. */
  readonly space: number;
  readonly length: number;
  readonly at: number;
}

export interface DynamicHeader {
  readonly tableAt: number;
  readonly blockCount: number;
  readonly blockSize: number;
  /** Unique ID of the parent; the nil GUID for a disk without one. */
  readonly parentId: string;
  readonly parentTimestamp: number;
  readonly parentName: string;
  readonly locators: readonly LocatorEntry[];
}

/** A header without a parent. */
export function plainHeader(tableAt: number, blockCount: number, blockSize: number): DynamicHeader {
  return { tableAt, blockCount, blockSize, parentId: NIL_GUID, parentTimestamp: 0, parentName: '', locators: [] };
}

export function encodeDynamicHeader(header: DynamicHeader): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  writeAscii(bytes, 0, COOKIE);
  writeOffset(view, 8, undefined);
  writeOffset(view, 16, header.tableAt);
  view.setUint32(24, HEADER_VERSION);
  view.setUint32(28, header.blockCount);
  view.setUint32(32, header.blockSize);
  bytes.set(guidToBigEndian(header.parentId), 40);
  view.setUint32(56, header.parentTimestamp);
  const name = header.parentName.slice(0, PARENT_NAME_BYTES / 2);
  for (let i = 0; i < name.length; i++) view.setUint16(PARENT_NAME_AT + i * 2, name.charCodeAt(i));
  header.locators.slice(0, LOCATOR_SLOTS).forEach((entry, slot) => encodeLocator(bytes, view, slot, entry));
  view.setUint32(CHECKSUM_AT, checksumOf(bytes, CHECKSUM_AT));
  return bytes;
}

/** The header in `bytes`, or undefined when cookie, checksum or version are wrong. */
export function decodeDynamicHeader(bytes: Uint8Array): DynamicHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (readAscii(bytes, 0, 8) !== COOKIE || view.getUint32(CHECKSUM_AT) !== checksumOf(bytes, CHECKSUM_AT)) {
    return undefined;
  }
  const tableAt = readOffset(view, 16);
  if (tableAt === undefined || view.getUint32(24) >>> 16 !== HEADER_VERSION >>> 16) return undefined;
  return {
    tableAt,
    blockCount: view.getUint32(28),
    blockSize: view.getUint32(32),
    parentId: guidFromBigEndian(bytes.subarray(40, 56)),
    parentTimestamp: view.getUint32(56),
    parentName: decodeName(view),
    locators: Array.from({ length: LOCATOR_SLOTS }, (_, slot) => decodeLocator(bytes, view, slot)).filter(
      (entry) => entry !== undefined,
    ),
  };
}

function encodeLocator(bytes: Uint8Array, view: DataView, slot: number, entry: LocatorEntry): void {
  const at = LOCATORS_AT + slot * LOCATOR_BYTES;
  writeAscii(bytes, at, entry.platform);
  view.setUint32(at + 4, entry.space / 512);
  view.setUint32(at + 8, entry.length);
  writeOffset(view, at + 16, entry.at);
}

function decodeLocator(bytes: Uint8Array, view: DataView, slot: number): LocatorEntry | undefined {
  const at = LOCATORS_AT + slot * LOCATOR_BYTES;
  const dataAt = readOffset(view, at + 16);
  if (view.getUint32(at) === 0 || dataAt === undefined) return undefined;
  const length = view.getUint32(at + 8);
  // Writers disagree whether the space field counts sectors or bytes, so it is derived from the length, which all agree on.
  return { platform: readAscii(bytes, at, 4), space: Math.ceil(length / 512) * 512, length, at: dataAt };
}

function decodeName(view: DataView): string {
  let name = '';
  for (let at = PARENT_NAME_AT; at < PARENT_NAME_AT + PARENT_NAME_BYTES; at += 2) {
    const unit = view.getUint16(at);
    if (unit === 0) break;
    name += String.fromCharCode(unit);
  }
  return name;
}
