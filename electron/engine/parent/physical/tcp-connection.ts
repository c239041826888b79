import type { Ipv4Address } from '../../base/net/address';
import { sequenceDifference, TcpFlag, type TcpSegment } from '../../base/net/tcp';
import type { Nanoseconds } from '../../clock/clock';

/** What a service does with the bytes it gets: RFC 862 sends them back, RFC 863 throws them away. */
export type TcpService = 'echo' | 'discard';

/** One connection to a service: plain state, named after RFC 9293, section 3.3.1. */
export interface TcpConnection {
  readonly remote: Ipv4Address;
  readonly remotePort: number;
  readonly localPort: number;
  readonly service: TcpService;
  /** The SYN of the peer has been answered, and our own not yet acknowledged. */
  isOpening: boolean;
  /** The peer has sent its FIN; ours follows when everything is sent. */
  isClosing: boolean;
  /** RCV.NXT */
  receiveNext: number;
  /** SND.UNA: sequence number of `buffer[0]` once the connection is open. */
  unacknowledged: number;
  /** SND.NXT; goes back to `unacknowledged` when something has to be sent again. */
  sendNext: number;
  /** The highest SND.NXT so far. */
  sendMaximum: number;
  peerWindow: number;
  segmentSize: number;
  /** Bytes that the peer has not acknowledged, sent or not. */
  buffer: Uint8Array;
  /** When what is not acknowledged is sent again, or the closed window probed. */
  retransmitAt: Nanoseconds | null;
  tries: number;
  duplicateAcks: number;
  lastHeard: Nanoseconds;
}

/** Our receive window when nothing waits: the largest without window scaling. */
export const TCP_WINDOW = 65_535;

/** Segment size for a peer that announces none (RFC 9293, 3.7.1), and the largest that a frame of 1514 bytes holds. */
const DEFAULT_SEGMENT = 536;
const LARGEST_SEGMENT = 1460;

const NOTHING = new Uint8Array(0);

/** A connection as it is when a SYN has just been heard. */
export function openConnection(
  syn: TcpSegment,
  remote: Ipv4Address,
  service: TcpService,
  initial: number,
  now: Nanoseconds,
): TcpConnection {
  return {
    remote,
    remotePort: syn.sourcePort,
    localPort: syn.destinationPort,
    service,
    isOpening: true,
    isClosing: false,
    receiveNext: (syn.sequence + 1) >>> 0,
    unacknowledged: initial,
    sendNext: initial,
    sendMaximum: initial,
    peerWindow: syn.window,
    segmentSize: Math.max(1, Math.min(syn.maximumSegment ?? DEFAULT_SEGMENT, LARGEST_SEGMENT)),
    buffer: NOTHING,
    retransmitAt: null,
    tries: 0,
    duplicateAcks: 0,
    lastHeard: now,
  };
}

/** What we can take: a service that sends back takes no more than it can hold. */
export function receiveWindow(connection: TcpConnection): number {
  return Math.max(0, TCP_WINDOW - connection.buffer.length);
}

/** True when the peer has acknowledged all that we ever sent. */
export function isAllAcknowledged(connection: TcpConnection): boolean {
  return connection.sendMaximum === connection.unacknowledged;
}

/** What an acknowledgment means: nothing wrong, the connection is over, or it is for bytes that were never sent. */
export type AckResult = 'fine' | 'finished' | 'impossible';

/** Takes an acknowledgment and the peer's window. */
export function acknowledge(connection: TcpConnection, segment: TcpSegment): AckResult {
  const { acknowledgment: ack, window } = segment;
  if (sequenceDifference(ack, connection.sendMaximum) > 0) return 'impossible';
  const advance = sequenceDifference(ack, connection.unacknowledged);
  if (advance < 0) return 'fine'; // an old one, overtaken by others
  if (advance === 0) noticeDuplicate(connection, segment);
  else if (advanceTo(connection, advance)) return 'finished';
  connection.peerWindow = window;
  return 'fine';
}

/** The third acknowledgment of the same byte means that the next one was lost (RFC 5681, section 3.2). */
function noticeDuplicate(connection: TcpConnection, segment: TcpSegment): void {
  const isDuplicate = segment.payload.length === 0 && segment.window === connection.peerWindow;
  if (!isDuplicate || isAllAcknowledged(connection)) return;
  connection.duplicateAcks++;
  if (connection.duplicateAcks === 3) connection.sendNext = connection.unacknowledged;
}

/** True when our FIN is acknowledged too. */
function advanceTo(connection: TcpConnection, advance: number): boolean {
  let bytes = advance;
  if (connection.isOpening) {
    connection.isOpening = false;
    bytes--;
  }
  const isFinished = connection.isClosing && bytes > connection.buffer.length;
  connection.buffer = connection.buffer.slice(bytes);
  connection.unacknowledged = (connection.unacknowledged + advance) >>> 0;
  if (sequenceDifference(connection.sendNext, connection.unacknowledged) < 0) {
    connection.sendNext = connection.unacknowledged;
  }
  connection.retransmitAt = null;
  connection.tries = 0;
  connection.duplicateAcks = 0;
  return isFinished;
}

/** Takes the bytes and the FIN of a segment as far as they are next in order. True when the peer must be told where we are. */
export function accept(connection: TcpConnection, segment: TcpSegment): boolean {
  const { payload, flags, sequence } = segment;
  const isFin = (flags & TcpFlag.Fin) !== 0;
  if (payload.length === 0 && !isFin) return false;
  const seen = sequenceDifference(connection.receiveNext, sequence);
  if (seen < 0 || connection.isClosing) return true; // something before it is missing, or nothing should come any more
  const fresh = payload.subarray(Math.min(seen, payload.length));
  const taken = fresh.subarray(0, receiveWindow(connection));
  if (connection.service === 'echo') connection.buffer = concatenated(connection.buffer, taken);
  connection.receiveNext = (connection.receiveNext + taken.length) >>> 0;
  const isNextFin = isFin && connection.receiveNext === (sequence + payload.length) >>> 0;
  if (isNextFin) {
    connection.receiveNext = (connection.receiveNext + 1) >>> 0;
    connection.isClosing = true;
  }
  return true;
}

function concatenated(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/**
 * The next segment that may be sent now, or null: our SYN, bytes within the peer's window, our FIN. Moves `sendNext`.
 * @param isProbe sends one byte into a closed window
 */
export function nextSegment(connection: TcpConnection, isProbe = false): TcpSegment | null {
  if (connection.isOpening) {
    if (connection.sendNext !== connection.unacknowledged) return null;
    return sent(connection, TcpFlag.Syn | TcpFlag.Ack, NOTHING, 1);
  }
  const at = sequenceDifference(connection.sendNext, connection.unacknowledged);
  const window = Math.max(connection.peerWindow, isProbe ? 1 : 0);
  const room = Math.min(connection.buffer.length, window) - at;
  if (room > 0) {
    const payload = connection.buffer.slice(at, at + Math.min(room, connection.segmentSize));
    return sent(connection, TcpFlag.Ack | TcpFlag.Psh, payload, payload.length);
  }
  if (!connection.isClosing || at !== connection.buffer.length) return null;
  return sent(connection, TcpFlag.Ack | TcpFlag.Fin, NOTHING, 1);
}

function sent(connection: TcpConnection, flags: number, payload: Uint8Array, length: number): TcpSegment {
  const segment = segmentOf(connection, flags, payload);
  connection.sendNext = (connection.sendNext + length) >>> 0;
  if (sequenceDifference(connection.sendNext, connection.sendMaximum) > 0) connection.sendMaximum = connection.sendNext;
  return segment;
}

/** A segment that says where we are. */
export function segmentOf(connection: TcpConnection, flags: number, payload: Uint8Array = NOTHING): TcpSegment {
  return {
    sourcePort: connection.localPort,
    destinationPort: connection.remotePort,
    sequence: connection.sendNext,
    acknowledgment: connection.receiveNext,
    flags,
    window: receiveWindow(connection),
    maximumSegment: flags & TcpFlag.Syn ? LARGEST_SEGMENT : null,
    payload,
  };
}
