import fs from 'node:fs';
import path from 'node:path';
import { Checks } from './checks';
import { checkFloppy } from './floppy';
import { GuestUnavailable } from './guest/apt';
import { guestFiles, type GuestFiles } from './guest/fetch';
import type { Road } from './guest/initramfs';
import { runComponents } from './components/run';
import { checkHuman } from './human-checks';
import { checkLegacy } from './legacy';
import { checkNetwork, checkRun, runRoad, type RoadRun } from './road';
import { checkStorage } from './storage';
import { checkSynthetic } from './synthetic';

const DEFAULT_HOST = 'ws2022';

const say = (line: string): void => console.log(line);

const TITLES: Record<Road, string> = {
  legacy: 'legacy: unmodified tulip on our DEC 21140',
  synthetic: 'synthetic: unmodified hv_vmbus and hv_netvsc on our hypervisor, VMBus and netvsp',
  storage: 'storage: unmodified hv_storvsc, sd_mod and sr_mod on our storvsp, VHDX and ISO files behind it',
  human: 'human: unmodified hyperv_drm, hyperv_keyboard and hid_hyperv on our screen, keyboard and mouse',
  floppy: 'floppy: unmodified floppy driver on our 82077AA and 8237A',
};

const ROADS: Record<Road, (run: RoadRun, checks: Checks) => void> = {
  legacy: (run, checks) => {
    checkNetwork(run, checks);
    checkLegacy(run, checks);
  },
  synthetic: (run, checks) => {
    checkNetwork(run, checks);
    checkSynthetic(run, checks);
  },
  storage: checkStorage,
  human: checkHuman,
  floppy: checkFloppy,
};

interface Options {
  readonly roads: readonly Road[];
  /** The run with the integration components and dynamic memory. */
  readonly components: boolean;
  /** Age of the simulated host. */
  readonly host: string;
  /** Shows the guest's console as it comes. */
  readonly verbose: boolean;
  /** Where the guests' consoles are kept. */
  readonly logs: string;
}

function optionsOf(args: readonly string[], logs: string): Options {
  const all: readonly Road[] = ['legacy', 'synthetic', 'storage', 'human', 'floppy'];
  const named = all.filter((road) => args.includes(road));
  const host = args.find((arg) => arg.startsWith('--host='))?.slice('--host='.length) ?? DEFAULT_HOST;
  const components = args.includes('components');
  const isAll = named.length === 0 && !components && !args.includes('packages');
  return {
    roads: isAll ? all : named,
    components: components || isAll,
    host,
    verbose: args.includes('--verbose'),
    logs,
  };
}

/** Runs the roads that `args` names, or all; with `packages` it only gets what they need. The last line printed is the summary. Returns the exit code. */
export async function main(args: readonly string[], logs: string): Promise<number> {
  const options = optionsOf(args, logs);
  const checks = new Checks(say);
  try {
    const files = await guestFiles((line) => say(`real guest: ${line}`));
    say(`real guest: ${files.packages.join(', ')}`);
    for (const road of options.roads) await judge(road, files, options, checks);
    if (options.components) await judgeComponents(files, options, checks);
    return summary(checks, 0, checks.failures.join('; '));
  } catch (error) {
    if (!(error instanceof GuestUnavailable)) throw error;
    say(`real guest: not run: ${error.message}`);
    if (process.env['PARTITION_LAB_REQUIRE_REAL_GUEST'] === '1') checks.failures.push(error.message);
    return summary(checks, options.roads.length + (options.components ? 1 : 0), error.message);
  }
}

async function judge(road: Road, files: GuestFiles, options: Options, checks: Checks): Promise<void> {
  say(`${TITLES[road]} (host ${options.host})`);
  const begin = performance.now();
  const time = (): string => ((performance.now() - begin) / 1000).toFixed(1).padStart(6);
  const run = await runRoad(road, options.host, files, (line) => {
    if (options.verbose) say(`${time()} ${line}`);
  });
  fs.mkdirSync(options.logs, { recursive: true });
  fs.writeFileSync(path.join(options.logs, `${road}.log`), run.console.lines.join('\n') + '\n');
  const before = checks.failures.length;
  checkRun(run, checks);
  ROADS[road](run, checks);
  const { figures } = run;
  say(
    `  seen ${Object.entries(figures)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
  );
  if (checks.failures.length > before) for (const line of run.console.lines.slice(-40)) say(`  | ${line}`);
}

async function judgeComponents(files: GuestFiles, options: Options, checks: Checks): Promise<void> {
  say(
    `components: unmodified hv_utils, hv_balloon and hv_kvp_daemon on our integration components and dynamic memory (host ${options.host})`,
  );
  const before = checks.failures.length;
  const lines = await runComponents(
    options.host,
    files,
    checks,
    (line) => say(`real guest: ${line}`),
    (line) => {
      if (options.verbose) say(line);
    },
  );
  fs.mkdirSync(options.logs, { recursive: true });
  fs.writeFileSync(path.join(options.logs, 'components.log'), lines.join('\n') + '\n');
  if (checks.failures.length > before) for (const line of lines.slice(-40)) say(`  | ${line}`);
}

function summary(checks: Checks, skipped: number, why: string): number {
  const failed = checks.failures.length;
  say(JSON.stringify({ passed: checks.passed, failed, skipped: failed > 0 ? 0 : skipped, why }));
  return failed > 0 ? 1 : 0;
}
