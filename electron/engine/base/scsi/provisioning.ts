import { readBe16, readBe32 } from '../bytes';
import { done, fail } from './commands';
import type { Handler } from './disk-commands';
import { isInside, type Extent } from './extent';
import { SenseOf } from './sense';

/** Longest WRITE SAME, and how much of it is written at a time: a guest must not hold the host up. */
export const WRITE_SAME_BYTES = 32 * 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;
/** Descriptors that one UNMAP may bring, and sectors that it may name in all. */
export const UNMAP_DESCRIPTORS = 256;
export const UNMAP_BYTES = 4 * 1024 * 1024 * 1024;

const ANCHOR = { unmap: 0x01, writeSame: 0x10 } as const;
const UNMAP_BIT = 0x08;
/** WRITE SAME(16): no data come with it, zeros are meant. */
const NO_DATA = 0x01;
const OBSOLETE = 0x06; // "physical block" and "logical block" data
const HEADER = 8;
const DESCRIPTOR = 16;

/** UNMAP: SBC-3, 5.28. A store that cannot give room back does not know the command. */
export const unmap: Handler = ({ cdb, out }, _state, { store, provisioning }) => {
  if (!provisioning.unmap || !store.unmap || !store.unmapGranularity) return fail(SenseOf.invalidOpcode);
  if (((cdb[1] ?? 0) & ANCHOR.unmap) !== 0) return fail(SenseOf.invalidField);
  const length = readBe16(cdb, 7);
  if (length === 0) return done();
  if (length < HEADER || out.length < length) return fail(SenseOf.parameterListLength);
  if (store.readOnly) return fail(SenseOf.writeProtected);
  const extents = descriptors(out.subarray(0, length));
  const sectors = extents.reduce((sum, { count }) => sum + count, 0);
  if (extents.length > UNMAP_DESCRIPTORS || sectors > UNMAP_BYTES / store.sectorSize)
    return fail(SenseOf.invalidParameter);
  if (extents.some((extent) => !isInside(extent, store))) return fail(SenseOf.outOfRange);
  for (const { lba, count } of extents) if (count > 0) store.unmap(lba, count);
  return done();
};

/** Whole descriptors within what came; one that is cut off is passed over. */
function descriptors(list: Uint8Array): Extent[] {
  const bytes = Math.min(readBe16(list, 2), list.length - HEADER);
  return Array.from({ length: Math.floor(bytes / DESCRIPTOR) }, (_, i) => {
    const at = HEADER + i * DESCRIPTOR;
    return { lba: readBe32(list, at) * 2 ** 32 + readBe32(list, at + 4), count: readBe32(list, at + 8) };
  });
}

/** WRITE SAME(10) and (16): SBC-3, 5.42. With the UNMAP bit the sectors are given back, if zeros are what they are to hold. */
export const writeSame =
  (extentOf: (cdb: Uint8Array) => Extent): Handler =>
  ({ cdb, out }, _state, { store, provisioning, account }) => {
    if (!provisioning.writeSame) return fail(SenseOf.invalidOpcode);
    const flags = cdb[1] ?? 0;
    const isZeros = cdb[0] === 0x93 && (flags & NO_DATA) !== 0;
    const extent = extentOf(cdb);
    if ((flags & (OBSOLETE | ANCHOR.writeSame)) !== 0) return fail(SenseOf.invalidField);
    if (extent.count === 0 || extent.count * store.sectorSize > WRITE_SAME_BYTES) return fail(SenseOf.invalidField);
    if (store.readOnly) return fail(SenseOf.writeProtected);
    if (!isInside(extent, store)) return fail(SenseOf.outOfRange);
    if (!isZeros && out.length < store.sectorSize) return fail(SenseOf.invalidField);
    const sector = isZeros ? new Uint8Array(store.sectorSize) : out.subarray(0, store.sectorSize);
    const isReleased = (flags & UNMAP_BIT) !== 0 && provisioning.unmap && (store.unmapGranularity ?? 0) > 0;
    if (isReleased && store.unmap && sector.every((byte) => byte === 0)) store.unmap(extent.lba, extent.count);
    else fillSectors(sector, extent, store.sectorSize, (lba, data) => store.write(lba, data));
    account('write', extent.lba, extent.count);
    return done();
  };

function fillSectors(
  sector: Uint8Array,
  { lba, count }: Extent,
  sectorSize: number,
  write: (lba: number, data: Uint8Array) => void,
): void {
  const most = Math.min(count, PIECE_BYTES / sectorSize);
  const piece = new Uint8Array(most * sectorSize);
  for (let i = 0; i < most; i++) piece.set(sector, i * sectorSize);
  for (let at = 0; at < count; at += most) write(lba + at, piece.subarray(0, Math.min(most, count - at) * sectorSize));
}
