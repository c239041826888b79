import { noOffloads, type Offloads } from '../../../vmbus/protocol/offload';

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
export type NetvscFailure = 'none' | 'memory' | 'open' | 'version' | 'buffer' | 'rndis' | 'silent';

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

/** A frame that waits; `segmentSize` above 0: a large one, to be cut into segments of so many bytes of data. */
export interface WaitingFrame {
  frame: Uint8Array;
  segmentSize: number;
}

/** One more channel of the adapter. */
export interface SubChannel {
  relid: number;
  /** By which the host's tables name it, from 1 on. */
  index: number;
  isOpen: boolean;
}

/** How far the driver is with more than one channel: asked for them, waits for all to open, tells the adapter how to use them. */
export type ScalingPhase = 'none' | 'asked' | 'opening' | 'disabling' | 'enabling' | 'on';

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
  waiting: WaitingFrame[];
  /** Receive completions that wait for room, each in the channel that its packet came by. */
  returns: { relid: number; idLow: number; idHigh: number; status: number }[];
  direct: DirectSend[];
  nextDirect: number;
  /** What the adapter does for the driver. */
  offloads: Offloads;
  /** Bytes of the largest TCP packet that it cuts into segments; 0: it does not. */
  largestSend: number;
  /** Queues that the adapter has, and entries of the table that spreads flows over them. */
  receiveQueues: number;
  tableEntries: number;
  scaling: ScalingPhase;
  /** Channels asked for beside the primary one, and those that there are. */
  wanted: number;
  subChannels: SubChannel[];
  /** Channels that were to open and did not: refused, taken away, or without memory for their rings. */
  lost: number;
  /** Channel by the low bits of a flow's hash, as the host wants it. */
  sendTable: number[];
  sent: number;
  received: number;
  /** Frames that could not be sent. */
  dropped: number;
  /** Frames that the provider refused. */
  refused: number;
  /** Frames whose checksums the adapter has found right, and wrong. */
  verified: number;
  failed: number;
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
    offloads: noOffloads(),
    largestSend: 0,
    receiveQueues: 1,
    tableEntries: 0,
    scaling: 'none',
    wanted: 0,
    subChannels: [],
    lost: 0,
    sendTable: [],
    sent: 0,
    received: 0,
    dropped: 0,
    refused: 0,
    verified: 0,
    failed: 0,
    malformed: 0,
  };
}

/** Transaction ids: sections are 1 and up, frames with pages of their own from here on. */
export const FIRST_DIRECT = 0x10_0000;
