import { SECTOR, sectorsFor, setBoth16, setBoth32, setText } from './spec';
import type { FolderNode } from './tree';

/** Where something lies on the disc: first sector and length in bytes. */
export interface Extent {
  readonly lba: number;
  readonly length: number;
}

const FIXED_BYTES = 33;
const IS_FOLDER = 2;
const SELF = '\0';
const PARENT = '\x01';

/** A directory record (ECMA-119, 9.1). */
export function directoryRecord(identifier: string, extent: Extent, isFolder: boolean, timeMs: number): Uint8Array {
  const bytes = new Uint8Array(recordLength(identifier));
  const view = new DataView(bytes.buffer);
  bytes[0] = bytes.length;
  setBoth32(view, 2, extent.lba);
  setBoth32(view, 10, extent.length);
  bytes.set(recordingTime(timeMs), 18);
  bytes[25] = isFolder ? IS_FOLDER : 0;
  setBoth16(view, 28, 1); // volume sequence number
  bytes[32] = identifier.length;
  setText(bytes, FIXED_BYTES, identifier.length, identifier);
  return bytes;
}

/** Bytes that a folder's extent takes, whole sectors. Known before anything has a place. */
export function folderLength(folder: FolderNode): number {
  const identifiers = [
    SELF,
    PARENT,
    ...folder.folders.map(({ name }) => name),
    ...folder.files.map((file) => file.identifier),
  ];
  let at = 0;
  for (const identifier of identifiers) at = placeRecord(at, recordLength(identifier)) + recordLength(identifier);
  return sectorsFor(at) * SECTOR;
}

/** The extent of a folder: itself, its parent, then everything in it by name. `placeOf` says where each thing lies. */
export function folderBytes(folder: FolderNode, placeOf: (node: object) => Extent, timeMs: number): Uint8Array {
  const children = [
    ...folder.folders.map((child) => ({ identifier: child.name, node: child, isFolder: true })),
    ...folder.files.map((file) => ({ identifier: file.identifier, node: file, isFolder: false })),
  ].sort((a, b) => (sortKey(a.identifier) < sortKey(b.identifier) ? -1 : 1));
  const bytes = new Uint8Array(folderLength(folder));
  let at = 0;
  const add = (record: Uint8Array): void => {
    at = placeRecord(at, record.length);
    bytes.set(record, at);
    at += record.length;
  };
  add(directoryRecord(SELF, placeOf(folder), true, timeMs));
  add(directoryRecord(PARENT, placeOf(folder.parent ?? folder), true, timeMs));
  for (const { identifier, node, isFolder } of children)
    add(directoryRecord(identifier, placeOf(node), isFolder, timeMs));
  return bytes;
}

/** The path table (ECMA-119, 9.4), least or most significant byte first. `folders` are in path table order. */
export function pathTable(
  folders: readonly FolderNode[],
  placeOf: (node: object) => Extent,
  isLittle: boolean,
): Uint8Array {
  const rows = folders.map((folder) => {
    const name = folder.name === '' ? SELF : folder.name;
    const bytes = new Uint8Array(8 + name.length + (name.length % 2));
    const view = new DataView(bytes.buffer);
    bytes[0] = name.length;
    view.setUint32(2, placeOf(folder).lba, isLittle);
    view.setUint16(6, folders.indexOf(folder.parent ?? folder) + 1, isLittle);
    setText(bytes, 8, name.length, name);
    return bytes;
  });
  return new Uint8Array(Buffer.concat(rows));
}

/** 17 digits and a time zone: the long form of a date (ECMA-119, 8.4.26.1). */
export function volumeTime(timeMs: number): Uint8Array {
  const digits = new Date(timeMs).toISOString().replace(/\D/g, '').slice(0, 16);
  const bytes = new Uint8Array(17);
  setText(bytes, 0, 16, digits);
  return bytes;
}

/** The short form of a date (ECMA-119, 9.1.5), in UTC. */
function recordingTime(timeMs: number): Uint8Array {
  const date = new Date(timeMs);
  return Uint8Array.of(
    date.getUTCFullYear() - 1900,
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
    0,
  );
}

/** Records are in the order of names; a dot sorts before every other character of a name (ECMA-119, 9.3). */
function sortKey(identifier: string): string {
  const [name = '', extension = ''] = identifier.replace(/;1$/, '').split('.');
  return `${name.padEnd(32)}.${extension.padEnd(32)}`;
}

/** Records have an even length. */
function recordLength(identifier: string): number {
  return FIXED_BYTES + identifier.length + (identifier.length % 2 === 0 ? 1 : 0);
}

/** Where a record of `length` bytes goes when `at` bytes are taken: no record lies in two sectors. */
function placeRecord(at: number, length: number): number {
  return Math.floor(at / SECTOR) === Math.floor((at + length - 1) / SECTOR) ? at : sectorsFor(at) * SECTOR;
}
