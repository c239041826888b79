import { installPackages, which } from './apt.mjs';
import { Failure } from './failure.mjs';
import { execute } from './process.mjs';

/** The Debian packages that bring every library an Electron runtime is linked with. */
const RUNTIME_PACKAGES = [
  'libgtk-3-0',
  'libnss3',
  'libgbm1',
  'libasound2',
  'libcups2',
  'libxkbcommon0',
  'libatspi2.0-0',
];

async function missingLibraries(executable) {
  const { output } = await execute('ldd', [executable], { quiet: true });
  return [...output.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1]);
}

/** Makes sure that the system has the shared libraries that the runtime needs (Linux; elsewhere they come with it). */
export async function ensureLibraries(executable) {
  if (process.platform !== 'linux') return;
  const missing = await missingLibraries(executable);
  if (missing.length === 0) return;
  await installPackages(RUNTIME_PACKAGES, `the runtime lacks ${missing.join(', ')}`);
  const still = await missingLibraries(executable);
  if (still.length > 0)
    throw new Failure(`the runtime still lacks ${still.join(', ')}`, 'install the packages that hold them.');
}

/** Makes sure that a command of a Debian package is there. */
export async function ensureCommand(command, packageName, why) {
  if (!which(command)) await installPackages([packageName], why);
}
