import type { FloppyDrive, SectorId } from './drive';
import { SECTOR_BYTES } from '../../base/floppy-format';
import { ST0, ST1, ST2 } from './spec';

/**
 * The execution phase of a data command: which sector the head is at, and the bytes between medium and host (82077AA data
 * sheet, 5.1). Plain; the functions below move it on.
 */
export interface Execution {
  readonly kind: 'read' | 'write' | 'format';
  readonly drive: number;
  readonly rate: number;
  readonly multiTrack: boolean;
  /** Last sector of a track that the command may reach. */
  readonly eot: number;
  /** Byte that a formatted sector is filled with. */
  readonly fill: number;
  /** ST0 so far: seek end of an implied seek. */
  readonly st0: number;
  head: number;
  id: SectorId;
  lba: number;
  /** Formatting: address fields that are still to come. */
  left: number;
  /** The sector between the two, or the address field that the host is sending. */
  data: Uint8Array;
  at: number;
  /** Bytes moved so far, and how many there were when the host was last looked after. */
  moved: number;
  seen: number;
}

/** How a command ended: status bytes and the address that the result phase names. */
export interface Outcome {
  readonly st0: number;
  readonly st1: number;
  readonly st2: number;
  readonly id: SectorId;
}

const ID_BYTES = 4;

/** Termination of the command in ST0: normal when nothing went wrong. */
export function outcome(run: Execution, st1 = 0, st2 = 0, id = run.id): Outcome {
  return { st0: run.st0 | (st1 | st2 ? ST0.abnormal : 0) | (run.head ? ST0.head : 0), st1, st2, id };
}

/** The address after the last sector that was transferred: data sheet, table 5-5. */
export function nextId({ id, eot, multiTrack, head }: Execution): SectorId {
  if (id.r !== eot) return { ...id, r: (id.r + 1) & 0xff };
  if (!multiTrack) return { ...id, c: (id.c + 1) & 0xff, r: 1 };
  const h = id.h ^ 1;
  return head === 0 ? { ...id, h, r: 1 } : { ...id, c: (id.c + 1) & 0xff, h, r: 1 };
}

/** The last sector of the command is done. */
export function isExhausted(run: Execution): boolean {
  if (run.kind === 'format') return run.left === 0;
  return run.at === run.data.length && run.id.r === run.eot && !(run.multiTrack && run.head === 0);
}

/** Finds the sector that `run` names; a read also fetches it. An outcome: the command ends here. */
export function enterSector(run: Execution, drive: FloppyDrive): Outcome | null {
  const found = drive.find(run.id, run.head, run.rate);
  if (!('lba' in found)) return outcome(run, found.st1, found.st2);
  const data = run.kind === 'read' ? drive.read(found.lba) : new Uint8Array(SECTOR_BYTES);
  if (!data) return outcome(run, ST1.dataError, ST2.dataError);
  Object.assign(run, { lba: found.lba, data, at: 0 });
  return null;
}

/** On to the next sector when this one is done: the next on the track, or the first of the other side. */
function advance(run: Execution, drive: FloppyDrive): Outcome | null {
  if (run.at < run.data.length) return null;
  const id = nextId(run);
  if (run.id.r === run.eot) run.head ^= 1;
  run.id = id;
  return enterSector(run, drive);
}

/** Bytes for the host, at most `most`. */
export function give(run: Execution, drive: FloppyDrive, most: number): { bytes: Uint8Array; end: Outcome | null } {
  const bytes = new Uint8Array(most);
  let done = 0;
  while (done < most && !isExhausted(run)) {
    const end = advance(run, drive);
    if (end) return { bytes: bytes.slice(0, done), end };
    const part = run.data.subarray(run.at, run.at + most - done);
    bytes.set(part, done);
    run.at += part.length;
    run.moved += part.length;
    done += part.length;
  }
  return { bytes: bytes.slice(0, done), end: null };
}

/** Bytes that the controller takes from the host now. */
export function wanted(run: Execution): number {
  if (run.kind === 'read' || isExhausted(run)) return 0;
  return run.at === run.data.length ? run.data.length : run.data.length - run.at;
}

/** Takes bytes from the host, not more than were wanted. */
export function take(run: Execution, drive: FloppyDrive, bytes: Uint8Array): Outcome | null {
  run.moved += bytes.length;
  if (run.kind === 'format') return takeId(run, drive, bytes);
  const end = advance(run, drive);
  if (end) return end;
  run.data.set(bytes, run.at);
  run.at += bytes.length;
  return run.at === run.data.length ? keep(run, drive) : null;
}

/**
 * The end of the command after bytes were moved; null: there are more to come. Without terminal count the end of the last sector is
 * an abnormal one, and the result names that sector.
 */
export function ending(run: Execution, drive: FloppyDrive, terminal: boolean): Outcome | null {
  if (run.kind === 'format') return terminal || run.left === 0 ? outcome(run) : null;
  if (terminal) return fillUp(run, drive) ?? outcome(run, 0, 0, nextId(run));
  return isExhausted(run) ? outcome(run, ST1.endOfCylinder) : null;
}

/** Nobody has moved a byte for too long: the medium went on without the host. */
export function overrun(run: Execution): Outcome {
  const isBetween = run.kind !== 'format' && run.at === run.data.length;
  return outcome(run, ST1.overrun, 0, isBetween ? nextId(run) : run.id);
}

/** Terminal count came in the middle of a sector: the rest of it is written with zeros. */
function fillUp(run: Execution, drive: FloppyDrive): Outcome | null {
  if (run.kind !== 'write' || run.at === run.data.length) return null;
  run.data.fill(0, run.at);
  run.at = run.data.length;
  return keep(run, drive);
}

function keep(run: Execution, drive: FloppyDrive): Outcome | null {
  return drive.write(run.lba, run.data) ? null : outcome(run, ST1.dataError, ST2.dataError);
}

/**
 * An address field of a track that is being formatted: its sector is filled. A field that the image has no place for is lost, as
 * on a track whose end has run over its beginning: reading it back finds no data.
 */
function takeId(run: Execution, drive: FloppyDrive, bytes: Uint8Array): Outcome | null {
  run.data.set(bytes, run.at);
  run.at += bytes.length;
  if (run.at < ID_BYTES) return null;
  const [c = 0, h = 0, r = 0, n = 0] = run.data;
  Object.assign(run, { id: { c, h, r, n }, at: 0, left: run.left - 1 });
  const found = drive.find(run.id, run.head, run.rate);
  if (!('lba' in found)) return null;
  run.lba = found.lba;
  return drive.write(found.lba, new Uint8Array(SECTOR_BYTES).fill(run.fill)) ? null : outcome(run, ST1.dataError);
}

/** The buffer of a command that formats: one address field. */
export function idBuffer(): Uint8Array {
  return new Uint8Array(ID_BYTES);
}
