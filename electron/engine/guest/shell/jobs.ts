import { SECOND } from '../../clock/clock';
import type { ShellContext } from './context';
import type { EchoOutcome } from '../kernel/network-view';
import { pingVoice, type PingVoice } from './ping-voice';
import { finish as finishDd, stepDd } from './programs/dd';
import { cancelIperf, stepIperf } from './programs/iperf';
import type { PingJob } from './session';

const INTERVAL = SECOND; // between two echo requests
const RESOLVE_LIMIT = 15 * SECOND;
const RENEW_LIMIT = 20 * SECOND;

/** The patience of `ping`: Windows waits four seconds for an answer. */
const ANSWER_TIME = 4 * SECOND;

/** Begins `ping`. */
export function startPing(
  context: ShellContext,
  host: string,
  count: number,
  bytes = pingVoice(context.profile).bytes,
): void {
  const due = context.now() + RESOLVE_LIMIT;
  context.session.job = {
    kind: 'ping',
    host,
    address: null,
    bytes,
    count,
    sent: 0,
    received: 0,
    times: [],
    sentAt: null,
    due,
  };
  stepJob(context);
}

/** Looks for the address; then says what is going to be done, or that there is no such host. */
function resolvePing(context: ShellContext, job: PingJob): void {
  const voice = pingVoice(context.profile);
  const found = context.network.resolve(job.host);
  if (found.kind === 'address') {
    job.address = found.address;
    job.due = context.now();
    for (const line of voice.start(job, found.address)) context.terminal.line(line);
  } else if (found.kind === 'unknown' || context.now() >= job.due) {
    context.terminal.line(voice.unknownHost(job.host));
    context.session.job = null;
  }
}

/** Begins to wait for an address. */
export function startRenew(context: ShellContext): void {
  context.network.renew();
  context.session.job = { kind: 'renew', due: context.now() + RENEW_LIMIT };
}

/** Ctrl+C: what a command has to say at its end, then it is gone. */
export function cancelJob(context: ShellContext): void {
  const { job } = context.session;
  if (job?.kind === 'ping' && job.address !== null) finishPing(context, job);
  if (job?.kind === 'iperf') cancelIperf(context, job);
  if (job?.kind === 'dd') finishDd(context, job);
  context.session.job = null;
}

/** Lets the session's job do what it can do now; removes it when it is over. */
export function stepJob(context: ShellContext): void {
  const { job } = context.session;
  if (job?.kind === 'ping') stepPing(context, job);
  else if (job?.kind === 'renew') stepRenew(context, job.due);
  else if (job?.kind === 'iperf') stepIperf(context, job);
  else if (job?.kind === 'dd') stepDd(context, job);
  else if (job && context.now() >= job.due) context.kernel.end(job.ending);
}

function stepRenew(context: ShellContext, due: number): void {
  const isSearching = context.network.connections().some((connection) => connection.dhcp === 'searching');
  if (isSearching && context.now() < due) return;
  context.session.job = null;
  for (const { name, dhcp, dhcpServer } of context.network.connections()) {
    if (dhcp === 'bound' || dhcp === 'static') continue;
    const reason = dhcpServer === null ? 'unable to contact your DHCP server' : 'no answer';
    context.terminal.line(`\nAn error occurred while renewing interface ${name} : ${reason}. Request has timed out.`);
  }
}

function stepPing(context: ShellContext, job: PingJob): void {
  const now = context.now();
  if (job.address === null) resolvePing(context, job);
  if (job.address === null || context.session.job === null) return;
  if (job.sentAt !== null) hearAnswer(context, job, now);
  if (job.sentAt === null && job.sent >= job.count) return finishPing(context, job);
  if (job.sentAt === null && now >= job.due) sendRequest(context, job, now);
}

function sendRequest(context: ShellContext, job: PingJob, now: number): void {
  const voice = pingVoice(context.profile);
  job.sent++;
  if (context.network.echo(job.address ?? '', job.bytes)) {
    job.sentAt = now;
    job.due = now + ANSWER_TIME;
    return;
  }
  context.terminal.line(voice.noRoute());
  job.due = now + INTERVAL;
  if (voice.stopsWithoutRoute) job.sent = job.count;
}

function hearAnswer(context: ShellContext, job: PingJob, now: number): void {
  const voice = pingVoice(context.profile);
  const outcome = context.network.echoOutcome();
  const sentAt = job.sentAt ?? now;
  if (!outcome && now < job.due) return;
  if (outcome?.kind === 'reply') {
    job.received++;
    job.times.push(outcome.time);
  }
  const line = outcome ? lineOf(voice, job, outcome) : voice.timedOut(job);
  if (line !== null) context.terminal.line(line);
  job.sentAt = null;
  job.due = Math.max(now, sentAt + INTERVAL);
}

function lineOf(voice: PingVoice, job: PingJob, outcome: EchoOutcome): string {
  if (outcome.kind === 'reply') return voice.reply(job, outcome);
  return outcome.kind === 'expired' ? voice.expired(job, outcome.from) : voice.unreachable(job, outcome.from);
}

function finishPing(context: ShellContext, job: PingJob): void {
  for (const line of pingVoice(context.profile).finish(job)) context.terminal.line(line);
  context.session.job = null;
}
