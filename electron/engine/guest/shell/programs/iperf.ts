import { iperfHeader, iperfMismatches, iperfPattern, IPERF_PORT } from '../../../base/net/iperf';
import { SECOND } from '../../../clock/clock';
import type { SocketStatus } from '../../kernel/network-view';
import type { ShellContext } from '../context';
import type { IperfJob, IperfOptions, IperfStream } from './iperf-job';
import { iperfVoice } from './iperf-voice';

const RESOLVE_LIMIT = 15 * SECOND;
/** After its own end a client waits so long for the rest of the other direction. */
const BACK_LIMIT = 30 * SECOND;
const CHUNK = 16_384;
const CENTISECOND = 10_000_000;
const DEFAULT_TIME = 10;

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

function amountOf(text = ''): number {
  const [, digits = '', unit = ''] = /^(\d{1,12})([KMG]?)$/i.exec(text) ?? [];
  return digits === '' ? NaN : Number(digits) * (UNITS[unit.toUpperCase()] ?? NaN);
}

/** The command line, or null when it makes no sense. */
function optionsOf(args: readonly string[]): IperfOptions | null {
  const value = (...names: string[]): string | undefined => args[args.findIndex((arg) => names.includes(arg)) + 1];
  const has = (...names: string[]): boolean => args.some((arg) => names.includes(arg));
  const number = (fallback: number, ...names: string[]): number => (has(...names) ? Number(value(...names)) : fallback);
  const host = has('-c', '--client') ? value('-c', '--client') : undefined;
  const port = number(IPERF_PORT, '-p', '--port');
  const interval = number(0, '-i', '--interval');
  const time = number(DEFAULT_TIME, '-t', '--time');
  const listen = number(port, '-L', '--listenport');
  const bytes = has('-n', '--num') ? amountOf(value('-n', '--num')) : null;
  const numbers = [port, listen, interval, time, bytes ?? 1];
  if (host === undefined || host.startsWith('-') || numbers.some((one) => !(one >= 0)) || bytes === 0) return null;
  const back = has('-d', '--dualtest') ? 'now' : has('-r', '--tradeoff') ? 'later' : null;
  return { host, port, bytes, time: time * SECOND, back, listen, interval: interval > 0 ? interval * SECOND : null };
}

/** `iperf -c`: measures how much a connection carries. */
export function iperf(args: readonly string[], context: ShellContext): void {
  const options = optionsOf(args);
  if (!options) return iperfVoice.usage.forEach((line) => context.terminal.line(line));
  if (options.back !== null) {
    context.network.sockets.listen(options.listen);
    for (const line of iperfVoice.listening(options.listen)) context.terminal.line(line);
  }
  context.session.job = {
    kind: 'iperf',
    options,
    address: null,
    out: null,
    back: null,
    isSent: false,
    isHeard: options.back === null,
    hasHead: false,
    due: context.now() + RESOLVE_LIMIT,
  };
}

/** Lets it do what it can do now. */
export function stepIperf(context: ShellContext, job: IperfJob): void {
  if (job.out === null && !connect(context, job)) return;
  if (job.out && !job.isSent) send(context, job, job.out);
  if (!job.isHeard) hear(context, job);
  if (context.session.job !== job) return;
  if (job.isSent && job.isHeard) finish(context, job);
  else reportInterval(context, job);
}

function connect(context: ShellContext, job: IperfJob): boolean {
  const { host, port } = job.options;
  const { network, terminal } = context;
  const found = network.resolve(host);
  if (found.kind === 'pending' && context.now() < (job.due ?? 0)) return false;
  if (found.kind !== 'address') {
    fail(context, job, iperfVoice.unknown(host));
    return false;
  }
  const connection = network.sockets.connect(found.address, port);
  if (connection === null) {
    fail(context, job, iperfVoice.unreachable);
    return false;
  }
  job.address = found.address;
  for (const line of iperfVoice.connecting(host, port)) terminal.line(line);
  job.out = newStream(3, connection, -1);
  job.due = null;
  return true;
}

function newStream(number: number, connection: number, startedAt: number): IperfStream {
  return { number, connection, startedAt, bytes: 0, wrong: 0, reported: { bytes: 0, at: startedAt } };
}

function begin(context: ShellContext, job: IperfJob, stream: IperfStream, status: SocketStatus): void {
  stream.startedAt = stream.reported.at = context.now();
  context.terminal.line(iperfVoice.connected(stream.number, status, job.address ?? ''));
}

function send(context: ShellContext, job: IperfJob, stream: IperfStream): void {
  const { sockets } = context.network;
  const status = sockets.status(stream.connection);
  if (!status || status.phase === 'opening') return;
  if (status.failure) return fail(context, job, failureText(status.failure, stream));
  const isFirst = stream.startedAt < 0;
  if (isFirst) begin(context, job, stream, status);
  if (isFirst) stream.bytes += sockets.write(stream.connection, headerOf(job.options));
  const { bytes, time } = job.options;
  const end = stream.startedAt + time;
  const isOver = (): boolean => (bytes === null ? context.now() >= end : stream.bytes >= bytes);
  while (!isOver() && sockets.room(stream.connection) > 0) {
    const most = Math.min(CHUNK, (bytes ?? Infinity) - stream.bytes, sockets.room(stream.connection));
    stream.bytes += sockets.write(stream.connection, iperfPattern(stream.bytes, most));
  }
  if (bytes === null) job.due = Math.max(end, context.now());
  if (isOver()) ended(context, job, stream);
}

function headerOf({ back, listen, bytes, time }: IperfOptions): Uint8Array {
  return iperfHeader({ back, port: listen, amount: bytes ?? -Math.round(time / CENTISECOND) });
}

/** Nothing more is sent; the result is there when the peer has everything. */
function ended(context: ShellContext, job: IperfJob, stream: IperfStream): void {
  const { sockets } = context.network;
  sockets.end(stream.connection);
  job.due = context.now() + BACK_LIMIT;
  if ((sockets.status(stream.connection)?.unsent ?? 0) > 0) return;
  job.isSent = true;
  report(context, job, stream, 0, context.now() - stream.startedAt, stream.bytes);
  sockets.close(stream.connection);
}

function hear(context: ShellContext, job: IperfJob): void {
  const { sockets } = context.network;
  const taken = job.back ? null : sockets.accept(job.options.listen);
  if (taken !== null) job.back = newStream(4, taken, -1);
  const { back } = job;
  const status = back && sockets.status(back.connection);
  if (!back || !status) {
    job.isHeard = job.isSent && context.now() >= (job.due ?? Infinity); // the server never called back
    return;
  }
  if (back.startedAt < 0) begin(context, job, back, status);
  const bytes = sockets.read(back.connection);
  back.wrong += iperfMismatches(bytes, back.bytes);
  back.bytes += bytes.length;
  if (!status.isPeerDone) return;
  job.isHeard = true;
  if (back.wrong > 0) context.terminal.line(iperfVoice.damaged(back));
  report(context, job, back, 0, context.now() - back.startedAt, back.bytes);
  sockets.close(back.connection);
}

function report(
  context: ShellContext,
  job: IperfJob,
  stream: IperfStream,
  from: number,
  until: number,
  bytes: number,
): void {
  if (!job.hasHead) context.terminal.line(iperfVoice.head);
  job.hasHead = true;
  context.terminal.line(iperfVoice.report(stream, from, until, bytes));
}

function reportInterval(context: ShellContext, job: IperfJob): void {
  const { interval } = job.options;
  if (interval === null) return;
  const running = [job.isSent ? null : job.out, job.isHeard ? null : job.back];
  for (const stream of running) {
    if (!stream || stream.startedAt < 0) continue;
    const next = stream.reported.at + interval;
    if (context.now() >= next) {
      const { at, bytes } = stream.reported;
      report(context, job, stream, at - stream.startedAt, next - stream.startedAt, stream.bytes - bytes);
      stream.reported = { at: next, bytes: stream.bytes };
    }
    job.due = Math.max(context.now(), Math.min(job.due ?? Infinity, stream.reported.at + interval));
  }
}

function failureText(failure: NonNullable<SocketStatus['failure']>, stream: IperfStream): string {
  if (stream.startedAt >= 0) return iperfVoice.broken;
  if (failure === 'unreachable') return iperfVoice.unreachable;
  return failure === 'timeout' ? iperfVoice.timedOut : iperfVoice.refused;
}

function fail(context: ShellContext, job: IperfJob, text: string): void {
  context.terminal.line(text);
  finish(context, job);
}

/** Lets go of everything: also after Ctrl+C, which prints what there is. */
export function cancelIperf(context: ShellContext, job: IperfJob): void {
  const { now } = context;
  for (const stream of [job.isSent ? null : job.out, job.isHeard ? null : job.back])
    if (stream && stream.startedAt >= 0) report(context, job, stream, 0, now() - stream.startedAt, stream.bytes);
  finish(context, job);
}

function finish(context: ShellContext, job: IperfJob): void {
  const { sockets } = context.network;
  if (job.out && !job.isSent) sockets.abort(job.out.connection);
  if (job.back && !job.isHeard) sockets.abort(job.back.connection);
  if (job.options.back !== null) sockets.unlisten(job.options.listen);
  context.session.job = null;
}
