import { SECOND } from '../../../clock/clock';
import type { BlockDevice } from '../../disk/block-device';
import { driveName } from '../../drivers/linux-drives';
import type { ShellContext } from '../context';
import type { DdJob } from './dd-job';

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, K: 1024, M: 2 ** 20, G: 2 ** 30 };
const DEFAULT_BLOCK = 512;

function bytesOf(text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,12})([kKMG]?)$/.exec(text) ?? [];
  return digits === '' ? NaN : Number(digits) * (UNITS[unit] ?? NaN);
}

/** A drive by its name in /dev: disks, and discs behind a synthetic controller. */
function drive({ kernel, profile }: ShellContext, name: string): BlockDevice | null {
  const { devices } = kernel.state;
  const isOld = profile.linux?.isModern !== true;
  for (const device of devices) {
    const parent = devices[device.parent ?? -1];
    if (!device.drive || device.status !== 'started' || !parent) continue;
    if (`/dev/${driveName(device, parent.address, isOld)}` !== name) continue;
    const isReachable = device.drive.kind === 'ata' || device.node !== '';
    return isReachable ? (kernel.pnp.driver(parent)?.blockDevice?.(device) ?? null) : null;
  }
  return null;
}

/** `dd if=DRIVE of=DRIVE bs=SIZE count=N`: copies sectors from one drive to another. */
export function dd(args: readonly string[], context: ShellContext): void {
  const { terminal } = context;
  const options = new Map(args.map((arg) => [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)]));
  const [from = '', to = ''] = [options.get('if'), options.get('of')];
  for (const name of [from, to])
    if (!drive(context, name)) return terminal.line(`dd: failed to open '${name}': No such file or directory`);
  const source = drive(context, from);
  const blockBytes = bytesOf(options.get('bs') ?? String(DEFAULT_BLOCK));
  const whole = (source?.sectorCount ?? 0) * (source?.sectorSize ?? 0);
  const total = options.has('count') ? Number(options.get('count')) * blockBytes : whole;
  const unit = Math.max(source?.sectorSize ?? 0, drive(context, to)?.sectorSize ?? 0);
  if (!(blockBytes > 0) || !(total > 0) || total % unit !== 0)
    return terminal.line(`dd: invalid number: bs and count make no whole sectors of ${unit} bytes`);
  const empty = { read: 0, written: 0, reading: null, writing: null, piece: null };
  context.session.job = { kind: 'dd', from, to, blockBytes, total, ...empty, startedAt: context.now(), due: null };
}

/** Lets it do what it can do now: the next piece is read while the last one is written. */
export function stepDd(context: ShellContext, job: DdJob): void {
  const [source, target] = [drive(context, job.from), drive(context, job.to)];
  if (!source || !target) return fail(context, job, 'No such device or address');
  if (!takeRead(source, job) || !takeWritten(target, job)) return fail(context, job, 'Input/output error');
  if (job.piece && !job.writing) {
    const data = job.piece;
    job.piece = null;
    job.writing = {
      ticket: target.submit({ op: 'write', lba: job.written / target.sectorSize, data }),
      bytes: data.length,
    };
  }
  if (!job.reading && !job.piece && job.read < job.total) beginReading(source, target, job);
  if (job.written === job.total) finish(context, job);
}

function beginReading(source: BlockDevice, target: BlockDevice, job: DdJob): void {
  const most = Math.min(source.maxSectors * source.sectorSize, target.maxSectors * target.sectorSize);
  const unit = Math.max(source.sectorSize, target.sectorSize);
  const bytes = Math.min(most - (most % unit), job.total - job.read);
  const request = { op: 'read', lba: job.read / source.sectorSize, count: bytes / source.sectorSize } as const;
  job.reading = { ticket: source.submit(request), bytes };
}

/** False when the drive could not read. */
function takeRead(source: BlockDevice, job: DdJob): boolean {
  const result = job.reading && source.take(job.reading.ticket);
  if (!result || !job.reading) return true;
  const isWhole = result.ok && result.data.length === job.reading.bytes;
  job.read += isWhole ? job.reading.bytes : 0;
  job.reading = null;
  job.piece = isWhole ? result.data.slice() : null;
  return isWhole;
}

function takeWritten(target: BlockDevice, job: DdJob): boolean {
  const result = job.writing && target.take(job.writing.ticket);
  if (!result || !job.writing) return true;
  job.written += result.ok ? job.writing.bytes : 0;
  job.writing = null;
  return result.ok;
}

function fail(context: ShellContext, job: DdJob, reason: string): void {
  context.terminal.line(`dd: error copying '${job.from}' to '${job.to}': ${reason}`);
  finish(context, job);
}

/** What dd says at its end, also after Ctrl+C. */
export function finish(context: ShellContext, { read, written, blockBytes, startedAt }: DdJob): void {
  const records = (bytes: number): string => `${Math.floor(bytes / blockBytes)}+${bytes % blockBytes === 0 ? 0 : 1}`;
  const seconds = Math.max(context.now() - startedAt, 1) / SECOND;
  const size = `${(written / 1e6).toPrecision(2)} MB, ${(written / 2 ** 20).toPrecision(2)} MiB`;
  const rate = `${(written / 1e6 / seconds).toPrecision(3)} MB/s`;
  context.terminal.line(`${records(read)} records in`);
  context.terminal.line(`${records(written)} records out`);
  context.terminal.line(`${written} bytes (${size}) copied, ${seconds.toPrecision(6)} s, ${rate}`);
  context.session.job = null;
}
