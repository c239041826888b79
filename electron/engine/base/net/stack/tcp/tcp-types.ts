import type { Ipv4Address } from '../../address';
import type { TcpSegment } from '../../tcp';
import type { ByteQueue } from './byte-queue';

/** States of RFC 9293, section 3.3.2, without LISTEN, which is a port's and no connection's. */
export type TcpPhase =
  | 'synSent'
  | 'synReceived'
  | 'established'
  | 'finWait1'
  | 'finWait2'
  | 'closeWait'
  | 'closing'
  | 'lastAck'
  | 'timeWait'
  | 'closed';

/** Why a connection came to an end before its time. */
export type TcpFailure = 'refused' | 'reset' | 'timeout' | 'unreachable';

/** What differs between the TCPs of systems. Times in nanoseconds. */
export interface TcpPolicy {
  /** Wait for an answer before anything was measured, and the least there is later (RFC 6298; systems go below its second). */
  readonly initialTimeout: number;
  readonly minimumTimeout: number;
  /** How long a lone segment may stay without acknowledgment (RFC 1122, 4.2.3.2: below half a second). */
  readonly acknowledgeAfter: number;
  /** Segments that a new connection may send at once (RFC 2581: 2; RFC 6928: 10). */
  readonly initialSegments: number;
  /** How often a SYN, and anything later, is sent again before the peer counts as gone. */
  readonly openTries: number;
  readonly tries: number;
  /** How long a pair of ports stays reserved after the end (two maximum segment lifetimes). */
  readonly timeWait: number;
}

/** What a connection counts, for people and tests. */
export interface TcpCounters {
  /** Bytes of data that the peer has acknowledged, and that came in order. */
  sentBytes: number;
  receivedBytes: number;
  sentSegments: number;
  receivedSegments: number;
  /** Segments sent again, and how often a timer was the reason. */
  repeated: number;
  timeouts: number;
}

/** One connection: plain state, named after RFC 9293, section 3.3.1. */
export interface TcpConnection {
  readonly id: number;
  readonly local: Ipv4Address;
  readonly localPort: number;
  readonly remote: Ipv4Address;
  readonly remotePort: number;
  /** The peer opened it, and no program has taken it yet. */
  isOffered: boolean;
  /** The program has let go of it: it disappears when it is over. */
  isReleased: boolean;
  phase: TcpPhase;
  failure: TcpFailure | null;

  /** SND.UNA, SND.NXT (which goes back to be sent again) and the highest SND.NXT so far. */
  unacknowledged: number;
  sendNext: number;
  sendMaximum: number;
  peerWindow: number;
  segmentSize: number;
  /** Bytes that the peer has not acknowledged, sent or not; begins at SND.UNA once the connection is open. */
  outgoing: ByteQueue;
  /** The program has no more bytes: a FIN follows the last one. */
  isEnding: boolean;

  /** RFC 5681 and 6582: how much may be under way, where slow start ends, repeated acknowledgments, end of the recovery. */
  congestionWindow: number;
  slowStartThreshold: number;
  duplicates: number;
  recover: number | null;

  /** RFC 6298; `smoothed` is null before the first measurement. */
  smoothed: number | null;
  variation: number;
  timeout: number;
  /** The byte whose acknowledgment is being waited for, and when it was sent. */
  timed: { sequence: number; at: number } | null;
  retransmitAt: number | null;
  triesLeft: number;

  /** RCV.NXT; bytes in order for the program; bytes behind a gap, by sequence number. */
  receiveNext: number;
  incoming: ByteQueue;
  later: { sequence: number; bytes: Uint8Array }[];
  /** The sequence number of the peer's FIN when it came before its turn. */
  finAt: number | null;
  /** Right edge of the window that the peer was told last. */
  advertised: number;
  /** Segments not acknowledged yet, and when they are at the latest. */
  unanswered: number;
  acknowledgeAt: number | null;
  /** When TIME-WAIT is over. */
  endsAt: number | null;
  lastHeard: number;
  counters: TcpCounters;
}

/** All that a TCP remembers. Plain. */
export interface TcpState {
  connections: TcpConnection[];
  /** Ports that are open for peers. */
  listening: number[];
  nextId: number;
  nextSequence: number;
  /** Segments for which there was neither a connection nor an open port. */
  refused: number;
}

/** What a TCP needs of its host. */
export interface TcpOptions {
  readonly policy: TcpPolicy;
  /** Connections at a time; more are refused. */
  readonly most: number;
  /** A connection of which nothing is heard for this time is given up; null: never. */
  readonly idleLimit: number | null;
  /** The host's clock, nanoseconds. */
  now(): number;
  /** @param segmentSize bytes of data of each segment that a large one is to be cut into; 0 for one that is sent as it is */
  send(segment: TcpSegment, local: Ipv4Address, remote: Ipv4Address, segmentSize: number): void;
  /** Bytes of data that may be sent in one piece, to be cut into segments on the way to `remote`. */
  largest?(remote: Ipv4Address): number;
  /** Something about a connection is new: bytes, room, its end. */
  changed?(connection: Readonly<TcpConnection>): void;
}

/** Initial sequence numbers of successive connections lie far apart, and are the same in every run. */
export const SEQUENCE_STEP = 0x0100_0193;

/** A TCP without connections and open ports. */
export function newTcp(): TcpState {
  return { connections: [], listening: [], nextId: 1, nextSequence: SEQUENCE_STEP, refused: 0 };
}
