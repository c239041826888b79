import type { Ipv4Address } from '../../address';
import { sequenceDifference, TcpFlag, type TcpSegment } from '../../tcp';
import { emptyQueue } from './byte-queue';
import type { TcpConnection, TcpPolicy } from './tcp-types';

/** The largest receive window without window scaling, which is also what a program may have waiting to be sent. */
export const TCP_WINDOW = 65_535;

/** Segment size for a peer that announces none (RFC 9293, 3.7.1), and the largest that a frame of 1514 bytes holds. */
const DEFAULT_SEGMENT = 536;
export const LARGEST_SEGMENT = 1460;

/** The two ends of a connection. */
export interface TcpEnds {
  readonly local: Ipv4Address;
  readonly localPort: number;
  readonly remote: Ipv4Address;
  readonly remotePort: number;
}

/** A connection that is about to send its SYN. */
export function newConnection(
  id: number,
  ends: TcpEnds,
  initial: number,
  policy: TcpPolicy,
  now: number,
): TcpConnection {
  return {
    id,
    ...ends,
    isOffered: false,
    isReleased: false,
    phase: 'synSent',
    failure: null,
    ...newSender(initial, policy),
    ...newReceiver(),
    endsAt: null,
    lastHeard: now,
    counters: { sentBytes: 0, receivedBytes: 0, sentSegments: 0, receivedSegments: 0, repeated: 0, timeouts: 0 },
  };
}

function newSender(initial: number, policy: TcpPolicy) {
  return {
    unacknowledged: initial,
    sendNext: initial,
    sendMaximum: initial,
    peerWindow: 0,
    segmentSize: DEFAULT_SEGMENT,
    outgoing: emptyQueue(),
    isEnding: false,
    congestionWindow: policy.initialSegments * DEFAULT_SEGMENT,
    slowStartThreshold: TCP_WINDOW,
    duplicates: 0,
    recover: null,
    smoothed: null,
    variation: 0,
    timeout: policy.initialTimeout,
    timed: null,
    retransmitAt: null,
    triesLeft: policy.openTries,
  };
}

function newReceiver() {
  return {
    receiveNext: 0,
    incoming: emptyQueue(),
    later: [],
    finAt: null,
    advertised: 0,
    unanswered: 0,
    acknowledgeAt: null,
  };
}

/** Takes what a SYN says about the peer. */
export function hearSyn(connection: TcpConnection, syn: TcpSegment, policy: TcpPolicy): void {
  connection.receiveNext = (syn.sequence + 1) >>> 0;
  connection.advertised = connection.receiveNext;
  connection.peerWindow = syn.window;
  connection.segmentSize = Math.max(1, Math.min(syn.maximumSegment ?? DEFAULT_SEGMENT, LARGEST_SEGMENT));
  connection.congestionWindow = policy.initialSegments * connection.segmentSize;
}

/** What can be taken from the peer. */
export function receiveWindow(connection: TcpConnection): number {
  return Math.max(0, TCP_WINDOW - connection.incoming.length);
}

/** Sequence numbers that are under way: bytes, SYN and FIN. */
export function inFlight(connection: TcpConnection): number {
  return sequenceDifference(connection.sendNext, connection.unacknowledged);
}

/** True when the peer has acknowledged all that was ever sent. */
export function isAllAcknowledged(connection: TcpConnection): boolean {
  return connection.sendMaximum === connection.unacknowledged;
}

/** True before both SYNs have been acknowledged. */
export function isOpening({ phase }: TcpConnection): boolean {
  return phase === 'synSent' || phase === 'synReceived';
}

const NOTHING = new Uint8Array(0);

/** A segment that says where we are; it carries the acknowledgment that was owed. */
export function segmentAt(
  connection: TcpConnection,
  sequence: number,
  flags: number,
  payload: Uint8Array = NOTHING,
): TcpSegment {
  const window = receiveWindow(connection);
  connection.advertised = (connection.receiveNext + window) >>> 0;
  connection.unanswered = 0;
  connection.acknowledgeAt = null;
  connection.counters.sentSegments++;
  return {
    sourcePort: connection.localPort,
    destinationPort: connection.remotePort,
    sequence,
    acknowledgment: flags & TcpFlag.Ack ? connection.receiveNext : 0,
    flags,
    window,
    maximumSegment: flags & TcpFlag.Syn ? LARGEST_SEGMENT : null,
    payload,
  };
}
