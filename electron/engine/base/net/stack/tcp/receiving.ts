import { sequenceDifference, TcpFlag, type TcpSegment } from '../../tcp';
import { append } from './byte-queue';
import { receiveWindow } from './connection';
import type { TcpConnection } from './tcp-types';

/** Pieces behind gaps that are kept at a time; more are not acknowledged and come again. */
const MOST_PIECES = 64;

/** What a segment's bytes ask for: an acknowledgment now, one later, or none. */
export type Urgency = 'now' | 'soon' | 'none';

/** Takes the bytes and the FIN of a segment: in order to the program, those behind a gap aside (RFC 9293, 3.10.7.4). */
export function accept(connection: TcpConnection, segment: TcpSegment): Urgency {
  const { payload, flags, sequence } = segment;
  const isFin = (flags & TcpFlag.Fin) !== 0;
  if (payload.length === 0 && !isFin) return 'none';
  if (isFin) connection.finAt ??= (sequence + payload.length) >>> 0;
  const seen = sequenceDifference(connection.receiveNext, sequence);
  if (seen < 0) {
    keepAside(connection, sequence, payload);
    return 'now';
  }
  if (seen >= payload.length && !isFin) return 'now'; // all of it was here before
  const filled = connection.later.length > 0;
  take(connection, payload.subarray(Math.min(seen, payload.length)));
  takeLater(connection);
  connection.unanswered++;
  return filled || isFin || connection.unanswered >= 2 ? 'now' : 'soon';
}

function take(connection: TcpConnection, bytes: Uint8Array): void {
  const taken = bytes.subarray(0, receiveWindow(connection));
  append(connection.incoming, taken);
  connection.receiveNext = (connection.receiveNext + taken.length) >>> 0;
  connection.counters.receivedBytes += taken.length;
}

function keepAside(connection: TcpConnection, sequence: number, bytes: Uint8Array): void {
  const distance = sequenceDifference(sequence, connection.receiveNext);
  const fits = distance + bytes.length <= receiveWindow(connection);
  const { later } = connection;
  if (!fits || bytes.length === 0 || later.length >= MOST_PIECES) return;
  const index = later.findIndex((one) => sequenceDifference(one.sequence, sequence) >= 0);
  if (index >= 0 && later[index]?.sequence === sequence) return;
  later.splice(index < 0 ? later.length : index, 0, { sequence, bytes: bytes.slice() });
}

/** Takes what the last bytes have made the next in order. */
function takeLater(connection: TcpConnection): void {
  const { later } = connection;
  for (let first = later[0]; first; first = later[0]) {
    const seen = sequenceDifference(connection.receiveNext, first.sequence);
    if (seen < 0) return;
    if (seen < first.bytes.length) take(connection, first.bytes.subarray(seen));
    later.shift();
  }
}

/** True when all bytes before the peer's FIN are here: the FIN is taken too. Once. */
export function takeFin(connection: TcpConnection): boolean {
  if (connection.finAt === null || connection.finAt !== connection.receiveNext) return false;
  connection.receiveNext = (connection.receiveNext + 1) >>> 0;
  connection.finAt = null;
  connection.later = [];
  return true;
}
