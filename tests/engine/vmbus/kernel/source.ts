/** The kernel's own declarations, from Debian's packages: headers, and the drivers' sources for what only they declare. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { GuestUnavailable, PrivateApt, unpackPackage } from '../../../real-guest/guest/apt';
import { cacheDirectory } from '../../../real-guest/guest/fetch';

const run = promisify(execFile);

const ARCHITECTURE = 'amd64';
const HEADERS = 'linux-headers-amd64';
const SOURCE = 'linux-source';
const EXTRACT_LIMIT = 600_000; // milliseconds
const MANIFEST = 'kernel.json';
/** The files below the source tree that declare what VMBus drivers and their devices say to each other. */
const DRIVERS = [
  'drivers/hv',
  'drivers/net/hyperv',
  'drivers/scsi/storvsc_drv.c',
  'drivers/hid/hid-hyperv.c',
  'drivers/input/serio/hyperv-keyboard.c',
  'drivers/gpu/drm/hyperv',
];

/** Where the unpacked packages lie. */
export interface KernelSource {
  readonly packages: readonly string[];
  /** Headers of all architectures, and those of this one with its configuration. */
  readonly common: string;
  readonly configured: string;
  /** Root of the source tree; it holds the files named above only. */
  readonly source: string;
}

/**
 * The kernel's declarations, fetched once per user and kept beside the real guest's files; put in place in one step.
 * @throws GuestUnavailable with the reason
 */
export async function kernelSource(): Promise<KernelSource> {
  const cache = path.join(path.dirname(cacheDirectory()), 'kernel-headers');
  const ready = path.join(cache, 'files');
  const kept = readCache(ready);
  if (kept) return kept;
  fs.mkdirSync(cache, { recursive: true });
  const work = path.join(cache, `fetch-${process.pid}-${randomUUID()}`);
  try {
    await collect(work);
    fs.rmSync(ready, { recursive: true, force: true });
    fs.renameSync(path.join(work, 'files'), ready);
  } catch (error) {
    if (!readCache(ready)) throw error; // another run was faster: its result is as good as ours
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
  const files = readCache(ready);
  if (!files) throw new GuestUnavailable(`the kernel's headers in ${ready} cannot be read back`);
  return files;
}

async function collect(work: string): Promise<void> {
  const apt = await PrivateApt.create(path.join(work, 'apt'), ARCHITECTURE);
  await apt.update();
  const configured = await apt.dependencyOf(HEADERS, 'linux-headers-');
  const common = await apt.dependencyOf(configured, 'linux-headers-');
  const source = await apt.dependencyOf(SOURCE, 'linux-source-');
  const files = path.join(work, 'files');
  const packages = await apt.download([configured, common, source], path.join(work, 'packages'));
  for (const file of packages) await unpackPackage(file, path.join(work, 'root'));
  const tree = path.join(work, 'root', 'usr', 'src');
  fs.mkdirSync(files, { recursive: true });
  for (const name of [configured, common]) fs.renameSync(path.join(tree, name), path.join(files, name));
  await extract(path.join(tree, `${source}.tar.xz`), source, files);
  const names = packages.map((file) => decodeURIComponent(path.basename(file, '.deb')));
  fs.writeFileSync(path.join(files, MANIFEST), JSON.stringify({ packages: names, configured, common, source }));
}

/** Takes the few files out of the archive of the whole kernel. */
async function extract(archive: string, name: string, target: string): Promise<void> {
  const wanted = DRIVERS.map((file) => `${name}/${file}`);
  await run('tar', ['-xJf', archive, '-C', target, ...wanted], { timeout: EXTRACT_LIMIT }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new GuestUnavailable(`${path.basename(archive)} could not be unpacked (tar and xz are needed): ${why}`);
  });
}

function readCache(directory: string): KernelSource | null {
  const file = path.join(directory, MANIFEST);
  if (!fs.existsSync(file)) return null;
  const names: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
  const text = (key: string): string => {
    const value: unknown = typeof names === 'object' && names !== null ? Reflect.get(names, key) : null;
    return typeof value === 'string' ? path.join(directory, value) : '';
  };
  const [common, configured, source] = [text('common'), text('configured'), text('source')];
  if (![common, configured, source].every((folder) => folder !== '' && fs.existsSync(folder))) return null;
  return { packages: [configured, common, source].map((folder) => path.basename(folder)), common, configured, source };
}
