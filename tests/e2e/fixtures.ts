import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron, test as base, type ElectronApplication, type Page } from '@playwright/test';
import type { HostId } from '@shared/model/host-profile';

const root = fileURLToPath(new URL('../..', import.meta.url));
const SCREENSHOTS = join(root, 'artifacts', 'screenshots');

/** How the application is started; `test.use({ lab: {...} })` sets it for a file or a group of tests. */
export interface LabSwitches {
  readonly lang?: 'en' | 'es';
  readonly host?: HostId;
  /** Engine time: as fast as it goes, or engine seconds per second. */
  readonly speed?: 'instant' | number;
  readonly seed?: number;
  /** Content size of the first window, as `1024x720`. */
  readonly size?: string;
  /** Where the lab is kept; a new empty folder unless named. */
  readonly dataDir?: string;
}

/** A started application. */
export interface StartedLab {
  readonly app: ElectronApplication;
  /** The first window. */
  readonly window: Page;
  readonly dataDir: string;
  /** Ends the application as a person does: by closing its windows. */
  close(): Promise<void>;
  /** Ends it as a power cut does: `kill -9` of the process that owns the inventory. */
  kill(): Promise<void>;
}

interface Fixtures {
  readonly lab: LabSwitches;
  /** A new empty folder, removed after the test. */
  readonly freshFolder: () => string;
  /** Starts the application, as often as a test likes, with the switches of `lab` and those given here. */
  readonly launch: (more?: LabSwitches) => Promise<StartedLab>;
  /** The application, started once with the switches of `lab`. */
  readonly started: StartedLab;
  /** Its first window. */
  readonly window: Page;
  /** Saves a picture of a window as `artifacts/screenshots/NAME.png` and attaches it to the report. */
  readonly picture: (window: Page, name: string) => Promise<string>;
}

const DEFAULTS: LabSwitches = { lang: 'en', host: 'ws2022', speed: 'instant', seed: 1, size: '1100x720' };

function commandLine(switches: LabSwitches, dataDir: string): string[] {
  const named: [string, string | number | undefined][] = [
    ['--data-dir', dataDir],
    ['--lang', switches.lang],
    ['--host', switches.host],
    ['--speed', switches.speed],
    ['--seed', switches.seed],
    ['--new-window-size', switches.size],
  ];
  return named.flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)]));
}

function chromiumSwitches(folder: string): string[] {
  // One pixel is one pixel on every machine, and no run sees another's caches. Chromium refuses to run as root with its sandbox.
  const always = ['--force-device-scale-factor=1', `--user-data-dir=${join(folder, 'chromium')}`];
  return process.getuid?.() === 0 ? ['--no-sandbox', ...always] : always;
}

async function start(switches: LabSwitches, folder: string): Promise<StartedLab> {
  const dataDir = switches.dataDir ?? join(folder, 'data');
  const args = [...chromiumSwitches(folder), '.', ...commandLine(switches, dataDir)];
  const app = await _electron.launch({ args, cwd: root });
  const window = await app.firstWindow();
  const ended = new Promise<void>((resolve) => app.process().once('exit', () => resolve()));
  return {
    app,
    window,
    dataDir,
    close: () => app.close(),
    kill: async () => {
      spawnSync('kill', ['-9', String(app.process().pid)]);
      await ended;
    },
  };
}

export const test = base.extend<Fixtures>({
  lab: [DEFAULTS, { option: true }],

  freshFolder: async ({}, use) => {
    const made: string[] = [];
    await use(() => {
      const folder = mkdtempSync(join(tmpdir(), 'partition-lab-e2e-'));
      made.push(folder);
      return folder;
    });
    for (const folder of made) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  },

  launch: async ({ lab, freshFolder }, use) => {
    const running: StartedLab[] = [];
    await use(async (more) => {
      const started = await start({ ...DEFAULTS, ...lab, ...more }, freshFolder());
      running.push(started);
      return started;
    });
    for (const { app } of running) await app.close().catch(() => undefined); // one that was killed cannot be closed
  },

  started: async ({ launch }, use) => use(await launch()),

  window: async ({ started }, use) => use(started.window),

  picture: async ({}, use, info) => {
    await use(async (window, name) => {
      const path = join(SCREENSHOTS, `${name}.png`);
      mkdirSync(dirname(path), { recursive: true });
      await window.screenshot({ path, animations: 'disabled', caret: 'hide', scale: 'css' });
      await info.attach(name, { path, contentType: 'image/png' });
      return path;
    });
  },
});

export { expect } from '@playwright/test';
