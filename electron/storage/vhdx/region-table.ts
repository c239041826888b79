import { damaged, DiskError } from '../disk/disk-error';
import type { ByteSource } from '../disk/disk-file';
import { readBytes } from '../disk/disk-file';
import { guidFromMixedEndian, guidToMixedEndian } from '../disk/guid';
import { crc32cWithHole } from '../crc32c';
import { getU64, hasAscii, KB, MB, REGION_TABLE_PLACES, setAscii, setU64, viewOf } from './layout';

/** The region table of a VHDX: where the block allocation table and the metadata lie (MS-VHDX 2.2.3). */
export interface Region {
  readonly at: number;
  readonly length: number;
}

export interface Regions {
  readonly bat: Region;
  readonly metadata: Region;
  /** Regions that we do not know and need not: only their place matters. */
  readonly others: readonly Region[];
}

const BAT = '2dc27766-f623-4200-9d64-115e9bfd4a08';
const METADATA = '8b7ca206-4790-4b9a-b8fe-575f050f886e';
const TABLE_BYTES = 64 * KB;
const ENTRY_BYTES = 32;
const MAX_ENTRIES = 2047;

export function encodeRegionTable(regions: Regions): Uint8Array {
  const bytes = new Uint8Array(TABLE_BYTES);
  const view = viewOf(bytes);
  setAscii(bytes, 0, 'regi');
  view.setUint32(8, 2, true);
  const entries: readonly (readonly [string, Region])[] = [
    [BAT, regions.bat],
    [METADATA, regions.metadata],
  ];
  entries.forEach(([guid, region], index) => {
    const at = 16 + index * ENTRY_BYTES;
    bytes.set(guidToMixedEndian(guid), at);
    setU64(view, at + 16, region.at);
    view.setUint32(at + 24, region.length, true);
    view.setUint32(at + 28, 1, true); // required
  });
  view.setUint32(4, crc32cWithHole(bytes, 4), true);
  return bytes;
}

/** Reads the first table that is valid. Throws `damaged`, or `unsupported` for a required region that we do not know. */
export function readRegions(source: ByteSource): Regions {
  for (const at of REGION_TABLE_PLACES) {
    if (at + TABLE_BYTES > source.size) continue;
    const bytes = readBytes(source, at, TABLE_BYTES);
    if (hasAscii(bytes, 0, 'regi') && viewOf(bytes).getUint32(4, true) === crc32cWithHole(bytes, 4)) {
      return decodeRegions(bytes, source);
    }
  }
  throw damaged(source.path, 'neither VHDX region table is valid');
}

function decodeRegions(bytes: Uint8Array, source: ByteSource): Regions {
  const view = viewOf(bytes);
  const count = view.getUint32(8, true);
  if (count > MAX_ENTRIES) throw damaged(source.path, `${count} regions`);
  const known = new Map<string, Region>();
  const others: Region[] = [];
  for (let index = 0; index < count; index++) {
    const at = 16 + index * ENTRY_BYTES;
    const guid = guidFromMixedEndian(bytes.subarray(at));
    const region = { at: getU64(view, at + 16), length: view.getUint32(at + 24, true) };
    if (guid === BAT || guid === METADATA) known.set(guid, checkRegion(region, source));
    else if ((view.getUint32(at + 28, true) & 1) === 0) others.push(region);
    else throw new DiskError('unsupported', `${source.path}: required region ${guid}`, { path: source.path });
  }
  const bat = known.get(BAT);
  const metadata = known.get(METADATA);
  if (bat === undefined || metadata === undefined) throw damaged(source.path, 'a required region is missing');
  return { bat, metadata, others };
}

function checkRegion(region: Region, source: ByteSource): Region {
  const isPlaced = region.at >= MB && region.at % MB === 0 && region.length > 0 && region.length % MB === 0;
  if (isPlaced && region.at + region.length <= source.size) return region;
  throw damaged(source.path, 'a region lies outside the file');
}
