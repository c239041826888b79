import { SECOND, type Nanoseconds } from '../../../clock/clock';
import type { SocketStatus } from '../../kernel/network-view';
import type { IperfStream } from './iperf-job';

const RULE = '-'.repeat(60);
const WINDOW = 'TCP window size: 64.0 KByte (default)';

/** Three digits and a unit, as iperf's byte_snprintf writes them. */
function scaled(value: number, step: number, units: readonly string[]): string {
  let left = value;
  let unit = 0;
  while (left >= step && unit < units.length - 1) {
    left /= step;
    unit++;
  }
  const digits = left < 9.995 ? 2 : left < 99.95 ? 1 : 0;
  return `${left.toFixed(digits).padStart(4)} ${units[unit] ?? ''}`;
}

const tenths = (time: Nanoseconds): string => (time / SECOND).toFixed(1);

/** What iperf 2 says. */
export const iperfVoice = {
  listening: (port: number): string[] => [RULE, `Server listening on TCP port ${port}`, WINDOW, RULE],
  connecting: (host: string, port: number): string[] => [
    RULE,
    `Client connecting to ${host}, TCP port ${port}`,
    WINDOW,
    RULE,
  ],
  connected: (number: number, { localAddress, localPort, remotePort }: SocketStatus, remote: string): string =>
    `[${String(number).padStart(3)}] local ${localAddress} port ${localPort} connected with ${remote} port ${remotePort}`,
  head: '[ ID] Interval       Transfer     Bandwidth',
  /** @param from begin of the interval, nanoseconds since the stream began */
  report: ({ number }: IperfStream, from: Nanoseconds, until: Nanoseconds, bytes: number): string => {
    const interval = `${tenths(from).padStart(4)}-${tenths(until).padStart(4)}`;
    const transfer = scaled(bytes, 1024, ['Bytes', 'KBytes', 'MBytes', 'GBytes']);
    const rate = scaled((bytes * 8 * SECOND) / Math.max(until - from, 1), 1000, [
      'bits/sec',
      'Kbits/sec',
      'Mbits/sec',
      'Gbits/sec',
    ]);
    return `[${String(number).padStart(3)}] ${interval} sec  ${transfer}  ${rate}`;
  },
  damaged: ({ number, wrong }: IperfStream): string =>
    `[${String(number).padStart(3)}] WARNING: ${wrong} bytes are not what was sent`,
  unknown: (host: string): string => `error: Name or service not known: ${host}`,
  refused: 'connect failed: Connection refused',
  timedOut: 'connect failed: Connection timed out',
  unreachable: 'connect failed: Network is unreachable',
  broken: 'write failed: Connection reset by peer',
  usage: [
    'Usage: iperf -c host [options]',
    '  -p, --port      #   server port to connect to (5001)',
    '  -t, --time      #   seconds to transmit for (10)',
    '  -n, --num       #[KM]  number of bytes to transmit (instead of -t)',
    '  -i, --interval  #   seconds between bandwidth reports',
    '  -d, --dualtest      both directions at the same time',
    '  -r, --tradeoff      both directions one after the other',
    '  -L, --listenport #  port for the other direction',
  ],
} as const;
