import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDisplay } from '../setup/display.mjs';
import { Failure } from '../setup/failure.mjs';
import { build, setUp } from '../setup/index.mjs';
import { artifacts, root } from '../setup/paths.mjs';
import { onExit, tail, tool } from '../setup/process.mjs';
import { sandboxSwitches } from '../setup/sandbox.mjs';
import { megabytes, say, step } from '../setup/say.mjs';
import { captureDisplay } from '../setup/screenshot.mjs';

const PLATFORM = {
  linux: { option: '--linux', folder: 'linux-unpacked', executable: 'partition-lab' },
  darwin: { option: '--mac', folder: 'mac', executable: 'Partition Lab.app/Contents/MacOS/Partition Lab' },
  win32: { option: '--win', folder: 'win-unpacked', executable: 'Partition Lab.exe' },
}[process.platform];

// A fuse wire is text in the executable: '1' is on, '0' off, 'r' no longer there (Electron documentation, Electron Fuses).
const FUSE_ON = '1'.charCodeAt(0);

function sizeOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** The runtime's own first program, which would run any folder it is given, has no place in a packaged application. */
function removeDefaultApp(home) {
  const names = readdirSync(home, { recursive: true }).filter((name) => basename(name) === 'default_app.asar');
  names.forEach((name) => rmSync(join(home, name)));
}

async function pack(runtime) {
  step('Packaging');
  const args = [PLATFORM.option, 'dir', '--publish', 'never', `-c.electronDist=${runtime.dist}`];
  const { code, output } = await tool('electron-builder', args, { quiet: true });
  if (code !== 0)
    throw new Failure(`electron-builder ended with code ${code}:\n${tail(output, 30)}`, 'correct what it names.');
  const folder = readdirSync(join(root, 'dist')).find((name) => name.startsWith(PLATFORM.folder));
  const home = join(root, 'dist', folder ?? PLATFORM.folder);
  removeDefaultApp(home);
  say(`${home}, ${megabytes(sizeOf(home))}`);
  return { home, executable: join(home, PLATFORM.executable) };
}

/** Reads the fuses back from the packaged executable and compares them with what the configuration asks for. */
async function proveFuses(executable) {
  const { FuseV1Options, getCurrentFuseWire } = await import('@electron/fuses');
  const wire = await getCurrentFuseWire(executable);
  const expected = {
    RunAsNode: false,
    EnableCookieEncryption: true,
    EnableNodeOptionsEnvironmentVariable: false,
    EnableNodeCliInspectArguments: false,
    EnableEmbeddedAsarIntegrityValidation: true,
    OnlyLoadAppFromAsar: true,
    LoadBrowserProcessSpecificV8Snapshot: false,
    GrantFileProtocolExtraPrivileges: false,
  };
  for (const [name, on] of Object.entries(expected)) {
    if ((wire[FuseV1Options[name]] === FUSE_ON) !== on) {
      throw new Failure(
        `the fuse ${name} is not ${on ? 'on' : 'off'}`,
        'look at electronFuses in electron-builder.yml.',
      );
    }
  }
  const on = Object.keys(expected).filter((name) => expected[name]);
  const off = Object.keys(expected).filter((name) => !expected[name]);
  say(`fuses on: ${on.join(', ')}; off: ${off.join(', ')}`);
}

/** Starts the packaged application once, in an empty data folder on a virtual display, and waits for its window. */
async function proveStart({ home, executable }) {
  step('Starting the packaged application');
  const display = await startDisplay();
  const data = mkdtempSync(join(tmpdir(), 'partition-lab-package-'));
  const args = [
    ...sandboxSwitches(home),
    `--user-data-dir=${join(data, 'chromium')}`,
    '--data-dir',
    join(data, 'data'),
  ];
  const child = spawn(executable, args, {
    cwd: data,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...display.env },
  });
  let output = '';
  let ended = false;
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  child.on('exit', () => (ended = true));
  onExit(() => child.kill());
  const file = join(artifacts, 'screenshots', 'package.png');
  const size = await captureDisplay(display.framebuffer, file, { giveUp: () => ended });
  child.kill();
  for (let wait = 0; !ended && wait < 50; wait++) await sleep(100);
  display.stop();
  rmSync(data, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  if (!size) throw new Failure(`no window was drawn:\n${tail(output, 30)}`, 'see what the application printed.');
  say(`its window (${size.width} x ${size.height}) is in ${file}`);
}

/** `npm run package`: an unpacked application for this system, with fuses set, started once to prove it. */
export async function run() {
  const runtime = await setUp();
  await build();
  const result = await pack(runtime);
  await proveFuses(result.executable);
  if (process.platform === 'linux') await proveStart(result);
  return 0;
}
