import type { Execution } from './execution';
import { CONFIGURE_RESET, DOR, MSR, SPECIFY_NON_DMA } from './spec';

export type Phase = 'idle' | 'command' | 'execution' | 'result';

/** All that a driver can observe of the controller. */
export interface FloppyState {
  dor: number;
  tape: number;
  /** Data rate, bits 1:0 of DSR and CCR. */
  rate: number;
  phase: Phase;
  /** Bytes of the command so far. */
  command: number[];
  /** Bytes of the result that have not been read. */
  result: number[];
  /** A command has ended and nobody has read its result: a cause of an interrupt. */
  done: boolean;
  /** A reset has ended and nobody has asked: another cause. A third one are ended seeks. */
  polled: boolean;
  /** Drives that still report the polling after a reset: how many SENSE INTERRUPT answers are left. */
  polls: number;
  /** ST0 of drives whose seek has ended, until SENSE INTERRUPT asks; null where there is none. */
  seekEnds: (number | null)[];
  /** Present cylinder number of each drive, as the controller believes. */
  cylinders: number[];
  /** The two bytes of SPECIFY. */
  specify: number[];
  /** The second and third byte of CONFIGURE. */
  configure: number[];
  locked: boolean;
  perpendicular: number;
  /** Last end-of-track or sectors-per-track value, for DUMPREG. */
  eot: number;
  execution: Execution | null;
  /** Accesses that the state of the controller did not allow. */
  ignored: number;
}

/** After the reset line of the board: held in reset until DOR lets it run, 250 kb/s. */
export function powerOn(): FloppyState {
  return {
    dor: 0,
    tape: 0,
    rate: 2,
    phase: 'idle',
    command: [],
    result: [],
    done: false,
    polled: false,
    polls: 0,
    seekEnds: [null, null, null, null],
    cylinders: [0, 0, 0, 0],
    specify: [0, 0],
    configure: [CONFIGURE_RESET, 0],
    locked: false,
    perpendicular: 0,
    eot: 0,
    execution: null,
    ignored: 0,
  };
}

/**
 * What a reset by DOR or DSR leaves (data sheet, 4.0): the data rate, what SPECIFY set, the lock, and what LOCK protects. Drive polling and
 * the implied seek go back to their defaults in any case.
 */
export function softwareReset(state: FloppyState): void {
  const { dor, tape, rate, specify, locked, perpendicular, ignored } = state;
  const [kept = 0, precompensation = 0] = state.configure;
  const configure = locked ? [kept & 0x2f, precompensation] : [CONFIGURE_RESET, 0];
  Object.assign(state, powerOn(), {
    dor,
    tape,
    rate,
    specify,
    locked,
    configure,
    ignored,
    perpendicular: perpendicular & 0x3c,
  });
}

export function isRunning({ dor }: FloppyState): boolean {
  return (dor & DOR.run) !== 0;
}

function usesDma({ specify }: FloppyState): boolean {
  return ((specify[1] ?? 0) & SPECIFY_NON_DMA) === 0;
}

/** Bytes of a data command go through the data register. */
export function movesDirectly(state: FloppyState): boolean {
  return state.phase === 'execution' && !usesDma(state);
}

/** Bytes of a data command go by DMA. */
export function asksForDma(state: FloppyState): boolean {
  return state.phase === 'execution' && usesDma(state);
}

/** The INT signal. In programmed I/O it also asks for each byte. */
export function interruptIsDue(state: FloppyState): boolean {
  const { done, polled, seekEnds } = state;
  return done || polled || movesDirectly(state) || seekEnds.some((st0) => st0 !== null);
}

/** The main status register; nothing is ready while the controller is held in reset. */
export function mainStatus(state: FloppyState): number {
  const { phase, execution, seekEnds } = state;
  if (!isRunning(state)) return 0;
  const busyDrives = seekEnds.reduce<number>((bits, st0, i) => bits | (st0 === null ? 0 : 1 << i), 0);
  const isDirect = movesDirectly(state);
  const isReady = phase !== 'execution' || isDirect;
  const toHost = phase === 'result' || (isDirect && execution?.kind === 'read');
  const flags = (isReady ? MSR.ready : 0) | (toHost ? MSR.toHost : 0) | (isDirect ? MSR.nonDma : 0);
  return busyDrives | flags | (phase === 'idle' ? 0 : MSR.busy);
}
