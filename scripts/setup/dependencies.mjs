import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { root } from './paths.mjs';
import { npm, npmComplaint, tail } from './process.mjs';
import { progress, say, step } from './say.mjs';

function packagesOf(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

/**
 * Why `node_modules` is not what the lockfile says, or null when it is. npm writes what it installed into
 * `node_modules/.package-lock.json` as its last act, so an interrupted install has none.
 */
export function dependencyProblem(folder = root) {
  const record = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return 'not installed yet';
  const wanted = packagesOf(join(folder, 'package-lock.json'));
  const installed = packagesOf(record);
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const have = installed[path];
    if (!have && entry.optional) continue;
    if (!have || have.version !== entry.version || have.integrity !== entry.integrity)
      return `${path} differs from the lockfile`;
    if (!existsSync(join(folder, path, 'package.json'))) return `${path} is missing`;
  }
  const extra = Object.keys(installed).find((path) => !wanted[path]);
  return extra ? `${extra} is not in the lockfile` : null;
}

/** Whether npm would install a package on this system: some are for others only. */
function isForHere({ os, cpu }) {
  return (!os || os.includes(process.platform)) && (!cpu || cpu.includes(process.arch));
}

/** A function that says how many of the lockfile's packages are there by now. */
function installMeter() {
  const packages = Object.entries(packagesOf(join(root, 'package-lock.json')));
  const paths = packages.filter(([path, entry]) => path !== '' && isForHere(entry)).map(([path]) => path);
  return () => {
    const there = paths.filter((path) => existsSync(join(root, path, 'package.json'))).length;
    return there === 0 ? 'npm is fetching packages' : `${there} of ${paths.length} packages`;
  };
}

/** Installs exactly what the lockfile names, if that is not what is there. Electron's runtime is a step of its own. */
export async function ensureDependencies() {
  const problem = dependencyProblem();
  if (!problem) return;
  step(`Installing the npm packages of the lockfile (${problem})`);
  const end = progress(installMeter());
  const { code, output } = await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    quiet: true,
    env: { ELECTRON_SKIP_BINARY_DOWNLOAD: '1' },
  });
  end();
  if (code !== 0) {
    throw new Failure(
      `npm ci ended with code ${code}:\n${npmComplaint(output)}`,
      'check that the npm registry can be reached (npm ping), then run the same command again.',
    );
  }
  say(tail(output, 1).trim());
}
