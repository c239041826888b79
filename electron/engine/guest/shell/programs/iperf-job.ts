import type { Nanoseconds } from '../../../clock/clock';

/** One direction of a measurement. */
export interface IperfStream {
  /** The number in brackets. */
  readonly number: number;
  connection: number;
  startedAt: Nanoseconds;
  bytes: number;
  /** Received bytes that were not what a server sends. */
  wrong: number;
  /** Bytes and time at the last interval's end. */
  reported: { bytes: number; at: Nanoseconds };
}

/** What was asked for. */
export interface IperfOptions {
  readonly host: string;
  readonly port: number;
  /** Bytes to send, or null: for `time` nanoseconds. */
  readonly bytes: number | null;
  readonly time: Nanoseconds;
  /** `-d` both at once, `-r` one after the other, null: only sending. */
  readonly back: 'now' | 'later' | null;
  /** Where the server's connection is expected. */
  readonly listen: number;
  /** Between two reports; null: only at the end. */
  readonly interval: Nanoseconds | null;
}

/** iperf 2 as a client. */
export interface IperfJob {
  kind: 'iperf';
  readonly options: IperfOptions;
  address: string | null;
  out: IperfStream | null;
  back: IperfStream | null;
  /** Sending has ended and everything has arrived; nothing more comes back. */
  isSent: boolean;
  isHeard: boolean;
  hasHead: boolean;
  due: Nanoseconds | null;
}
