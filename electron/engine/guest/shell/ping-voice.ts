import { MILLISECOND } from '../../clock/clock';
import type { EchoOutcome } from '../kernel/network-view';
import type { OsProfile } from '../os/profile';
import type { PingJob } from './session';

type Reply = Extract<EchoOutcome, { kind: 'reply' }>;

/** How a system's `ping` talks. */
export interface PingVoice {
  /** Bytes of data in a request when nothing else is said, and at most. */
  readonly bytes: number;
  readonly mostBytes: number;
  readonly stopsWithoutRoute: boolean;
  unknownHost(host: string): string;
  start(job: PingJob, address: string): readonly string[];
  reply(job: PingJob, reply: Reply): string;
  /** Null: nothing is printed. */
  timedOut(job: PingJob): string | null;
  unreachable(job: PingJob, from: string): string;
  expired(job: PingJob, from: string): string;
  noRoute(): string;
  finish(job: PingJob): readonly string[];
}

const whole = (time: number): number => Math.floor(time / MILLISECOND);
const lossOf = (job: PingJob): number =>
  job.sent === 0 ? 0 : Math.round(((job.sent - job.received) / job.sent) * 100);
const average = (times: readonly number[]): number =>
  times.reduce((sum, time) => sum + time, 0) / Math.max(times.length, 1);

const windows: PingVoice = {
  bytes: 32,
  mostBytes: 65_500,
  stopsWithoutRoute: false,
  unknownHost: (host) => `Ping request could not find host ${host}. Please check the name and try again.`,
  start: ({ host, bytes }, address) => [
    '',
    `Pinging ${host === address ? address : `${host} [${address}]`} with ${bytes} bytes of data:`,
    '',
  ],
  reply: (_job, { from, time, ttl, bytes }) => {
    const shown = time < MILLISECOND ? 'time<1ms' : `time=${whole(time)}ms`;
    return `Reply from ${from}: bytes=${bytes} ${shown} TTL=${ttl}`;
  },
  timedOut: () => 'Request timed out.',
  unreachable: (_job, from) => `Reply from ${from}: Destination host unreachable.`,
  expired: (_job, from) => `Reply from ${from}: TTL expired in transit.`,
  noRoute: () => 'Destination host unreachable.',
  finish: (job) => [
    '',
    `Ping statistics for ${job.address}:`,
    `    Packets: Sent = ${job.sent}, Received = ${job.received}, Lost = ${job.sent - job.received} (${lossOf(job)}% loss),`,
    ...(job.times.length === 0
      ? []
      : [
          'Approximate round trip times in milli-seconds:',
          `    Minimum = ${whole(Math.min(...job.times))}ms, Maximum = ${whole(Math.max(...job.times))}ms, Average = ${whole(average(job.times))}ms`,
        ]),
  ],
};

const fine = (time: number): string => (time / MILLISECOND).toFixed(3);

const linux: PingVoice = {
  bytes: 56,
  mostBytes: 65_507,
  stopsWithoutRoute: true,
  unknownHost: (host) => `ping: unknown host ${host}`,
  start: ({ host, bytes }, address) => [`PING ${host} (${address}) ${bytes}(${bytes + 28}) bytes of data.`],
  reply: (job, { from, time, ttl, bytes }) =>
    `${bytes + 8} bytes from ${from}: icmp_seq=${job.sent} ttl=${ttl} time=${fine(time)} ms`,
  timedOut: () => null,
  unreachable: (job, from) => `From ${from} icmp_seq=${job.sent} Destination Host Unreachable`,
  expired: (job, from) => `From ${from} icmp_seq=${job.sent} Time to live exceeded`,
  noRoute: () => 'connect: Network is unreachable',
  finish: (job) => [
    '',
    `--- ${job.host} ping statistics ---`,
    `${job.sent} packets transmitted, ${job.received} received, ${lossOf(job)}% packet loss`,
    ...(job.times.length === 0
      ? []
      : [
          `rtt min/avg/max = ${fine(Math.min(...job.times))}/${fine(average(job.times))}/${fine(Math.max(...job.times))} ms`,
        ]),
  ],
};

export function pingVoice(profile: OsProfile): PingVoice {
  return profile.family === 'linux' ? linux : windows;
}
