import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { GuestUnavailable, PrivateApt, unpackPackage } from './apt';
import { cacheDirectory } from './fetch';

const PACKAGES = ['hyperv-daemons', 'libc6'];
/** Files of the packages by where the guest has them. Where the guest's loader finds its library is a matter of these names. */
const WANTED: Readonly<Record<string, RegExp>> = {
  'bin/hv_kvp_daemon': /\/usr\/sbin\/hv_kvp_daemon$/,
  'lib/ld-linux.so.2': /\/ld-linux\.so\.2$/,
  'lib/libc.so.6': /\/libc\.so\.6$/,
};

/** A program file of the guest. */
export interface GuestProgram {
  readonly path: string;
  readonly bytes: Buffer;
}

/** The data exchange daemon with what it is linked to, unchanged out of its packages; null with the reason said when they cannot be had. */
export async function daemonFiles(say: (line: string) => void): Promise<readonly GuestProgram[] | null> {
  const ready = path.join(cacheDirectory(), 'daemons');
  const kept = read(ready);
  if (kept) return kept;
  const work = path.join(cacheDirectory(), `fetch-${process.pid}-${randomUUID()}`);
  try {
    await collect(work, ready, say);
    return read(ready);
  } catch (error) {
    if (!(error instanceof GuestUnavailable)) throw error;
    say(`without the data exchange daemon: ${error.message}`);
    return null;
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

async function collect(work: string, ready: string, say: (line: string) => void): Promise<void> {
  fs.mkdirSync(work, { recursive: true });
  const apt = await PrivateApt.create(path.join(work, 'apt'), 'i386');
  say(`downloading ${PACKAGES.join(' and ')} (about 5 MB, once per user)`);
  await apt.update();
  const root = path.join(work, 'root');
  for (const file of await apt.download(PACKAGES, path.join(work, 'packages'))) await unpackPackage(file, root);
  const files = fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const target = path.join(work, 'files');
  fs.mkdirSync(target);
  const digests: Record<string, string> = {};
  for (const [name, pattern] of Object.entries(WANTED)) {
    const found = files.find((file) => pattern.test(file));
    if (!found) throw new GuestUnavailable(`the packages have no ${path.basename(name)}`);
    const bytes = fs.readFileSync(inside(root, found));
    fs.writeFileSync(path.join(target, path.basename(name)), bytes);
    digests[name] = createHash('sha256').update(bytes).digest('hex');
  }
  fs.writeFileSync(path.join(target, 'digests.json'), JSON.stringify(digests));
  fs.rmSync(ready, { recursive: true, force: true });
  fs.renameSync(target, ready);
}

/** A link in a package is relative to its place, or to the root of the system that the package is for. */
function inside(root: string, file: string): string {
  if (!fs.lstatSync(file).isSymbolicLink()) return file;
  const target = fs.readlinkSync(file);
  return inside(root, target.startsWith('/') ? path.join(root, target) : path.join(path.dirname(file), target));
}

function read(directory: string): readonly GuestProgram[] | null {
  try {
    const digests = JSON.parse(fs.readFileSync(path.join(directory, 'digests.json'), 'utf8')) as Record<string, string>; // checked below
    return Object.keys(WANTED).map((name) => {
      const bytes = fs.readFileSync(path.join(directory, path.basename(name)));
      if (createHash('sha256').update(bytes).digest('hex') !== digests[name]) throw new Error(`${name} is damaged`);
      return { path: name, bytes };
    });
  } catch {
    return null;
  }
}
