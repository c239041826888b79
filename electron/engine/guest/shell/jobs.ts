import { SECOND } from '../../clock/clock';
import type { ShellContext } from './context';
import { pingVoice } from './ping-voice';
import type { PingJob } from './session';

const INTERVAL = SECOND; // between two echo requests
const RENEW_LIMIT = 20 * SECOND;

/** The patience of `ping`: Windows waits four seconds for an answer. */
const ANSWER_TIME = 4 * SECOND;

/** Begins `ping`. */
export function startPing(context: ShellContext, host: string, count: number): void {
  const voice = pingVoice(context.profile);
  const address = context.network.resolve(host);
  if (address === null) return context.terminal.line(voice.unknownHost(host));
  for (const line of voice.start(host, address)) context.terminal.line(line);
  context.session.job = { kind: 'ping', host, address, count, sent: 0, received: 0, times: [], sentAt: null, due: context.now() };
  stepJob(context);
}

/** Begins to wait for an address. */
export function startRenew(context: ShellContext): void {
  context.network.renew();
  context.session.job = { kind: 'renew', due: context.now() + RENEW_LIMIT };
}

/** Lets the session's job do what it can do now; removes it when it is over. */
export function stepJob(context: ShellContext): void {
  const { job } = context.session;
  if (job?.kind === 'ping') stepPing(context, job);
  else if (job?.kind === 'renew') stepRenew(context, job.due);
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
  if (job.sentAt !== null) hearAnswer(context, job, now);
  if (job.sentAt === null && job.sent >= job.count) return finishPing(context, job);
  if (job.sentAt === null && now >= job.due) sendRequest(context, job, now);
}

function sendRequest(context: ShellContext, job: PingJob, now: number): void {
  const voice = pingVoice(context.profile);
  job.sent++;
  if (context.network.echo(job.address, voice.bytes)) {
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
    context.terminal.line(voice.reply(job, outcome));
  } else {
    const line = outcome ? voice.unreachable(job, outcome.from) : voice.timedOut(job);
    if (line !== null) context.terminal.line(line);
  }
  job.sentAt = null;
  job.due = Math.max(now, sentAt + INTERVAL);
}

function finishPing(context: ShellContext, job: PingJob): void {
  for (const line of pingVoice(context.profile).finish(job)) context.terminal.line(line);
  context.session.job = null;
}
