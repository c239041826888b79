import { damaged, DiskError } from '../disk/disk-error';
import type { ByteSource } from '../disk/disk-file';
import { readBytes } from '../disk/disk-file';
import { MAX_DISK_BYTES } from '../disk/disk-types';
import { guidFromMixedEndian, guidToMixedEndian } from '../disk/guid';
import { getU64, hasAscii, KB, MB, setAscii, setU64, viewOf } from './layout';
import { decodeParentLocator, encodeParentLocator } from './parent-locator';
import type { VhdxParentLocator } from './parent-locator';
import type { Region } from './region-table';

/** The system metadata of a VHDX (MS-VHDX 2.6.2). Sizes in bytes. */
export interface VhdxMetadata {
  readonly blockSize: number;
  /** Blocks are never given back: what makes a fixed disk. */
  readonly leaveBlocksAllocated: boolean;
  readonly diskSize: number;
  /** GUID, lower case. */
  readonly diskId: string;
  readonly logicalSectorSize: number;
  readonly physicalSectorSize: number;
  /** Present exactly in a differencing disk. */
  readonly parent?: VhdxParentLocator;
}

const FILE_PARAMETERS = 'caa16737-fa36-4d43-b3b6-33f0aa44e76b';
const DISK_SIZE = '2fa54224-cd1b-4876-b211-5dbed83bf4b8';
const DISK_ID = 'beca12ab-b2e6-4523-93ef-c309e000c746';
const LOGICAL_SECTOR = '8141bf1d-a96f-4709-ba47-f233a8faab5f';
const PHYSICAL_SECTOR = 'cda348c7-445d-4471-9cc9-e9885251c556';
const PARENT_LOCATOR = 'a8d35f2d-b30b-454d-abf7-d3d84834ab0c';
const KNOWN: readonly string[] = [FILE_PARAMETERS, DISK_SIZE, DISK_ID, LOGICAL_SECTOR, PHYSICAL_SECTOR, PARENT_LOCATOR];

const TABLE_BYTES = 64 * KB;
const ENTRY_BYTES = 32;
const IS_VIRTUAL_DISK = 2;
const IS_REQUIRED = 4;
const LEAVE_ALLOCATED = 1;
const HAS_PARENT = 2;

/** The first bytes of a metadata region: the table, then the items. */
export function encodeMetadata(metadata: VhdxMetadata): Uint8Array {
  const items = itemsOf(metadata);
  const itemBytes = items.reduce((sum, item) => sum + item.bytes.length, 0);
  const bytes = new Uint8Array(TABLE_BYTES + itemBytes);
  const view = viewOf(bytes);
  setAscii(bytes, 0, 'metadata');
  view.setUint16(10, items.length, true);
  let itemAt = TABLE_BYTES;
  items.forEach((item, index) => {
    const at = ENTRY_BYTES * (index + 1);
    bytes.set(guidToMixedEndian(item.id), at);
    view.setUint32(at + 16, itemAt, true);
    view.setUint32(at + 20, item.bytes.length, true);
    view.setUint32(at + 24, item.flags, true);
    bytes.set(item.bytes, itemAt);
    itemAt += item.bytes.length;
  });
  return bytes;
}

interface Item {
  readonly id: string;
  readonly flags: number;
  readonly bytes: Uint8Array;
}

function itemsOf(metadata: VhdxMetadata): Item[] {
  const parameters = new Uint8Array(8);
  const flags =
    (metadata.leaveBlocksAllocated ? LEAVE_ALLOCATED : 0) | (metadata.parent === undefined ? 0 : HAS_PARENT);
  viewOf(parameters).setUint32(0, metadata.blockSize, true);
  viewOf(parameters).setUint32(4, flags, true);
  const size = new Uint8Array(8);
  setU64(viewOf(size), 0, metadata.diskSize);
  const items = [
    { id: FILE_PARAMETERS, flags: IS_REQUIRED, bytes: parameters },
    { id: DISK_SIZE, flags: IS_REQUIRED | IS_VIRTUAL_DISK, bytes: size },
    { id: DISK_ID, flags: IS_REQUIRED | IS_VIRTUAL_DISK, bytes: guidToMixedEndian(metadata.diskId) },
    { id: LOGICAL_SECTOR, flags: IS_REQUIRED | IS_VIRTUAL_DISK, bytes: u32(metadata.logicalSectorSize) },
    { id: PHYSICAL_SECTOR, flags: IS_REQUIRED | IS_VIRTUAL_DISK, bytes: u32(metadata.physicalSectorSize) },
  ];
  if (metadata.parent === undefined) return items;
  return [...items, { id: PARENT_LOCATOR, flags: IS_REQUIRED, bytes: encodeParentLocator(metadata.parent) }];
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value, true);
  return bytes;
}

/** Reads and checks the metadata. Throws `damaged`, or `unsupported` for a required item that we do not know. */
export function readMetadata(source: ByteSource, region: Region): VhdxMetadata {
  const items = readItems(source, region);
  const item = (id: string, length: number): DataView => {
    const bytes = items.get(id);
    if (bytes === undefined || bytes.length < length) throw damaged(source.path, `metadata item ${id} is missing`);
    return viewOf(bytes);
  };
  const parameters = item(FILE_PARAMETERS, 8);
  const flags = parameters.getUint32(4, true);
  const hasParent = (flags & HAS_PARENT) !== 0;
  const locator = items.get(PARENT_LOCATOR);
  if (hasParent && locator === undefined) throw damaged(source.path, 'the parent locator is missing');
  const metadata: VhdxMetadata = {
    blockSize: parameters.getUint32(0, true),
    leaveBlocksAllocated: (flags & LEAVE_ALLOCATED) !== 0 && !hasParent,
    diskSize: getU64(item(DISK_SIZE, 8), 0),
    diskId: guidFromMixedEndian(items.get(DISK_ID) ?? new Uint8Array(16)),
    logicalSectorSize: item(LOGICAL_SECTOR, 4).getUint32(0, true),
    physicalSectorSize: item(PHYSICAL_SECTOR, 4).getUint32(0, true),
    ...(hasParent && locator !== undefined ? { parent: decodeParentLocator(locator, source.path) } : {}),
  };
  item(DISK_ID, 16);
  checkValues(metadata, source.path);
  return metadata;
}

function readItems(source: ByteSource, region: Region): Map<string, Uint8Array> {
  const table = readBytes(source, region.at, TABLE_BYTES);
  const view = viewOf(table);
  const count = view.getUint16(10, true);
  if (!hasAscii(table, 0, 'metadata') || (count + 1) * ENTRY_BYTES > TABLE_BYTES) {
    throw damaged(source.path, 'the metadata table is not valid');
  }
  const items = new Map<string, Uint8Array>();
  for (let index = 1; index <= count; index++) {
    const at = index * ENTRY_BYTES;
    const id = guidFromMixedEndian(table.subarray(at));
    const isUser = (view.getUint32(at + 24, true) & 1) !== 0;
    if (!isUser && KNOWN.includes(id)) items.set(id, readItem(source, region, view, at));
    else if ((view.getUint32(at + 24, true) & IS_REQUIRED) !== 0) {
      throw new DiskError('unsupported', `${source.path}: required metadata ${id}`, { path: source.path });
    }
  }
  return items;
}

function readItem(source: ByteSource, region: Region, table: DataView, at: number): Uint8Array {
  const offset = table.getUint32(at + 16, true);
  const length = table.getUint32(at + 20, true);
  if (offset < TABLE_BYTES || length > MB || offset + length > region.length) {
    throw damaged(source.path, 'a metadata item lies outside its region');
  }
  return readBytes(source, region.at + offset, length);
}

function checkValues(metadata: VhdxMetadata, path: string): void {
  const { blockSize, diskSize, logicalSectorSize, physicalSectorSize } = metadata;
  const isSector = (size: number): boolean => size === 512 || size === 4096;
  const isBlock = blockSize >= MB && blockSize <= 256 * MB && Number.isInteger(Math.log2(blockSize));
  const isSize = diskSize > 0 && diskSize <= MAX_DISK_BYTES.vhdx && diskSize % logicalSectorSize === 0;
  if (isSector(logicalSectorSize) && isSector(physicalSectorSize) && isBlock && isSize) return;
  throw damaged(path, 'the metadata describe no possible disk');
}
