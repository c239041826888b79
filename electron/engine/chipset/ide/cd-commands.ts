import { BlockError, type BlockStore } from '../../base/block-store';
import { asciiBytes, readBe16, readBe32, writeBe16, writeBe32 } from '../../base/bytes';

/** Sense key, additional sense code and qualifier: SPC-3, 4.5.6. */
export interface Sense {
  readonly key: number;
  readonly asc: number;
  readonly ascq: number;
}

export const NO_SENSE: Sense = { key: 0, asc: 0, ascq: 0 };
const NOT_PRESENT: Sense = { key: 2, asc: 0x3a, ascq: 0 };
const MEDIUM_CHANGED: Sense = { key: 6, asc: 0x28, ascq: 0 };
const INVALID_OPCODE: Sense = { key: 5, asc: 0x20, ascq: 0 };
const OUT_OF_RANGE: Sense = { key: 5, asc: 0x21, ascq: 0 };
const INVALID_FIELD: Sense = { key: 5, asc: 0x24, ascq: 0 };
const REMOVAL_PREVENTED: Sense = { key: 5, asc: 0x53, ascq: 2 };
const UNREADABLE: Sense = { key: 3, asc: 0x11, ascq: 0 };

/** What the drive knows between commands. */
export interface CdState {
  sense: Sense;
  /** The next command but INQUIRY and REQUEST SENSE is told that the disc is another. */
  attention: boolean;
  locked: boolean;
  /** Event for GET EVENT STATUS: 0 none, 2 new media, 3 media removed. */
  event: number;
}

export function freshCd(): CdState {
  return { sense: NO_SENSE, attention: false, locked: false, event: 0 };
}

/** The disc in the drive, and what the commands do to it. */
export interface CdMedium {
  readonly store: BlockStore | null;
  /** Takes the disc out because the guest asked. */
  eject(): void;
  /** Sectors were read: for trace and cost. */
  account(lba: number, sectors: number): void;
}

/** Data for the host (maybe none), or the sense that ends the command. */
export type CdResult = { readonly data: Uint8Array } | { readonly sense: Sense };

const done = (data: Uint8Array = new Uint8Array(0)): CdResult => ({ data });
const fail = (sense: Sense): CdResult => ({ sense });

type CdCommand = (cdb: Uint8Array, state: CdState, medium: CdMedium) => CdResult;

/** Carries out a 12-byte packet: MMC-3 and SPC-3 commands that a CD-ROM drive must know. */
export function runCdCommand(cdb: Uint8Array, state: CdState, medium: CdMedium): CdResult {
  const opcode = cdb[0] ?? 0;
  const reportsAttention = opcode !== 0x12 && opcode !== 0x03 && opcode !== 0x4a;
  if (state.attention && reportsAttention) {
    state.attention = false;
    return fail(MEDIUM_CHANGED);
  }
  return (COMMANDS.get(opcode) ?? (() => fail(INVALID_OPCODE)))(cdb, state, medium);
}

const cut = (data: Uint8Array, length: number): CdResult => done(data.slice(0, length));

const testReady: CdCommand = (_cdb, _state, { store }) => (store ? done() : fail(NOT_PRESENT));

const requestSense: CdCommand = (cdb, state) => {
  const data = new Uint8Array(18);
  [data[0], data[2], data[7], data[12], data[13]] = [0x70, state.sense.key, 10, state.sense.asc, state.sense.ascq];
  state.sense = NO_SENSE;
  return cut(data, cdb[4] ?? 0);
};

const inquiry: CdCommand = (cdb) => {
  if (((cdb[1] ?? 0) & 1) !== 0) return fail(INVALID_FIELD);
  const data = new Uint8Array(36);
  [data[0], data[1], data[3], data[4]] = [0x05, 0x80, 0x21, 31]; // CD, removable, ATAPI response format
  data.set(asciiBytes('Msft', 8, 0x20), 8);
  data.set(asciiBytes('Virtual CD/ROM', 16, 0x20), 16);
  data.set(asciiBytes('1.0', 4, 0x20), 32);
  return cut(data, cdb[4] ?? 0);
};

const readCapacity: CdCommand = (_cdb, _state, { store }) => {
  if (!store) return fail(NOT_PRESENT);
  const data = new Uint8Array(8);
  writeBe32(data, 0, Math.max(0, store.sectorCount - 1));
  writeBe32(data, 4, 2048);
  return done(data);
};

const read =
  (countAt: (cdb: Uint8Array) => number): CdCommand =>
  (cdb, _state, medium) => {
    const { store } = medium;
    if (!store) return fail(NOT_PRESENT);
    const [lba, count] = [readBe32(cdb, 2), countAt(cdb)];
    if (lba + count > store.sectorCount) return fail(OUT_OF_RANGE);
    try {
      const data = store.read(lba, count);
      medium.account(lba, count);
      return done(data);
    } catch (error) {
      if (error instanceof BlockError) return fail(error.kind === 'out-of-range' ? OUT_OF_RANGE : UNREADABLE);
      throw error;
    }
  };

/** One data track, as a pressed CD-ROM has. Formats 0 (tracks) and 1 (sessions). */
const readToc: CdCommand = (cdb, _state, { store }) => {
  if (!store) return fail(NOT_PRESENT);
  const format = ((cdb[9] ?? 0) >> 6) | ((cdb[2] ?? 0) & 0x0f);
  const isMsf = ((cdb[1] ?? 0) & 2) !== 0;
  if (format > 1) return fail(INVALID_FIELD);
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
    if (state.locked) return fail(REMOVAL_PREVENTED);
    medium.eject();
  }
  return done();
};

const preventRemoval: CdCommand = (cdb, state) => {
  state.locked = ((cdb[4] ?? 0) & 1) !== 0;
  return done();
};

const getEvent: CdCommand = (cdb, state, { store }) => {
  if (((cdb[1] ?? 0) & 1) === 0) return fail(INVALID_FIELD); // only polled
  const data = new Uint8Array(8);
  const wantsMedia = ((cdb[4] ?? 0) & 0x10) !== 0;
  writeBe16(data, 0, wantsMedia ? 6 : 2);
  [data[2], data[3]] = wantsMedia ? [4, 0x10] : [0x80, 0x10];
  if (!wantsMedia) return cut(data.subarray(0, 4), readBe16(cdb, 7));
  [data[4], data[5]] = [state.event, store ? 2 : 0];
  state.event = 0;
  return cut(data, readBe16(cdb, 7));
};

/** Feature header with the profile that the medium gives: CD-ROM, or none without a disc. */
const getConfiguration: CdCommand = (cdb, _state, { store }) => {
  const data = new Uint8Array(16);
  writeBe32(data, 0, data.length - 4);
  writeBe16(data, 6, store ? 0x0008 : 0);
  [data[10], data[11]] = [0x03, 4]; // profile list, persistent and current
  writeBe16(data, 12, 0x0008);
  data[14] = store ? 1 : 0;
  return cut(data, readBe16(cdb, 7));
};

/** Capabilities page (0x2A): reads CDs, can eject, tray. */
const modeSense: CdCommand = (cdb, state) => {
  const page = (cdb[2] ?? 0) & 0x3f;
  if (page !== 0x2a && page !== 0x3f) return fail(INVALID_FIELD);
  const data = new Uint8Array(8 + 22);
  writeBe16(data, 0, data.length - 2);
  [data[8], data[9], data[10], data[14]] = [0x2a, 20, 0x03, 0x29 | (state.locked ? 2 : 0)];
  writeBe16(data, 16, 706); // 4x
  return cut(data, readBe16(cdb, 7));
};

const COMMANDS: ReadonlyMap<number, CdCommand> = new Map<number, CdCommand>([
  [0x00, testReady],
  [0x03, requestSense],
  [0x12, inquiry],
  [0x1b, startStop],
  [0x1e, preventRemoval],
  [0x25, readCapacity],
  [0x28, read((cdb) => readBe16(cdb, 7))],
  [0x2b, testReady], // SEEK(10)
  [0x43, readToc],
  [0x46, getConfiguration],
  [0x4a, getEvent],
  [0x5a, modeSense],
  [0xa8, read((cdb) => readBe32(cdb, 6))],
]);
