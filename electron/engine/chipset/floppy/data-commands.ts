import type { FloppyDrive } from './drive';
import { moveTo, seeksByItself } from './commands';
import { enterSector, idBuffer, isExhausted, nextId, outcome, type Execution, type Outcome } from './execution';
import { ENABLE_COUNT, HEAD_SELECT, MULTI_TRACK, ST0, ST1, type CommandName } from './spec';
import type { FloppyState } from './state';

/** Begins a command that reaches the medium. What it returns ends it at once; null: bytes are to be moved. */
type Begin = (state: FloppyState, drive: FloppyDrive | null) => Outcome | null;

export const DATA_COMMANDS: Partial<Record<CommandName, Begin>> = {
  readData: (state, drive) => beginTransfer(state, 'read', drive),
  writeData: (state, drive) => beginTransfer(state, 'write', drive),
  verify,
  formatTrack,
  readId,
};

const NO_ADDRESS_MARK = { st1: ST1.missingAddress, st2: 0 };

function beginTransfer(state: FloppyState, kind: 'read' | 'write', drive: FloppyDrive | null): Outcome | null {
  const run = sectorRun(state, kind, drive);
  state.execution = run;
  if (!drive) return outcome(run, NO_ADDRESS_MARK.st1);
  if (kind === 'write' && drive.isProtected) return outcome(run, ST1.writeProtected);
  return enterSector(run, drive);
}

/** VERIFY reads and moves nothing: up to the end of the track, or as many sectors as the last parameter says. */
function verify(state: FloppyState, drive: FloppyDrive | null): Outcome {
  const [, select = 0] = state.command;
  const run = sectorRun(state, 'read', drive);
  let left = select & ENABLE_COUNT ? (state.command[8] ?? 0) : Number.POSITIVE_INFINITY;
  if (!drive) return outcome(run, NO_ADDRESS_MARK.st1);
  for (;;) {
    const end = enterSector(run, drive);
    if (end) return end;
    run.at = run.data.length;
    left--;
    const id = nextId(run);
    if (left <= 0 || isExhausted(run)) return outcome(run, 0, 0, id);
    if (run.id.r === run.eot) run.head ^= 1;
    run.id = id;
  }
}

/** FORMAT TRACK: the host sends an address field for each sector. */
function formatTrack(state: FloppyState, drive: FloppyDrive | null): Outcome | null {
  const [, select = 0, n = 0, sectors = 0, , fill = 0] = state.command;
  const head = select & HEAD_SELECT ? 1 : 0;
  const id = { c: drive?.cylinder ?? 0, h: head, r: 1, n };
  state.eot = sectors;
  const run: Execution = {
    kind: 'format', drive: select & 3, rate: state.rate, multiTrack: false, eot: sectors, fill, st0: select & 3,
    head, id, lba: 0, left: sectors, data: idBuffer(), moved: 0, seen: 0, at: 0,
  }; // prettier-ignore
  state.execution = run;
  if (!drive?.nextId(head, state.rate)) return outcome(run, NO_ADDRESS_MARK.st1);
  if (drive.isProtected) return outcome(run, ST1.writeProtected);
  return sectors === 0 ? outcome(run) : null;
}

/** READ ID: the next address field under the head. */
function readId(state: FloppyState, drive: FloppyDrive | null): Outcome {
  const [, select = 0] = state.command;
  const head = select & HEAD_SELECT ? 1 : 0;
  const id = drive?.nextId(head, state.rate);
  const st0 = select & 7;
  if (id) return { st0, st1: 0, st2: 0, id };
  return { st0: st0 | ST0.abnormal, ...NO_ADDRESS_MARK, id: { c: 0, h: 0, r: 0, n: 0 } };
}

function sectorRun(state: FloppyState, kind: 'read' | 'write', drive: FloppyDrive | null): Execution {
  const [code = 0, select = 0, c = 0, h = 0, r = 0, n = 0, eot = 0] = state.command;
  const index = select & 3;
  const isSeeking = seeksByItself(state);
  if (isSeeking) moveTo(state, drive, index, c);
  state.eot = eot;
  return {
    kind, drive: index, rate: state.rate, multiTrack: (code & MULTI_TRACK) !== 0, eot, fill: 0,
    st0: index | (isSeeking ? ST0.seekEnd : 0),
    head: select & HEAD_SELECT ? 1 : 0, id: { c, h, r, n }, lba: 0, left: 0, data: new Uint8Array(0), moved: 0, seen: 0, at: 0,
  }; // prettier-ignore
}
