import type { FloppyDrive } from './drive';
import { CONFIGURE, ENHANCED, HEAD_SELECT, ST0, ST3, type CommandName } from './spec';
import type { FloppyState } from './state';

/** Most step pulses of a recalibration: one less than the cylinders of a drive. */
const RECALIBRATE_STEPS = 79;

/** What a command does at once, and the bytes of its result phase. */
type Simple = (state: FloppyState, drive: FloppyDrive | null) => number[];

/** Commands that move heads or only talk about the controller: everything but the transfer of data. 82077AA data sheet, 5.2. */
export const SIMPLE_COMMANDS: Partial<Record<CommandName, Simple>> = {
  recalibrate,
  seek,
  relativeSeek,
  senseInterrupt,
  senseDrive,
  specify: (state) => {
    state.specify = state.command.slice(1);
    return [];
  },
  configure: (state) => {
    const [, , settings = 0, precompensation = 0] = state.command;
    state.configure = [settings & 0x7f, precompensation];
    return [];
  },
  dumpRegisters,
  perpendicular,
  lock,
  version: () => [ENHANCED],
  invalid: () => [ST0.invalid],
};

/** A data command seeks the cylinder that it names by itself. */
export function seeksByItself(state: FloppyState): boolean {
  return ((state.configure[0] ?? 0) & CONFIGURE.impliedSeek) !== 0;
}

/** Moves a drive's heads to a cylinder, counted from where the controller believes they are. */
export function moveTo(state: FloppyState, drive: FloppyDrive | null, index: number, cylinder: number): void {
  drive?.step(cylinder - (state.cylinders[index] ?? 0));
  state.cylinders[index] = cylinder;
}

function recalibrate(state: FloppyState, drive: FloppyDrive | null): number[] {
  const index = (state.command[1] ?? 0) & 3;
  drive?.step(-Math.min(drive.cylinder, RECALIBRATE_STEPS));
  state.cylinders[index] = 0;
  const isThere = drive?.cylinder === 0;
  state.seekEnds[index] = ST0.seekEnd | index | (isThere ? 0 : ST0.abnormal | ST0.equipment);
  return [];
}

function seek(state: FloppyState, drive: FloppyDrive | null): number[] {
  const [, select = 0, cylinder = 0] = state.command;
  moveTo(state, drive, select & 3, cylinder);
  state.seekEnds[select & 3] = ST0.seekEnd | (select & 7);
  return [];
}

/** Steps from the present cylinder; bit 6 of the command is the direction, set towards the middle. */
function relativeSeek(state: FloppyState, drive: FloppyDrive | null): number[] {
  const [code = 0, select = 0, count = 0] = state.command;
  const index = select & 3;
  const steps = (code & 0x40) !== 0 ? count : -count;
  drive?.step(steps);
  state.cylinders[index] = ((state.cylinders[index] ?? 0) + steps) & 0xff;
  state.seekEnds[index] = ST0.seekEnd | (select & 7);
  return [];
}

/** One cause of an interrupt that has no result phase; without one the command is invalid. */
function senseInterrupt(state: FloppyState): number[] {
  state.polled = false;
  if (state.polls > 0) {
    const drive = 4 - state.polls;
    state.polls--;
    return [ST0.polling | drive, state.cylinders[drive] ?? 0];
  }
  const drive = state.seekEnds.findIndex((st0) => st0 !== null);
  const st0 = state.seekEnds[drive];
  if (st0 === undefined || st0 === null) return [ST0.invalid];
  state.seekEnds[drive] = null;
  return [st0, state.cylinders[drive] ?? 0];
}

/** ST3 is the drive's own lines. */
function senseDrive(state: FloppyState, drive: FloppyDrive | null): number[] {
  const select = (state.command[1] ?? 0) & (HEAD_SELECT | 3);
  const lines = (drive?.cylinder === 0 ? ST3.track0 : 0) | (drive?.isProtected ? ST3.writeProtected : 0);
  return [ST3.always | select | lines];
}

/** What SPECIFY, CONFIGURE, PERPENDICULAR and LOCK have left, and where the heads are believed to be: ten bytes. */
function dumpRegisters(state: FloppyState): number[] {
  const { cylinders, specify, eot, locked, configure } = state;
  return [...cylinders, ...specify, eot, (locked ? 0x80 : 0) | state.perpendicular, ...configure];
}

/** Drive bits change only together with the overwrite bit. */
function perpendicular(state: FloppyState): number[] {
  const [, value = 0] = state.command;
  const drives = value & 0x80 ? value & 0x3c : state.perpendicular & 0x3c;
  state.perpendicular = drives | (value & 0x03);
  return [];
}

/** Bit 7 of the command locks or unlocks. */
function lock(state: FloppyState): number[] {
  state.locked = ((state.command[0] ?? 0) & 0x80) !== 0;
  return [state.locked ? 0x10 : 0];
}
