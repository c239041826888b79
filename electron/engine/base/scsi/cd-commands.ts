import { BlockError, type BlockStore } from '../block-store';
import { readBe16, readBe32, writeBe16, writeBe32 } from '../bytes';
import { cut, DeviceType, done, fail, ScsiOp, type ScsiResult } from './commands';
import { standardInquiry } from './inquiry';
import { fixedSense, SenseOf, type Sense } from './sense';

/** What the drive knows between commands. */
export interface CdState {
  sense: Sense;
  /** What the next command is told instead of being carried out: that the disc is another, or that the drive was reset. */
  attention: Sense | null;
  locked: boolean;
  /** Event for GET EVENT STATUS: 0 none, 2 new media, 3 media removed. */
  event: number;
}

export function freshCd(): CdState {
  return { sense: SenseOf.none, attention: null, locked: false, event: 0 };
}

/** What kind of drive this is. */
export interface CdIdentity {
  readonly product: string;
  /** Version of SPC that it claims, and byte 3 of its INQUIRY data. */
  readonly version: number;
  readonly format: number;
  /** Profile of its medium: MMC-5, 5.3.1. */
  readonly profile: number;
  /** What it can read, as the capabilities page says it: CD-R 1, CD-RW 2, DVD-ROM 8. */
  readonly reads: number;
}

/** The drive of the emulated IDE channel, and the one of a synthetic SCSI controller. */
export const ATAPI_CD: CdIdentity = {
  product: 'Virtual CD/ROM',
  version: 0,
  format: 0x21,
  profile: 0x0008,
  reads: 0x03,
};
export const SCSI_DVD: CdIdentity = {
  product: 'Virtual DVD-ROM',
  version: 5,
  format: 0x02,
  profile: 0x0010,
  reads: 0x0b,
};

/** The disc in the drive, and what the commands do to it. */
export interface CdMedium {
  readonly identity: CdIdentity;
  readonly store: BlockStore | null;
  /** Most bytes that a command may bring. */
  readonly room: number;
  /** Takes the disc out because the guest asked. */
  eject(): void;
  /** Sectors were read: for trace and cost. */
  account(lba: number, sectors: number): void;
}

type CdCommand = (cdb: Uint8Array, state: CdState, medium: CdMedium) => ScsiResult;

/** Commands that are carried out whatever has happened: SPC-3, 4.5.6; MMC-5, 6.7. */
const REGARDLESS: readonly number[] = [ScsiOp.Inquiry, ScsiOp.RequestSense, ScsiOp.GetEventStatus, ScsiOp.ReportLuns];

/** Carries out a packet of at least 12 bytes: MMC-5 and SPC-3 commands that an optical drive must know. */
export function runCdCommand(cdb: Uint8Array, state: CdState, medium: CdMedium): ScsiResult {
  const opcode = cdb[0] ?? 0;
  if (state.attention && !REGARDLESS.includes(opcode)) {
    const sense = state.attention;
    state.attention = null;
    return fail(sense);
  }
  return (COMMANDS.get(opcode) ?? (() => fail(SenseOf.invalidOpcode)))(cdb, state, medium);
}

const testReady: CdCommand = (_cdb, _state, { store }) => (store ? done() : fail(SenseOf.mediumNotPresent));

const requestSense: CdCommand = (cdb, state) => {
  const data = fixedSense(state.sense);
  state.sense = SenseOf.none;
  return cut(data, cdb[4] ?? 0);
};

const inquiry: CdCommand = (cdb, _state, { identity }) => {
  if (((cdb[1] ?? 0) & 1) !== 0) return fail(SenseOf.invalidField);
  const { product, version, format } = identity;
  const about = { type: DeviceType.optical, removable: true, version, format, vendor: 'Msft', product };
  return cut(standardInquiry(about), readBe16(cdb, 3));
};

const readCapacity: CdCommand = (_cdb, _state, { store }) => {
  if (!store) return fail(SenseOf.mediumNotPresent);
  const data = new Uint8Array(8);
  writeBe32(data, 0, Math.max(0, store.sectorCount - 1));
  writeBe32(data, 4, 2048);
  return done(data);
};

const read =
  (countAt: (cdb: Uint8Array) => number): CdCommand =>
  (cdb, _state, medium) => {
    const { store } = medium;
    if (!store) return fail(SenseOf.mediumNotPresent);
    const [lba, count] = [readBe32(cdb, 2), countAt(cdb)];
    if (count * store.sectorSize > medium.room) return fail(SenseOf.invalidField);
    if (lba + count > store.sectorCount) return fail(SenseOf.outOfRange);
    try {
      const data = store.read(lba, count);
      medium.account(lba, count);
      return done(data);
    } catch (error) {
      if (error instanceof BlockError)
        return fail(error.kind === 'out-of-range' ? SenseOf.outOfRange : SenseOf.unrecoveredReadError);
      throw error;
    }
  };

/** One data track, as a pressed CD-ROM has. Formats 0 (tracks) and 1 (sessions). */
const readToc: CdCommand = (cdb, _state, { store }) => {
  if (!store) return fail(SenseOf.mediumNotPresent);
  const format = ((cdb[9] ?? 0) >> 6) | ((cdb[2] ?? 0) & 0x0f);
  const isMsf = ((cdb[1] ?? 0) & 2) !== 0;
  if (format > 1) return fail(SenseOf.invalidField);
  const tracks =
    format === 1
      ? [[1, 0]]
      : [
          [1, 0],
          [0xaa, store.sectorCount],
        ];
  const data = new Uint8Array(4 + tracks.length * 8);
  writeBe16(data, 0, data.length - 2);
  [data[2], data[3]] = [1, 1];
  tracks.forEach(([number = 0, lba = 0], i) => {
    [data[5 + i * 8], data[6 + i * 8]] = [0x14, number];
    placeTime(data, 8 + i * 8, lba, isMsf);
  });
  return cut(data, readBe16(cdb, 7));
};

function placeTime(data: Uint8Array, at: number, lba: number, isMsf: boolean): void {
  if (!isMsf) return writeBe32(data, at, lba);
  const frames = lba + 150;
  [data[at + 1], data[at + 2], data[at + 3]] = [Math.floor(frames / 4500), Math.floor(frames / 75) % 60, frames % 75];
}

const startStop: CdCommand = (cdb, state, medium) => {
  const bits = cdb[4] ?? 0;
  if ((bits & 3) === 2) {
    if (state.locked) return fail(SenseOf.removalPrevented);
    medium.eject();
  }
  return done();
};

const preventRemoval: CdCommand = (cdb, state) => {
  state.locked = ((cdb[4] ?? 0) & 1) !== 0;
  return done();
};

const getEvent: CdCommand = (cdb, state, { store }) => {
  if (((cdb[1] ?? 0) & 1) === 0) return fail(SenseOf.invalidField); // only polled
  const data = new Uint8Array(8);
  const wantsMedia = ((cdb[4] ?? 0) & 0x10) !== 0;
  writeBe16(data, 0, wantsMedia ? 6 : 2);
  [data[2], data[3]] = wantsMedia ? [4, 0x10] : [0x80, 0x10];
  if (!wantsMedia) return cut(data.subarray(0, 4), readBe16(cdb, 7));
  [data[4], data[5]] = [state.event, store ? 2 : 0];
  state.event = 0;
  return cut(data, readBe16(cdb, 7));
};

/** Feature header with the profile that the medium gives, none without a disc. */
const getConfiguration: CdCommand = (cdb, _state, { store, identity }) => {
  const data = new Uint8Array(16);
  writeBe32(data, 0, data.length - 4);
  writeBe16(data, 6, store ? identity.profile : 0);
  [data[10], data[11]] = [0x03, 4]; // profile list, persistent and current
  writeBe16(data, 12, identity.profile);
  data[14] = store ? 1 : 0;
  return cut(data, readBe16(cdb, 7));
};

/** One closed session with one track. MMC-5, 6.22. */
const readDiscInformation: CdCommand = (cdb, _state, { store }) => {
  if (!store) return fail(SenseOf.mediumNotPresent);
  const data = new Uint8Array(34);
  writeBe16(data, 0, data.length - 2);
  [data[2], data[3], data[4], data[5], data[6], data[7]] = [0x0e, 1, 1, 1, 1, 0x20];
  return cut(data, readBe16(cdb, 7));
};

/** The one track, by its number or by an address in it. MMC-5, 6.27. */
const readTrackInformation: CdCommand = (cdb, _state, { store }) => {
  if (!store) return fail(SenseOf.mediumNotPresent);
  const addressType = (cdb[1] ?? 0) & 3;
  const address = readBe32(cdb, 2);
  const isInside = addressType === 0 ? address < store.sectorCount : address <= 1;
  if (addressType === 3 || !isInside) return fail(SenseOf.invalidField);
  const data = new Uint8Array(36);
  writeBe16(data, 0, data.length - 2);
  [data[2], data[3], data[5], data[6]] = [1, 1, 4, 1]; // track, session, data track, mode 1
  writeBe32(data, 24, store.sectorCount);
  return cut(data, readBe16(cdb, 7));
};

/** Capabilities page (0x2A): what it reads, can eject, tray. */
const modeSense =
  (header: 4 | 8): CdCommand =>
  (cdb, state, { identity }) => {
    const page = (cdb[2] ?? 0) & 0x3f;
    if (page !== 0x2a && page !== 0x3f) return fail(SenseOf.invalidField);
    const data = new Uint8Array(header + 22);
    if (header === 8) writeBe16(data, 0, data.length - 2);
    else data[0] = data.length - 1;
    [data[header], data[header + 1], data[header + 2]] = [0x2a, 20, identity.reads];
    data[header + 6] = 0x29 | (state.locked ? 2 : 0);
    writeBe16(data, header + 8, 706); // 4x
    return cut(data, header === 8 ? readBe16(cdb, 7) : (cdb[4] ?? 0));
  };

const COMMANDS: ReadonlyMap<number, CdCommand> = new Map<number, CdCommand>([
  [ScsiOp.TestUnitReady, testReady],
  [ScsiOp.RequestSense, requestSense],
  [ScsiOp.Inquiry, inquiry],
  [ScsiOp.ModeSense6, modeSense(4)],
  [ScsiOp.StartStopUnit, startStop],
  [ScsiOp.PreventAllowRemoval, preventRemoval],
  [ScsiOp.ReadCapacity10, readCapacity],
  [ScsiOp.Read10, read((cdb) => readBe16(cdb, 7))],
  [ScsiOp.Seek10, testReady],
  [ScsiOp.ReadToc, readToc],
  [ScsiOp.GetConfiguration, getConfiguration],
  [ScsiOp.GetEventStatus, getEvent],
  [ScsiOp.ReadDiscInformation, readDiscInformation],
  [ScsiOp.ReadTrackInformation, readTrackInformation],
  [ScsiOp.ModeSense10, modeSense(8)],
  [ScsiOp.Read12, read((cdb) => readBe32(cdb, 6))],
]);
