import { guidFromMixedEndian, guidToMixedEndian } from '../disk/guid';
import { crc32cWithHole } from '../crc32c';
import { alignUp, getU64, hasAscii, LOG_SECTOR, setAscii, setU64, viewOf } from './layout';

/** One entry of a VHDX's log: updates of 4 KB sectors that happen all or not at all (MS-VHDX 2.3.1). */
export interface LogEntry {
  /** Bytes of the entry in the log, whole sectors. */
  readonly length: number;
  /** Offset in the log of the oldest entry whose updates may not have reached their places yet. */
  readonly tail: number;
  readonly sequence: bigint;
  /** The file was at least this long, durably, when the entry was written. */
  readonly flushedSize: number;
  /** Every structure lies below this. */
  readonly lastOffset: number;
  readonly updates: readonly LogUpdate[];
}

/** Bytes to put at a place in the file; without bytes, zeros. */
export interface LogUpdate {
  readonly at: number;
  readonly length: number;
  readonly bytes?: Uint8Array;
}

/** A new content of one 4 KB sector of the file. */
export interface SectorUpdate {
  readonly at: number;
  readonly bytes: Uint8Array;
}

const ENTRY_HEADER_BYTES = 64;
const DESCRIPTOR_BYTES = 32;
/** No file has bytes beyond this; a descriptor that says so is nonsense. */
const MAX_FILE = 2 ** 47;

/** What `encodeLogEntry` needs beside the updates. */
export type LogEntryPlace = Pick<LogEntry, 'tail' | 'sequence' | 'flushedSize' | 'lastOffset'>;

/** Bytes that an entry with `count` sector updates takes in the log. */
export function logEntryLength(count: number): number {
  return descriptorBytes(count) + count * LOG_SECTOR;
}

export function encodeLogEntry(place: LogEntryPlace, guid: string, updates: readonly SectorUpdate[]): Uint8Array {
  const bytes = new Uint8Array(logEntryLength(updates.length));
  const view = viewOf(bytes);
  setAscii(bytes, 0, 'loge');
  view.setUint32(8, bytes.length, true);
  view.setUint32(12, place.tail, true);
  view.setBigUint64(16, place.sequence, true);
  view.setUint32(24, updates.length, true);
  bytes.set(guidToMixedEndian(guid), 32);
  setU64(view, 48, place.flushedSize);
  setU64(view, 56, place.lastOffset);
  updates.forEach((update, index) => {
    const at = ENTRY_HEADER_BYTES + index * DESCRIPTOR_BYTES;
    setAscii(bytes, at, 'desc');
    bytes.set(update.bytes.subarray(4092, 4096), at + 4); // what the data sector's own marks displace
    bytes.set(update.bytes.subarray(0, 8), at + 8);
    setU64(view, at + 16, update.at);
    view.setBigUint64(at + 24, place.sequence, true);
    encodeDataSector(bytes, descriptorBytes(updates.length) + index * LOG_SECTOR, place.sequence, update.bytes);
  });
  view.setUint32(4, crc32cWithHole(bytes, 4), true);
  return bytes;
}

/**
 * The entry that begins at `offset` of `log` (a ring: an entry may go on at its start), or undefined when there is no valid
 * entry of the log with this `guid`.
 */
export function decodeLogEntry(log: Uint8Array, offset: number, guid: string): LogEntry | undefined {
  if (!hasAscii(log, offset, 'loge')) return undefined;
  const length = viewOf(log).getUint32(offset + 8, true);
  if (length === 0 || length % LOG_SECTOR !== 0 || length > log.length) return undefined;
  const bytes = ringSlice(log, offset, length);
  const view = viewOf(bytes);
  const sequence = view.getBigUint64(16, true);
  const tail = view.getUint32(12, true);
  const isOurs = guidFromMixedEndian(bytes.subarray(32)) === guid && sequence > 0n;
  if (!isOurs || tail % LOG_SECTOR !== 0 || tail >= log.length) return undefined;
  if (view.getUint32(4, true) !== crc32cWithHole(bytes, 4)) return undefined;
  const updates = decodeUpdates(bytes, view.getUint32(24, true), sequence);
  if (updates === undefined) return undefined;
  return { length, tail, sequence, flushedSize: getU64(view, 48), lastOffset: getU64(view, 56), updates };
}

function encodeDataSector(bytes: Uint8Array, at: number, sequence: bigint, data: Uint8Array): void {
  const view = viewOf(bytes);
  setAscii(bytes, at, 'data');
  view.setUint32(at + 4, Number(sequence >> 32n), true);
  bytes.set(data.subarray(8, 4092), at + 8);
  view.setUint32(at + 4092, Number(sequence & 0xffffffffn), true);
}

function decodeUpdates(bytes: Uint8Array, count: number, sequence: bigint): LogUpdate[] | undefined {
  let dataAt = descriptorBytes(count);
  if (dataAt > bytes.length) return undefined;
  const updates: LogUpdate[] = [];
  for (let index = 0; index < count; index++) {
    const at = ENTRY_HEADER_BYTES + index * DESCRIPTOR_BYTES;
    const isData = hasAscii(bytes, at, 'desc');
    if (!isData && !hasAscii(bytes, at, 'zero')) return undefined;
    const update = isData ? decodeData(bytes, at, dataAt, sequence) : decodeZero(bytes, at, sequence);
    if (update === undefined || !(update.at + update.length <= MAX_FILE) || update.at % LOG_SECTOR !== 0)
      return undefined;
    if (isData) dataAt += LOG_SECTOR;
    updates.push(update);
  }
  return dataAt === bytes.length ? updates : undefined;
}

function decodeZero(bytes: Uint8Array, at: number, sequence: bigint): LogUpdate | undefined {
  const view = viewOf(bytes);
  const length = getU64(view, at + 8);
  if (view.getBigUint64(at + 24, true) !== sequence || length % LOG_SECTOR !== 0) return undefined;
  return { at: getU64(view, at + 16), length };
}

function decodeData(bytes: Uint8Array, at: number, dataAt: number, sequence: bigint): LogUpdate | undefined {
  const view = viewOf(bytes);
  if (dataAt + LOG_SECTOR > bytes.length || !hasAscii(bytes, dataAt, 'data')) return undefined;
  const marked = (BigInt(view.getUint32(dataAt + 4, true)) << 32n) | BigInt(view.getUint32(dataAt + 4092, true));
  if (view.getBigUint64(at + 24, true) !== sequence || marked !== sequence) return undefined;
  const data = bytes.slice(dataAt, dataAt + LOG_SECTOR);
  data.set(bytes.subarray(at + 8, at + 16), 0);
  data.set(bytes.subarray(at + 4, at + 8), 4092);
  return { at: getU64(view, at + 16), length: LOG_SECTOR, bytes: data };
}

/** Bytes of the sectors that hold the entry's header and `count` descriptors. */
function descriptorBytes(count: number): number {
  return alignUp(ENTRY_HEADER_BYTES + count * DESCRIPTOR_BYTES, LOG_SECTOR);
}

function ringSlice(ring: Uint8Array, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const first = Math.min(length, ring.length - offset);
  bytes.set(ring.subarray(offset, offset + first));
  bytes.set(ring.subarray(0, length - first), first);
  return bytes;
}
