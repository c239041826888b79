import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { ensureCommand } from './libraries.mjs';
import { onExit } from './process.mjs';

const SCREEN = '1920x1200x24';

/** Whether this process can open windows where a person sees them. */
export function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

function readDisplayNumber(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    let complaint = '';
    child.stdio[3].setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(Number(text));
    });
    child.stderr.setEncoding('utf8').on('data', (chunk) => (complaint += chunk));
    child.on('error', reject);
    child.on('exit', (code) =>
      reject(new Failure(`Xvfb ended with code ${code}: ${complaint.trim()}`, 'see what it says.')),
    );
  });
}

/**
 * Starts a private X server without a screen (Xvfb picks a free display number itself) and resolves with
 * `{ env, framebuffer, stop }`: the environment for programs that shall use it, the file its picture lives in, and its end.
 */
export async function startDisplay() {
  await ensureCommand('Xvfb', 'xvfb', 'there is no display, so windows need a virtual one');
  const folder = mkdtempSync(join(tmpdir(), 'partition-lab-display-'));
  const args = [
    '-displayfd',
    '3',
    '-screen',
    '0',
    SCREEN,
    '-fbdir',
    folder,
    '-nolisten',
    'tcp',
    '-br',
    '-nocursor',
    '-noreset',
  ];
  const child = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], detached: true });
  const kill = () => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  const forget = onExit(kill);
  const number = await readDisplayNumber(child);
  child.removeAllListeners('exit');
  child.unref();
  child.stderr.unref();
  child.stdio[3].destroy();
  return {
    // Chromium would otherwise look for desktop services that belong to somebody else's session, or to none.
    env: { DISPLAY: `:${number}`, WAYLAND_DISPLAY: '', XDG_SESSION_TYPE: 'x11' },
    framebuffer: join(folder, 'Xvfb_screen0'),
    stop: () => {
      forget();
      kill();
    },
  };
}
