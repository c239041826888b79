/** How far a network driver is. */
export type NetvscPhase =
  | 'closed'
  | 'opening'
  | 'negotiating'
  | 'sharing-receive'
  | 'receive-buffer'
  | 'sharing-send'
  | 'send-buffer'
  | 'rndis'
  | 'up'
  | 'stopping'
  | 'failed'
  | 'removed';

/** Why an adapter does not work. */
export type NetvscFailure = 'none' | 'memory' | 'open' | 'version' | 'buffer' | 'rndis';

/** Pages shared with the provider. */
export interface SharedPages {
  gpa: number;
  pages: number;
  gpadl: number;
}

/** A frame too large for a section, under way from pages of its own. */
export interface DirectSend {
  id: number;
  gpa: number;
  pages: number;
}

/** Everything that a network driver remembers. Plain; kept by whoever keeps the device. */
export interface NetvscState {
  kind: 'netvsc';
  phase: NetvscPhase;
  failure: NetvscFailure;
  /** Which of the driver's versions is being tried, and the one agreed. */
  attempt: number;
  version: number;
  mtu: number;
  mac: Uint8Array;
  linkUp: boolean;
  /** In units of 100 bit/s. */
  linkSpeed: number;
  receive: SharedPages | null;
  send: SharedPages | null;
  sectionSize: number;
  /** One byte a section of the send buffer: 1 while the provider has it. */
  used: Uint8Array;
  /** Page for RNDIS requests; 0 before there is one. */
  control: number;
  /** Which request of the bring-up is out, and its id. */
  step: number;
  requestId: number;
  /** Frames that wait for a section or for room. */
  waiting: Uint8Array[];
  /** Receive completions that wait for room. */
  returns: { idLow: number; idHigh: number }[];
  direct: DirectSend[];
  nextDirect: number;
  sent: number;
  received: number;
  /** Frames that could not be sent. */
  dropped: number;
  /** Packets of the provider that do not hold together. */
  malformed: number;
}

export function newNetvsc(mtu = 1500): NetvscState {
  return {
    kind: 'netvsc',
    phase: 'closed',
    failure: 'none',
    attempt: -1,
    version: 0,
    mtu,
    mac: new Uint8Array(6),
    linkUp: false,
    linkSpeed: 0,
    receive: null,
    send: null,
    sectionSize: 0,
    used: new Uint8Array(0),
    control: 0,
    step: 0,
    requestId: 0,
    waiting: [],
    returns: [],
    direct: [],
    nextDirect: FIRST_DIRECT,
    sent: 0,
    received: 0,
    dropped: 0,
    malformed: 0,
  };
}

/** Transaction ids: sections are 1 and up, frames with pages of their own from here on. */
export const FIRST_DIRECT = 0x10_0000;
