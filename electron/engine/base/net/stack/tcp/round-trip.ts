import type { TcpConnection, TcpPolicy } from './tcp-types';

/** The longest wait for an acknowledgment (RFC 6298, 2.5, allows any bound of a minute or more). */
const LONGEST = 60_000_000_000;

/** Measures from now on how long the byte before `sequence` takes, unless another is being measured (RFC 6298, section 3). */
export function beginTiming(connection: TcpConnection, sequence: number, now: number): void {
  connection.timed ??= { sequence, at: now };
}

/** The measured byte has been acknowledged after `elapsed` nanoseconds (RFC 6298, section 2). */
export function measured(connection: TcpConnection, elapsed: number, policy: TcpPolicy): void {
  if (connection.smoothed === null) {
    connection.smoothed = elapsed;
    connection.variation = elapsed / 2;
  } else {
    connection.variation = 0.75 * connection.variation + 0.25 * Math.abs(connection.smoothed - elapsed);
    connection.smoothed = 0.875 * connection.smoothed + 0.125 * elapsed;
  }
  const timeout = Math.ceil(connection.smoothed + 4 * connection.variation);
  connection.timeout = Math.min(Math.max(timeout, policy.minimumTimeout), LONGEST);
}

/** Nothing came in time: the next wait is twice as long, and what is sent again is not measured (Karn's algorithm). */
export function backOff(connection: TcpConnection): void {
  connection.timeout = Math.min(connection.timeout * 2, LONGEST);
  connection.timed = null;
}
