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
  /** Frames, and RNDIS control messages, that wait for receive buffers or room in the ring. */
  frames: Uint8Array[];
  control: Uint8Array[];
  inFlight: InFlight[];
  completions: WaitingCompletion[];
  nextTransaction: number;
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
    frames: [],
    control: [],
    inFlight: [],
    completions: [],
    nextTransaction: 1,
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
    malformed: 0,
    strayCompletions: 0,
  };
}
