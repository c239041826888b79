import type { Checks } from '../checks';
import type { GuestConsole } from '../console';
import type { Pace } from '../cpu/pace';
import { HOST_ITEMS, HOST_TIME, type Providers } from './providers';

const LOOK = 100; // milliseconds between two looks
const PATIENCE = 60_000;
const HURRY = 20; // times as fast as the wall

/** What the host saw at each step, for the verdict. */
export interface Seen {
  readonly heartbeat: string;
  readonly items: Readonly<Record<string, string>>;
  /** Memory of the machine in megabytes, as our provider counts it: at its least, and after it was given back. */
  readonly leastMB: number;
  readonly returnedMB: number;
  /** The kernel's own MemTotal in kilobytes: before, at the least, and after. */
  readonly totals: readonly [number, number, number];
  readonly answers: readonly string[];
}

async function until(holds: () => boolean): Promise<void> {
  for (let left = PATIENCE; left > 0 && !holds(); left -= LOOK)
    await new Promise((resolve) => setTimeout(resolve, LOOK));
}

const totals = (console: GuestConsole): number[] =>
  console.reports('memory').map((line) => Number(/MemTotal: (\d+)/.exec(line)?.[1] ?? NaN));

/** The guest has reported its memory anew. */
async function reported(console: GuestConsole): Promise<number> {
  const before = totals(console).length;
  await until(() => totals(console).length > before + 1);
  return totals(console).at(-1) ?? NaN;
}

/**
 * Linux on 32 bits reports for the first time when its tick counter has passed zero, five minutes after its start
 * (drivers/hv/hv_balloon.c, post_status: `last_post_time` begins at zero; include/linux/jiffies.h: INITIAL_JIFFIES is -300 s).
 * Its time goes faster until then.
 */
async function firstReport(providers: Providers, pace: Pace): Promise<void> {
  pace.set(HURRY);
  await until(() => providers.reports > 0);
  pace.set(1);
}

/** What a host does with a machine: waits for its components, takes memory, gives it back, shuts it down. */
export async function handle(
  providers: Providers,
  console: GuestConsole,
  pace: Pace,
  withDaemon: boolean,
): Promise<Seen> {
  const { heartbeat, items, memory, shutdown } = providers;
  await until(() => heartbeat.status.contact === 'ok' && shutdown.ready);
  if (withDaemon) await until(() => items.items.length > 0);
  await until(() => memory.device.save().phase === 'ready');
  await firstReport(providers, pace);
  await until(() => memory.assignedMB === providers.leastMB);
  const leastTotal = await reported(console);
  const leastMB = memory.assignedMB;
  providers.returnMemory();
  await until(() => memory.assignedMB === providers.sizeMB);
  const returnedMB = memory.assignedMB;
  const lastTotal = await reported(console);
  const seen = {
    heartbeat: heartbeat.status.contact,
    items: Object.fromEntries(items.items.map(({ key, value }) => [key, value])),
  };
  shutdown.request({ force: true });
  await until(() => providers.answers.length > 0);
  return {
    ...seen,
    leastMB,
    returnedMB,
    totals: [totals(console)[0] ?? NaN, leastTotal, lastTotal],
    answers: providers.answers,
  };
}

/** Both sides must tell the same story. */
export function checkComponents(
  seen: Seen,
  providers: Providers,
  console: GuestConsole,
  ends: readonly string[],
  checks: Checks,
): void {
  checks.expectLine('hv_utils agrees on heartbeat', console.find(/hv_utils: Heartbeat IC version 3\.0/));
  checks.expectLine('and on shutdown', console.find(/hv_utils: Shutdown IC version 3\.\d/));
  checks.expectLine('and on time synchronisation', console.find(/hv_utils: TimeSync IC version [34]\.0/));
  checks.expect('our heartbeat has contact', seen.heartbeat === 'ok', seen.heartbeat);
  checkClock(console, checks);
  checkItems(seen, console, checks);
  checkMemory(seen, providers, console, checks);
  checks.expect(
    'the guest accepts our wish that it shut down',
    seen.answers.join() === 'accepted',
    seen.answers.join(),
  );
  checks.expectLine('and runs its own shutdown', console.find(/@@ asked to power off/));
  checks.expect('ACPI switches the machine off', ends.join() === 'power off', ends.join() || 'still on');
  checks.expect('the kernel complains of nothing', console.trouble.length === 0, console.trouble[0] ?? 'no warning');
  checks.expect(
    'no command of the guest fails',
    console.reports('failed').length === 0,
    console.reports('failed').join(', '),
  );
}

function checkClock(console: GuestConsole, checks: Checks): void {
  const after = Number(
    console
      .reports('clock')
      .find((line) => line.startsWith('after'))
      ?.split(' ')[1],
  );
  const off = after - HOST_TIME / 1000;
  checks.expect(
    "its clock is set to our host's",
    off >= 0 && off < 120,
    `${new Date(after * 1000).toISOString()}, ${off} s after power-on`,
  );
}

function checkItems({ items }: Seen, console: GuestConsole, checks: Checks): void {
  if (Object.keys(items).length === 0) return;
  const { OSName, OSVersion, FullyQualifiedDomainName, ProcessorArchitecture } = items;
  const shown = Object.entries(items).map((pair) => pair.join('='));
  checks.expect(
    'its daemon tells who it is',
    [OSName, OSVersion, FullyQualifiedDomainName].every(Boolean),
    shown.join(', '),
  );
  const pool = console.reports('pool')[0] ?? '';
  const told = HOST_ITEMS.every(([key, value]) => pool.includes(`${key} ${value}`));
  checks.expect('and keeps what we tell it of its host', told, pool);
  checks.expect('and what it runs on', /^i[3-6]86$/.test(ProcessorArchitecture ?? ''), ProcessorArchitecture);
}

function checkMemory(
  { leastMB, returnedMB, totals: [first, least, last] }: Seen,
  providers: Providers,
  console: GuestConsole,
  checks: Checks,
): void {
  checks.expectLine(
    'hv_balloon agrees on a version',
    console.find(/hv_balloon: Using Dynamic Memory protocol version 2\.0/),
  );
  checks.expectLine(
    'and hears the maximum',
    console.find(new RegExp(`hv_balloon: Max\\. dynamic memory size: ${providers.sizeMB} MB`)),
  );
  checks.expect('memory goes to the host', leastMB === providers.leastMB, `${leastMB} of ${providers.sizeMB} MB`);
  const takenKB = (providers.sizeMB - leastMB) * 1024;
  checks.expect(
    'its kernel has exactly so much less',
    first - least === takenKB,
    `${first} kB, then ${least} kB; we took ${takenKB} kB`,
  );
  checks.expect(
    'and all of it again afterwards',
    returnedMB === providers.sizeMB && last === first,
    `${returnedMB} MB, ${last} kB`,
  );
  const { counters } = providers.memory.device.save();
  checks.expect('no message of its driver is malformed', counters.malformed === 0, JSON.stringify(counters));
}
