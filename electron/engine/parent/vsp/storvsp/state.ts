import type { UnitState } from './unit';

/** How far a driver has come with a controller: each step is allowed only after the one before. */
export type StorPhase = 'closed' | 'begun' | 'versioned' | 'described' | 'ready';

/** A completion that found the ring full. */
export interface WaitingCompletion {
  idLow: number;
  idHigh: number;
  payload: Uint8Array;
}

/** What passed and what did not. */
export interface StorvspCounters {
  commands: number;
  reads: number;
  bytesRead: number;
  writes: number;
  bytesWritten: number;
  /** Commands that ended with sense data. */
  checkConditions: number;
  /** Requests to where no unit is. */
  absent: number;
  /** Packets that do not hold together. */
  malformed: number;
  /** Packets that are not allowed in the present phase. */
  outOfPlace: number;
  /** Operations that this host does not know. */
  unsupported: number;
  resets: number;
  /** Times that the driver was told to look for its units again. */
  enumerations: number;
}

/** Everything about one storage provider that a guest (or time) can change, but for its units. */
export interface StorvspState {
  phase: StorPhase;
  /** Negotiated version, 0 before. */
  version: number;
  /** By channel: 0 is the primary one, then its sub-channels. A completion leaves by the channel of its request. */
  waiting: Record<number, WaitingCompletion[]>;
  /** Sub-channels that the driver has asked for. */
  subChannels: number;
  /** The driver is to be told that units came or went. */
  enumerate: boolean;
  counters: StorvspCounters;
}

/** With the units' own states, by LUN. */
export interface SavedStorvsp extends StorvspState {
  units: Record<string, UnitState>;
}

export function freshCounters(): StorvspCounters {
  return {
    commands: 0,
    reads: 0,
    bytesRead: 0,
    writes: 0,
    bytesWritten: 0,
    checkConditions: 0,
    absent: 0,
    malformed: 0,
    outOfPlace: 0,
    unsupported: 0,
    resets: 0,
    enumerations: 0,
  };
}

export function freshStorvspState(): StorvspState {
  return { phase: 'closed', version: 0, waiting: {}, subChannels: 0, enumerate: false, counters: freshCounters() };
}
