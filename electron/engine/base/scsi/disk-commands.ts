import { BlockError, type BlockStore } from '../block-store';
import { readBe16, readBe32, writeBe16, writeBe32 } from '../bytes';
import { cut, DeviceType, done, fail, ScsiOp, type ScsiResult } from './commands';
import { extent10, extent12, extent16, extent6, isInside, type Extent } from './extent';
import { standardInquiry } from './inquiry';
import { fixedSense, SenseOf, type Sense } from './sense';
import { unmap, writeSame } from './provisioning';
import { vitalProductData } from './vital-product-data';

/** What a disk knows between commands. */
export interface DiskState {
  sense: Sense;
  /** What the next command is told instead of being carried out. */
  attention: Sense | null;
}

export function freshDisk(): DiskState {
  return { sense: SenseOf.none, attention: null };
}

/** Commands by which room is given back or filled: UNMAP since Windows Server 2012, WRITE SAME since 2016. */
export interface Provisioning {
  readonly unmap: boolean;
  readonly writeSame: boolean;
}

/** The disk behind the commands. */
export interface DiskMedium {
  readonly store: BlockStore;
  /** Twelve bytes that no other disk has. */
  readonly unique: Uint8Array;
  /** Version of SPC that it claims: 4 is SPC-2, 5 is SPC-3. */
  readonly version: number;
  /** What the host's age lets a guest do with room that it no longer needs; a store may keep its room all the same. */
  readonly provisioning: Provisioning;
  /** Most bytes that a command may bring. */
  readonly room: number;
  /** Sectors were moved: for trace and cost. */
  account(kind: 'read' | 'write', lba: number, sectors: number): void;
}

/** A command with the data that came with it. */
export interface DiskCommand {
  readonly cdb: Uint8Array;
  readonly out: Uint8Array;
}

export type Handler = (command: DiskCommand, state: DiskState, medium: DiskMedium) => ScsiResult;

const FORCE_UNIT_ACCESS = 0x08;
const CACHING_PAGE = 0x08;
const ALL_PAGES = 0x3f;
const MODE_WRITE_PROTECTED = 0x80;
const MODE_DPO_FUA = 0x10;
const WRITE_CACHE_ENABLED = 0x04;
/** Sectors that one VERIFY may name, and that are read at a time. */
const VERIFY_LIMIT = 0xffff;
const VERIFY_PIECE = 128;
const REGARDLESS: readonly number[] = [ScsiOp.Inquiry, ScsiOp.RequestSense, ScsiOp.ReportLuns];

/** Carries out a command of a direct-access block device: SBC-3 and SPC-3. `cdb` has 16 bytes. */
export function runDiskCommand(command: DiskCommand, state: DiskState, medium: DiskMedium): ScsiResult {
  const opcode = command.cdb[0] ?? 0;
  if (state.attention && !REGARDLESS.includes(opcode)) {
    const sense = state.attention;
    state.attention = null;
    return fail(sense);
  }
  const handler = HANDLERS.get(opcode);
  if (!handler) return fail(SenseOf.invalidOpcode);
  try {
    return handler(command, state, medium);
  } catch (error) {
    if (error instanceof BlockError) return fail(senseOf(error, opcode));
    throw error;
  }
}

const WRITES: readonly number[] = [
  ScsiOp.Write6,
  ScsiOp.Write10,
  ScsiOp.Write12,
  ScsiOp.Write16,
  ScsiOp.WriteSame10,
  ScsiOp.WriteSame16,
  ScsiOp.Unmap,
];

function senseOf({ kind }: BlockError, opcode: number): Sense {
  switch (kind) {
    case 'out-of-range':
      return SenseOf.outOfRange;
    case 'read-only':
      return SenseOf.writeProtected;
    case 'full':
      return SenseOf.spaceAllocationFailed;
    case 'closed':
      return SenseOf.internalTargetFailure;
    case 'media':
      return WRITES.includes(opcode) ? SenseOf.writeError : SenseOf.unrecoveredReadError;
  }
}

const read =
  (extentOf: (cdb: Uint8Array) => Extent): Handler =>
  ({ cdb }, _state, medium) => {
    const { store } = medium;
    const extent = extentOf(cdb);
    if (!isInside(extent, store)) return fail(SenseOf.outOfRange);
    if (extent.count * store.sectorSize > medium.room) return fail(SenseOf.invalidField);
    if (extent.count === 0) return done();
    const data = store.read(extent.lba, extent.count);
    medium.account('read', extent.lba, extent.count);
    return done(data);
  };

const write =
  (extentOf: (cdb: Uint8Array) => Extent, canForce: boolean): Handler =>
  ({ cdb, out }, _state, medium) => {
    const { store } = medium;
    const extent = extentOf(cdb);
    const bytes = extent.count * store.sectorSize;
    if (store.readOnly) return fail(SenseOf.writeProtected);
    if (!isInside(extent, store)) return fail(SenseOf.outOfRange);
    if (bytes > out.length) return fail(SenseOf.invalidField);
    if (extent.count > 0) store.write(extent.lba, out.subarray(0, bytes));
    if (canForce && ((cdb[1] ?? 0) & FORCE_UNIT_ACCESS) !== 0) store.flush();
    medium.account('write', extent.lba, extent.count);
    return done();
  };

/** Reads what is to be verified and lets it go; a comparison with the initiator's data is not offered. */
const verify =
  (extentOf: (cdb: Uint8Array) => Extent): Handler =>
  ({ cdb }, _state, { store, account }) => {
    const extent = extentOf(cdb);
    const { lba, count } = extent;
    const comparesBytes = ((cdb[1] ?? 0) & 0x06) !== 0;
    if (comparesBytes || count > VERIFY_LIMIT) return fail(SenseOf.invalidField);
    if (!isInside(extent, store)) return fail(SenseOf.outOfRange);
    for (let at = 0; at < count; at += VERIFY_PIECE) store.read(lba + at, Math.min(VERIFY_PIECE, count - at));
    account('read', lba, count);
    return done();
  };

const synchronize: Handler = (_command, _state, { store }) => {
  store.flush();
  return done();
};

const readCapacity10: Handler = (_command, _state, { store }) => {
  const data = new Uint8Array(8);
  writeBe32(data, 0, Math.min(store.sectorCount - 1, 0xffff_ffff));
  writeBe32(data, 4, store.sectorSize);
  return done(data);
};

/** READ CAPACITY(16), byte 14: logical block provisioning is managed, and what was unmapped reads as zeros. */
const THIN = 0x80;
const READS_ZEROS = 0x40;

function isThin({ unmapGranularity = 0 }: BlockStore, provisioning: Provisioning): boolean {
  return provisioning.unmap && unmapGranularity > 0;
}

/** Service action 10 of operation code 9E. */
const readCapacity16: Handler = ({ cdb }, _state, { store, provisioning }) => {
  if (((cdb[1] ?? 0) & 0x1f) !== 0x10) return fail(SenseOf.invalidField);
  const data = new Uint8Array(32);
  const last = store.sectorCount - 1;
  writeBe32(data, 0, Math.floor(last / 2 ** 32));
  writeBe32(data, 4, last % 2 ** 32);
  writeBe32(data, 8, store.sectorSize);
  data[13] = store.sectorSize === 512 ? 3 : 0; // one physical block of 4 KB
  data[14] = isThin(store, provisioning) ? THIN | READS_ZEROS : 0;
  return cut(data, readBe32(cdb, 10));
};

const inquiry: Handler = ({ cdb }, _state, { store, unique, version, provisioning }) => {
  const room = readBe16(cdb, 3);
  if (((cdb[1] ?? 0) & 1) === 0) {
    const about = {
      type: DeviceType.disk,
      removable: false,
      version,
      format: 2,
      vendor: 'Msft',
      product: 'Virtual Disk',
    };
    return (cdb[2] ?? 0) === 0 ? cut(standardInquiry(about), room) : fail(SenseOf.invalidField);
  }
  const granularity = isThin(store, provisioning) ? (store.unmapGranularity ?? 0) : 0;
  const facts = { unique, sectorSize: store.sectorSize, granularity, writeSame: provisioning.writeSame };
  const page = vitalProductData(cdb[2] ?? 0, facts);
  return page ? cut(page, room) : fail(SenseOf.invalidField);
};

const requestSense: Handler = ({ cdb }, state) => {
  const data = fixedSense(state.attention ?? state.sense);
  state.attention = null;
  state.sense = SenseOf.none;
  return cut(data, cdb[4] ?? 0);
};

/** The caching page: what is written is safe after SYNCHRONIZE CACHE or with FUA. */
const modeSense =
  (header: 4 | 8): Handler =>
  ({ cdb }, _state, { store }) => {
    const page = (cdb[2] ?? 0) & 0x3f;
    if (page !== CACHING_PAGE && page !== ALL_PAGES) return fail(SenseOf.invalidField);
    const data = new Uint8Array(header + 12);
    if (header === 8) writeBe16(data, 0, data.length - 2);
    else data[0] = data.length - 1;
    data[header === 8 ? 3 : 2] = MODE_DPO_FUA | (store.readOnly ? MODE_WRITE_PROTECTED : 0);
    const areChangeableAsked = (cdb[2] ?? 0) >> 6 === 1;
    [data[header], data[header + 1]] = [CACHING_PAGE, 10];
    data[header + 2] = areChangeableAsked ? 0 : WRITE_CACHE_ENABLED;
    return cut(data, header === 8 ? readBe16(cdb, 7) : (cdb[4] ?? 0));
  };

const accept: Handler = () => done();

const HANDLERS: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [ScsiOp.TestUnitReady, accept],
  [ScsiOp.RequestSense, requestSense],
  [ScsiOp.Read6, read(extent6)],
  [ScsiOp.Write6, write(extent6, false)],
  [ScsiOp.Inquiry, inquiry],
  [ScsiOp.ModeSense6, modeSense(4)],
  [ScsiOp.StartStopUnit, accept],
  [ScsiOp.ReadCapacity10, readCapacity10],
  [ScsiOp.Read10, read(extent10)],
  [ScsiOp.Write10, write(extent10, true)],
  [ScsiOp.Verify10, verify(extent10)],
  [ScsiOp.SynchronizeCache10, synchronize],
  [ScsiOp.WriteSame10, writeSame(extent10)],
  [ScsiOp.Unmap, unmap],
  [ScsiOp.ModeSense10, modeSense(8)],
  [ScsiOp.Read16, read(extent16)],
  [ScsiOp.Write16, write(extent16, true)],
  [ScsiOp.Verify16, verify(extent16)],
  [ScsiOp.SynchronizeCache16, synchronize],
  [ScsiOp.WriteSame16, writeSame(extent16)],
  [ScsiOp.ServiceActionIn16, readCapacity16],
  [ScsiOp.Read12, read(extent12)],
  [ScsiOp.Write12, write(extent12, true)],
]);
