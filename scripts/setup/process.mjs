import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './paths.mjs';

const cleanups = new Set();
let watching = false;

/**
 * Registers a synchronous clean-up for the end of this process, however it ends short of `kill -9`.
 * Returns a function that forgets it.
 */
export function onExit(cleanup) {
  if (!watching) {
    watching = true;
    process.on('exit', () => cleanups.forEach((each) => each()));
    for (const [signal, code] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })) {
      process.on(signal, () => process.exit(code));
    }
  }
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
}

/**
 * Runs a program and resolves with its exit code and, when `quiet`, with what it printed. A signal counts as 128.
 * `tee` is given what the program writes to its standard output, which is shown all the same. Rejects only if the
 * program cannot be started.
 */
export function execute(command, args, { cwd = root, env, quiet = false, shell = false, onLine, tee } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      shell,
      stdio: ['ignore', quiet || tee ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    });
    let output = '';
    const take = (chunk) => {
      if (tee) {
        process.stdout.write(chunk);
        return tee(chunk);
      }
      output += chunk;
      onLine?.(String(chunk).trimEnd().split('\n').at(-1));
    };
    child.stdout?.setEncoding('utf8').on('data', take);
    child.stderr?.setEncoding('utf8').on('data', take);
    const forget = onExit(() => child.kill());
    child.on('error', reject);
    child.on('close', (code, signal) => {
      forget();
      if (signal) take(`${command} was ended by ${signal}\n`);
      resolve({ code: code ?? 128, output });
    });
  });
}

/** Runs the npm that started this script, or else the one on the path. */
export function npm(args, options) {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith('npm-cli.js')) return execute(process.execPath, [cli, ...args], options);
  return execute('npm', args, { ...options, shell: process.platform === 'win32' });
}

/** The JavaScript file behind a package's command, so that no shell or `.cmd` wrapper stands between. */
export function binary(packageName, command = packageName) {
  const manifest = join(root, 'node_modules', packageName, 'package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  return join(dirname(manifest), typeof bin === 'string' ? bin : bin[command]);
}

/** Runs a command of an installed package with this Node. */
export function tool(packageName, args, { command, ...options } = {}) {
  return execute(process.execPath, [binary(packageName, command), ...args], options);
}

/** The last lines of what a program printed, for a failure message. */
export function tail(output, lines = 12) {
  return output.trimEnd().split('\n').slice(-lines).join('\n');
}

/** What npm complained about, without the stack and the advice it prints around it. */
export function npmComplaint(output) {
  const lines = output.split('\n').filter((line) => /^npm (?:error|ERR!) \S/.test(line) && !/^npm \S+ +at /.test(line));
  return lines.length > 0 ? lines.slice(0, 4).join('\n') : tail(output);
}
