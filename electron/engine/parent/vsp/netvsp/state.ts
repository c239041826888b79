import type { ReceiveScale } from '../../../vmbus/protocol/receive-scale';
import { noOffloads, type Offloads } from '../../../vmbus/protocol/offload';

/** Memory of the guest that NVSP shares for one direction. */
export interface ReceiveBufferState {
  gpadl: number;
  id: number;
  /** One byte a sub-allocation: 1 while the guest has it. */
  taken: Uint8Array;
  /** Where the search for a free one begins. */
  next: number;
}

export interface SendBufferState {
  gpadl: number;
  id: number;
  sections: number;
}

/** A transfer-page packet that the guest has not returned: the sub-allocations that come free with it. */
export interface InFlight {
  id: number;
  sections: number[];
}

/** A completion that found the ring full. */
export interface WaitingCompletion {
  idLow: number;
  idHigh: number;
  payload: Uint8Array;
}

/** A frame for the guest, and the hash of its flow where receive-side scaling is on. */
export interface WaitingFrame {
  bytes: Uint8Array;
  hash: number | null;
}

/** What goes on in one channel: the primary one, or a sub-channel. */
export interface QueueState {
  /** True while the guest has its channel open. */
  isOpen: boolean;
  /** Frames that wait for receive buffers or room in the ring. */
  frames: WaitingFrame[];
  inFlight: InFlight[];
  completions: WaitingCompletion[];
  nextTransaction: number;
}

export function freshQueue(): QueueState {
  return { isOpen: false, frames: [], inFlight: [], completions: [], nextTransaction: 1 };
}

/** What passed and what did not, and where. */
export interface NetvspCounters {
  framesFromGuest: number;
  bytesFromGuest: number;
  framesToGuest: number;
  bytesToGuest: number;
  /** Not wanted by the guest's packet filter. */
  filtered: number;
  /** The queue was full because the guest did not return receive buffers. */
  noBuffer: number;
  /** Before the guest's driver was ready. */
  notReady: number;
  /** Larger than the guest's MTU allows. */
  oversize: number;
  /** For a queue whose channel is not open: taken by the primary one. */
  misdirected: number;
  /** Large packets of the guest that were cut into frames. */
  segmented: number;
  /** Checksums that were computed for the guest. */
  checksums: number;
  /** NVSP or RNDIS that does not hold together. */
  malformed: number;
  /** Completions of transactions that are not under way. */
  strayCompletions: number;
}

/** Everything about one network provider that a guest (or time) can change. */
export interface NetvspState {
  /** Negotiated NVSP version, 0 before. */
  version: number;
  ndisMajor: number;
  ndisMinor: number;
  /** Largest IP packet, without the Ethernet header. */
  mtu: number;
  capabilities: bigint;
  receiveBuffer: ReceiveBufferState | null;
  sendBuffer: SendBufferState | null;
  initialised: boolean;
  packetFilter: number;
  multicast: Uint8Array[];
  mac: Uint8Array;
  /** The link as the guest knows it; null before it has asked. */
  linkTold: boolean | null;
  /** RNDIS control messages that wait for receive buffers or room in the ring. */
  control: Uint8Array[];
  /** By sub-channel index; the first is the primary channel's. */
  queues: QueueState[];
  /** The guest must be told over which channels to spread what it sends. */
  sendTableDue: boolean;
  receiveScale: ReceiveScale | null;
  offloads: Offloads;
  counters: NetvspCounters;
}

export function freshNetvspState(mac: Uint8Array): NetvspState {
  return {
    version: 0,
    ndisMajor: 0,
    ndisMinor: 0,
    mtu: 1500,
    capabilities: 0n,
    receiveBuffer: null,
    sendBuffer: null,
    initialised: false,
    packetFilter: 0,
    multicast: [],
    mac: mac.slice(),
    linkTold: null,
    control: [],
    queues: [freshQueue()],
    sendTableDue: false,
    receiveScale: null,
    offloads: noOffloads(),
    counters: freshNetvspCounters(),
  };
}

export function freshNetvspCounters(): NetvspCounters {
  return {
    framesFromGuest: 0,
    bytesFromGuest: 0,
    framesToGuest: 0,
    bytesToGuest: 0,
    filtered: 0,
    noBuffer: 0,
    notReady: 0,
    oversize: 0,
    misdirected: 0,
    segmented: 0,
    checksums: 0,
    malformed: 0,
    strayCompletions: 0,
  };
}
