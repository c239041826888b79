import { sequenceDifference, type TcpSegment } from '../../tcp';
import { discard } from './byte-queue';
import { inFlight, isAllAcknowledged } from './connection';
import { measured } from './round-trip';
import type { TcpConnection, TcpPolicy } from './tcp-types';

/** What an acknowledgment means; `repeat`: the first segment that is not acknowledged is to be sent again at once. */
export type AckResult = 'fine' | 'repeat' | 'impossible';

/** Takes an acknowledgment and the peer's window (RFC 9293, 3.10.7.4; RFC 5681; RFC 6582). */
export function acknowledge(connection: TcpConnection, segment: TcpSegment, policy: TcpPolicy, now: number): AckResult {
  const { acknowledgment: ack, window } = segment;
  if (sequenceDifference(ack, connection.sendMaximum) > 0) return 'impossible';
  const count = sequenceDifference(ack, connection.unacknowledged);
  if (count < 0) return 'fine'; // an old one, overtaken by others
  const isSame = count === 0 && segment.payload.length === 0 && window === connection.peerWindow;
  connection.peerWindow = window;
  if (count > 0) return advanceTo(connection, ack, count, policy, now);
  return isSame && !isAllAcknowledged(connection) ? duplicate(connection) : 'fine';
}

/** The third acknowledgment of the same byte means that the next one was lost (RFC 5681, 3.2). */
function duplicate(connection: TcpConnection): AckResult {
  const { segmentSize } = connection;
  connection.duplicates++;
  if (connection.recover !== null && connection.duplicates > 3) connection.congestionWindow += segmentSize;
  if (connection.duplicates !== 3 || connection.recover !== null) return 'fine';
  connection.slowStartThreshold = Math.max(Math.floor(inFlight(connection) / 2), 2 * segmentSize);
  connection.congestionWindow = connection.slowStartThreshold + 3 * segmentSize;
  connection.recover = connection.sendMaximum;
  return 'repeat';
}

function advanceTo(connection: TcpConnection, ack: number, count: number, policy: TcpPolicy, now: number): AckResult {
  const { timed, outgoing } = connection;
  if (timed && sequenceDifference(ack, timed.sequence) >= 0) {
    measured(connection, now - timed.at, policy);
    connection.timed = null;
  }
  const isOpened = connection.phase === 'synSent' || connection.phase === 'synReceived'; // the SYN is no byte
  const bytes = Math.min(count - (isOpened ? 1 : 0), outgoing.length);
  discard(outgoing, bytes);
  connection.counters.sentBytes += bytes;
  connection.unacknowledged = ack;
  if (inFlight(connection) < 0) connection.sendNext = ack;
  connection.retransmitAt = null;
  connection.triesLeft = policy.tries;
  return isOpened ? 'fine' : openWindow(connection, ack, bytes);
}

/** Slow start and congestion avoidance, or the end of a recovery (RFC 5681, 3.1; RFC 6582, 3.2). */
function openWindow(connection: TcpConnection, ack: number, bytes: number): AckResult {
  const { segmentSize, recover, slowStartThreshold } = connection;
  const wasFast = connection.duplicates >= 3;
  if (recover !== null && sequenceDifference(ack, recover) < 0) {
    if (!wasFast) return grow(connection, bytes);
    connection.congestionWindow = Math.max(connection.congestionWindow - bytes + segmentSize, segmentSize);
    return 'repeat';
  }
  connection.duplicates = 0;
  connection.recover = null;
  if (!wasFast) return grow(connection, bytes);
  connection.congestionWindow = Math.min(slowStartThreshold, Math.max(inFlight(connection), segmentSize) + segmentSize);
  return 'fine';
}

function grow(connection: TcpConnection, bytes: number): 'fine' {
  const { segmentSize, congestionWindow } = connection;
  const step =
    congestionWindow < connection.slowStartThreshold
      ? Math.min(bytes, 2 * segmentSize) // RFC 3465, with a limit of two
      : Math.max(1, Math.floor((segmentSize * segmentSize) / congestionWindow));
  connection.congestionWindow = Math.min(congestionWindow + step, LARGEST_WINDOW);
  return 'fine';
}

/** No peer offers more without window scaling. */
const LARGEST_WINDOW = 2 * 65_535;
