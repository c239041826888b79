import type { ClientOffer } from './driver';
import type { SynicGuestState } from './synic-guest';

/** How far the connection is. */
export type ClientPhase = 'idle' | 'contacting' | 'connected' | 'failed' | 'unloading' | 'unloaded';

/** How far a channel is: its ring is being shared, its opening was asked for, it is open, its ring is being taken back. */
export type ClientChannelPhase = 'sharing' | 'opening' | 'open' | 'closing';

export interface ClientChannelState {
  relid: number;
  phase: ClientChannelPhase;
  ringGpadl: number;
  gpa: number;
  sendPages: number;
  receivePages: number;
  targetVp: number;
  userData: Uint8Array;
}

export interface VmbusClientState {
  phase: ClientPhase;
  /** Which of the driver's versions is being tried. */
  attempt: number;
  version: number;
  messageConnection: number;
  interruptPage: number | null;
  /** Two pages, for the host's signals and for this guest's, or null. */
  monitorPages: number | null;
  offers: ClientOffer[];
  channels: ClientChannelState[];
  /** Buffers shared by drivers: which channel each belongs to. */
  gpadls: { id: number; relid: number }[];
  nextGpadl: number;
  /** Pages of the processors but the first: where those of each begin. */
  otherPages: number[];
  /** Messages that the host had no room for. */
  outbox: { connection: number; message: Uint8Array }[];
  synic: SynicGuestState;
}

export function freshClientState(): VmbusClientState {
  return {
    phase: 'idle',
    attempt: 0,
    version: 0,
    messageConnection: 0,
    interruptPage: null,
    monitorPages: null,
    offers: [],
    channels: [],
    gpadls: [],
    nextGpadl: FIRST_GPADL,
    otherPages: [],
    outbox: [],
    synic: { pages: null, autoEoi: false },
  };
}

/** Guests choose the ids of their GPADLs; Linux counts from here. linux drivers/hv/connection.c, next_gpadl_handle. */
export const FIRST_GPADL = 0xe1e10;
