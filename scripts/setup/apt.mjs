import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Failure } from './failure.mjs';
import { execute, tail } from './process.mjs';
import { progress, say, step } from './say.mjs';

const QUIET = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };

/** Where a command is on the path, or null. */
export function which(command) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, command)).find((path) => existsSync(path)) ?? null;
}

async function hasPackage(name) {
  const { code, output } = await execute('apt-cache', ['policy', name], { quiet: true, env: QUIET });
  return code === 0 && /Candidate: (?!\(none\))/.test(output);
}

/** Debian 13 and Ubuntu 24.04 renamed some libraries when time_t became 64 bits wide; the new name is tried first. */
async function currentNames(packages) {
  const names = [];
  for (const name of packages) names.push((await hasPackage(`${name}t64`)) ? `${name}t64` : name);
  return names;
}

async function apt(args, what) {
  let line = what;
  const end = progress(() => line.slice(0, 100));
  const options = ['-q', '-y', '-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=300'];
  const { code, output } = await execute('apt-get', [...options, ...args], {
    quiet: true,
    env: QUIET,
    onLine: (text) => (line = text.trim() || line),
  });
  end();
  if (code !== 0) {
    throw new Failure(
      `apt-get ${args[0]} ended with code ${code}:\n${tail(output)}`,
      'repair that, then run the same command again.',
    );
  }
  return output;
}

function refusal(packages, why) {
  const line = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (!which('apt-get')) {
    return new Failure(
      why,
      `install what these Debian packages hold, by your system's own means: ${packages.join(', ')}.`,
    );
  }
  return new Failure(why, `run this line, then the same command again:\n\n    sudo ${line}\n`);
}

/**
 * Installs Debian packages when this user may, and otherwise ends with the line to run. `why` says what is missing.
 * Nothing is ever asked.
 */
export async function installPackages(packages, why) {
  if (process.getuid?.() !== 0 || !which('apt-get')) throw refusal(packages, why);
  step(`Installing system packages: ${packages.join(', ')} (${why})`);
  await apt(['update'], 'reading the package lists');
  const names = await currentNames(packages);
  const output = await apt(['install', '--no-upgrade', '--no-install-recommends', ...names], 'installing');
  const summary = output.split('\n').find((line) => /newly installed/.test(line));
  say(summary ?? 'done');
}
