import type { BusMaster } from '../../bus/bus-master';
import { emptyFilter, type FilterState } from './filter';
import { RECEIVE_STATE, RESET_VALUES, TRANSMIT_STATE } from './registers';
import { idleSrom, type SromState } from './srom';

/** Everything that a guest, a frame or time can change in the adapter, apart from configuration space. */
export interface CardState {
  /** The CSRs as they were written; CSR5 holds bits 16:0 and the bus error kind, CSR8 the missed frames. */
  csr: Uint32Array;
  transmit: TransmitState;
  receive: ReceiveState;
  filter: FilterState;
  srom: SromState;
  /** General-purpose pins: which are outputs, and the levels driven on those. */
  pins: { outputs: number; levels: number };
  timer: { ticks: number; period: number; continuous: boolean };
  /** After a fatal bus error: no transfers until a reset. */
  dead: boolean;
  /** Level of the interrupt pin. */
  interrupt: boolean;
  counters: CardCounters;
}

export interface TransmitState {
  process: number;
  current: number;
  /** Segments of the frame gathered so far, and whether its first segment was seen. */
  partial: Uint8Array;
  inFrame: boolean;
}

export interface ReceiveState {
  process: number;
  current: number;
}

/** For people: what happened since the last power-on. */
export interface CardCounters {
  sent: number;
  received: number;
  refused: number;
  missed: number;
  /** Frames that no receiver on the wire would take: runts, wrong check sequence, no link. */
  unsent: number;
  badSetup: number;
  jabber: number;
  busErrors: number;
  /** Accesses that are not a double word on a register. */
  stray: number;
}

/** What the transmit and receive processes are given of the adapter. */
export interface Card {
  readonly state: CardState;
  readonly dma: BusMaster;
  readonly linkUp: boolean;
  /** Sets bits of CSR5 and lets the interrupt pin follow. */
  raise(bits: number): void;
  /** A transfer hit nothing: both processes stop until a reset. */
  busError(): void;
  /** Puts a frame on the wire, or back into the receiver in a loopback mode. */
  emit(frame: Uint8Array): void;
}

export function freshCounters(): CardCounters {
  return { sent: 0, received: 0, refused: 0, missed: 0, unsent: 0, badSetup: 0, jabber: 0, busErrors: 0, stray: 0 };
}

/** The state after a reset. Counters outlive a software reset. */
export function freshState(counters: CardCounters): CardState {
  return {
    csr: Uint32Array.from(RESET_VALUES),
    transmit: { process: TRANSMIT_STATE.Stopped, current: 0, partial: new Uint8Array(0), inFrame: false },
    receive: { process: RECEIVE_STATE.Stopped, current: 0 },
    filter: emptyFilter(),
    srom: idleSrom(),
    pins: { outputs: 0, levels: 0 },
    timer: { ticks: 0, period: 0, continuous: false },
    dead: false,
    interrupt: false,
    counters,
  };
}

/** CSR0 6:2, double words between two descriptors. */
export function descriptorSkip(state: CardState): number {
  return ((state.csr[0] ?? 0) >>> 2) & 0x1f;
}
