import { sequenceDifference, TcpFlag, type TcpSegment } from '../../tcp';
import { peek } from './byte-queue';
import { inFlight, isAllAcknowledged, isOpening, segmentAt } from './connection';
import { backOff, beginTiming } from './round-trip';
import type { TcpConnection } from './tcp-types';

/**
 * The next segment that may be sent now, or null: SYN, bytes within the peer's window and the congestion window, FIN. Moves
 * `sendNext`.
 * @param isProbe sends one byte into a closed window
 * @param largest bytes of data that may go in one piece, to be cut into segments further down; 0: nobody there does that
 */
export function nextSegment(connection: TcpConnection, now: number, isProbe = false, largest = 0): TcpSegment | null {
  if (isOpening(connection)) return nextSyn(connection, now);
  if (!mayCarryData(connection)) return null;
  const at = inFlight(connection);
  const left = connection.outgoing.length - at;
  const room = Math.min(connection.peerWindow, connection.congestionWindow) - at;
  const length = pieceOf(connection, left, isProbe ? Math.max(room, 1) : room, isProbe ? 0 : largest);
  if (length > 0 && (length === left || length >= connection.segmentSize || at === 0 || isProbe)) {
    const flags = length === left ? TcpFlag.Ack | TcpFlag.Psh : TcpFlag.Ack;
    return advance(connection, segmentAt(connection, connection.sendNext, flags, bytesAt(connection, at, length)), now);
  }
  if (!connection.isEnding || left !== 0) return null;
  connection.phase = connection.phase === 'closeWait' ? 'lastAck' : afterFin(connection);
  return advance(connection, segmentAt(connection, connection.sendNext, TcpFlag.Ack | TcpFlag.Fin), now);
}

/** How much goes at once: whole segments, and the rest behind the last one only at the end of what there is. */
function pieceOf({ segmentSize }: TcpConnection, left: number, room: number, largest: number): number {
  const length = Math.min(left, room, Math.max(segmentSize, largest));
  return length > segmentSize && length < left ? length - (length % segmentSize) : length;
}

function bytesAt(connection: TcpConnection, at: number, length: number): Uint8Array {
  return peek(connection.outgoing, at, length);
}

function afterFin({ phase }: TcpConnection): TcpConnection['phase'] {
  return phase === 'established' ? 'finWait1' : phase;
}

function mayCarryData({ phase }: TcpConnection): boolean {
  return ['established', 'closeWait', 'finWait1', 'closing', 'lastAck'].includes(phase);
}

function nextSyn(connection: TcpConnection, now: number): TcpSegment | null {
  if (inFlight(connection) > 0) return null;
  const flags = connection.phase === 'synSent' ? TcpFlag.Syn : TcpFlag.Syn | TcpFlag.Ack;
  return advance(connection, segmentAt(connection, connection.sendNext, flags), now);
}

function advance(connection: TcpConnection, segment: TcpSegment, now: number): TcpSegment {
  const control = segment.flags & (TcpFlag.Syn | TcpFlag.Fin) ? 1 : 0;
  const isRepeated = sequenceDifference(connection.sendMaximum, connection.sendNext) > 0;
  connection.sendNext = (connection.sendNext + segment.payload.length + control) >>> 0;
  if (isRepeated) connection.counters.repeated++;
  else beginTiming(connection, connection.sendNext, now);
  if (sequenceDifference(connection.sendNext, connection.sendMaximum) > 0) connection.sendMaximum = connection.sendNext;
  return segment;
}

/** The first segment that is not acknowledged, once more; `sendNext` stays. Null when no byte is under way. */
export function firstAgain(connection: TcpConnection): TcpSegment | null {
  const length = Math.min(connection.segmentSize, inFlight(connection), connection.outgoing.length);
  if (length <= 0) return null;
  connection.counters.repeated++;
  connection.timed = null;
  return segmentAt(connection, connection.unacknowledged, TcpFlag.Ack, bytesAt(connection, 0, length));
}

/** Arms the retransmission timer while something is under way or waits at a closed window; stops it otherwise. */
export function armTimer(connection: TcpConnection, now: number): void {
  const isWaiting = !isAllAcknowledged(connection) || connection.outgoing.length > 0;
  if (!isWaiting || connection.phase === 'closed') connection.retransmitAt = null;
  else connection.retransmitAt ??= now + connection.timeout;
}

/** The timer has expired: everything not acknowledged is to be sent again, slowly (RFC 5681, 3.1; RFC 6298, 5.4 to 5.7). */
export function timedOut(connection: TcpConnection): void {
  const isProbe = connection.peerWindow === 0 && !isOpening(connection);
  const half = Math.floor(inFlight(connection) / 2);
  if (!isProbe) connection.slowStartThreshold = Math.max(half, 2 * connection.segmentSize);
  connection.congestionWindow = connection.segmentSize;
  connection.recover = connection.sendMaximum;
  connection.duplicates = 0;
  connection.sendNext = connection.unacknowledged;
  connection.retransmitAt = null;
  connection.triesLeft--;
  connection.counters.timeouts++;
  backOff(connection);
}
