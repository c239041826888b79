/** Saved state of a server: plain data. */

/** A GPADL: the ranges as the guest sent them, complete when `filled` has reached their length. */
export interface GpadlState {
  id: number;
  relid: number;
  rangeCount: number;
  /** Byte count, byte offset and page numbers of each range, eight bytes each. */
  ranges: Uint8Array;
  filled: number;
  /** The guest asked to tear it down while a ring in it was open: answered when the channel closes. */
  teardownWanted: boolean;
}

/** What the guest knows of a channel. */
export type ChannelPhase = 'closed' | 'open' | 'rescinded';

/** One offer. */
export interface ChannelState {
  /** Device and sub-channel: the wiring finds its way back by these. */
  device: string;
  subChannelIndex: number;
  relid: number;
  /** True once the offer has been sent on this connection. */
  offered: boolean;
  phase: ChannelPhase;
  /** Its bit in the monitor page, or null. */
  monitorId: number | null;
  ringGpadl: number;
  downstreamPage: number;
  targetVp: number;
  openId: number;
  userData: Uint8Array;
  /** The guest's ring held something that is no packet: nothing more is read until it is opened again. */
  faulted: boolean;
}

export interface VmbusServerState {
  connected: boolean;
  version: number;
  /** Where channel messages go. */
  targetVp: number;
  /** Page of flags that guests before Windows 8 share with the host, or null. */
  interruptPage: number | null;
  /** Page in which the guest sets bits instead of signalling by hypercall, or null. */
  monitorPage: number | null;
  offersRequested: boolean;
  channels: ChannelState[];
  gpadls: GpadlState[];
  /** Messages that wait for room in the guest's port. */
  outbox: Uint8Array[];
  counters: VmbusCounters;
}

/** What went wrong, counted; the guest got the architected answer. */
export interface VmbusCounters {
  /** Shorter than its structure, or of no known type. */
  malformed: number;
  /** Not allowed in the present state. */
  outOfPlace: number;
  /** Names a channel that does not exist. */
  unknownChannel: number;
  /** Names a GPADL that does not exist. */
  unknownGpadl: number;
  badGpadl: number;
  refusedOpens: number;
  ringFaults: number;
  /** Signals for a channel that is not open. */
  straySignals: number;
}

export function freshCounters(): VmbusCounters {
  return {
    malformed: 0,
    outOfPlace: 0,
    unknownChannel: 0,
    unknownGpadl: 0,
    badGpadl: 0,
    refusedOpens: 0,
    ringFaults: 0,
    straySignals: 0,
  };
}
