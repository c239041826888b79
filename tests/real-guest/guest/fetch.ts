import { spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { GuestUnavailable, PrivateApt, unpackPackage } from './apt';
import { findModules, loadOrder, moduleName } from './modules';

const ARCHITECTURE = 'i386';
const KERNEL_META = 'linux-image-686';
const TOOLS = 'busybox-static';
/** What the roads are driven by; what these depend on comes with them. */
const WANTED_MODULES = [
  ...['tulip', 'hv_vmbus', 'hv_netvsc'],
  ...['hv_storvsc', 'sd_mod', 'sr_mod', 'ext4', 'crc32c_generic', 'isofs'],
  ...['hv_utils', 'hv_balloon'],
  ...['hyperv_keyboard', 'hid_generic', 'hid_hyperv', 'evdev', 'hyperv_drm'],
  'floppy',
];
const LEFTOVER_AGE = 3_600_000; // milliseconds
const MANIFEST = 'guest.json';

/** What the cache holds, all of it from packages and none of it changed. */
export interface GuestFiles {
  readonly packages: readonly string[];
  /** The kernel as it comes: a boot image that unpacks itself. */
  readonly kernel: Buffer;
  /** What lies packed in that image (an ELF file), or null where there was no `xz` to unpack it: then the guest does, in seconds. */
  readonly unpackedKernel: Buffer | null;
  readonly busybox: Buffer;
  /** In an order in which they can be loaded. */
  readonly modules: readonly { readonly name: string; readonly depends: readonly string[]; readonly bytes: Buffer }[];
}

interface Manifest {
  readonly packages: string[];
  readonly wanted: string[];
  readonly modules: { name: string; depends: string[] }[];
  /** SHA-256 by file name. */
  readonly digests: Record<string, string>;
}

/** Per-user directory for what was downloaded once (XDG Base Directory Specification). */
export function cacheDirectory(): string {
  const base = process.env['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache');
  return path.join(base, 'partition-lab', 'real-guest');
}

/**
 * The unmodified guest: taken from the cache, or else downloaded as packages, unpacked and put there in one step, so that
 * an interrupted run leaves nothing half done. A damaged cache is noticed and fetched again.
 * @throws GuestUnavailable with the reason
 */
export async function guestFiles(say: (line: string) => void): Promise<GuestFiles> {
  const cache = cacheDirectory();
  const ready = path.join(cache, 'files');
  const kept = readCache(ready);
  if (kept) return kept;
  fs.mkdirSync(cache, { recursive: true });
  removeLeftovers(cache);
  const work = path.join(cache, `fetch-${process.pid}-${randomUUID()}`);
  try {
    const fresh = await collect(work, say);
    publish(fresh, ready);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
  const files = readCache(ready);
  if (!files) throw new GuestUnavailable(`the guest's files in ${ready} cannot be read back`);
  return files;
}

/** What runs that were killed have left: old enough that no other run is still at it. */
function removeLeftovers(cache: string): void {
  for (const name of fs.readdirSync(cache).filter((entry) => entry.startsWith('fetch-'))) {
    const directory = path.join(cache, name);
    const age = Date.now() - fs.statSync(directory).mtimeMs;
    if (age > LEFTOVER_AGE) fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** Puts the finished directory in its place; when another run was faster, its result is as good as ours. */
function publish(fresh: string, ready: string): void {
  fs.rmSync(ready, { recursive: true, force: true });
  try {
    fs.renameSync(fresh, ready);
  } catch (error) {
    if (!readCache(ready)) throw error;
  }
}

async function collect(work: string, say: (line: string) => void): Promise<string> {
  const apt = await PrivateApt.create(path.join(work, 'apt'), ARCHITECTURE);
  say(`fetching the package lists for ${ARCHITECTURE} (kept apart from the system's own)`);
  await apt.update();
  const image = await apt.dependencyOf(KERNEL_META, 'linux-image-');
  say(`downloading ${image} and ${TOOLS} (about 55 MB, once per user)`);
  const packages = await apt.download([image, TOOLS], path.join(work, 'packages'));
  const root = path.join(work, 'root');
  for (const file of packages) await unpackPackage(file, root);
  const target = path.join(work, 'files');
  arrange(
    root,
    target,
    packages.map((file) => decodeURIComponent(path.basename(file, '.deb'))),
  );
  return target;
}

function arrange(root: string, target: string, packages: string[]): void {
  fs.mkdirSync(target);
  const boot = path.join(root, 'boot');
  const kernel = fs.readdirSync(boot).find((name) => name.startsWith('vmlinuz-'));
  if (!kernel) throw new GuestUnavailable('the kernel package holds no kernel image');
  fs.copyFileSync(path.join(boot, kernel), path.join(target, 'vmlinuz'));
  const unpacked = unpackKernel(fs.readFileSync(path.join(target, 'vmlinuz')));
  if (unpacked) fs.writeFileSync(path.join(target, 'vmlinux'), unpacked);
  fs.copyFileSync(path.join(root, 'bin', 'busybox'), path.join(target, 'busybox'));
  const modules = loadOrder(findModules(path.join(root, 'lib', 'modules')), WANTED_MODULES);
  for (const { name, file } of modules) fs.copyFileSync(file, path.join(target, `${name}.ko`));
  const digests = Object.fromEntries(
    fs.readdirSync(target).map((name) => [name, digestOf(fs.readFileSync(path.join(target, name)))]),
  );
  const described = modules.map(({ name, depends }) => ({ name, depends: [...depends] }));
  const manifest: Manifest = { packages, wanted: WANTED_MODULES, modules: described, digests };
  fs.writeFileSync(path.join(target, MANIFEST), JSON.stringify(manifest, null, 2));
}

/** The kernel proper out of its boot image (Linux, Documentation/x86/boot.rst: payload_offset and payload_length). */
function unpackKernel(image: Buffer): Buffer | null {
  const start = ((image[0x1f1] || 4) + 1) * 512 + image.readUInt32LE(0x248);
  const packed = image.subarray(start, start + image.readUInt32LE(0x24c) - 4); // the size of the result follows it
  const { stdout, status } = spawnSync('xz', ['-dc'], { input: packed, maxBuffer: 256 * 1024 * 1024 });
  return status === 0 && stdout.toString('latin1', 1, 4) === 'ELF' ? stdout : null;
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The cache's content, or null when it is absent, damaged, or without a module that is wanted. */
function readCache(directory: string): GuestFiles | null {
  try {
    const manifest = JSON.parse(fs.readFileSync(path.join(directory, MANIFEST), 'utf8')) as Manifest; // checked by the digests below
    if (WANTED_MODULES.some((name) => !manifest.wanted.includes(name))) return null;
    const read = (name: string): Buffer => {
      const bytes = fs.readFileSync(path.join(directory, name));
      if (digestOf(bytes) !== manifest.digests[name]) throw new Error(`${name} is damaged`);
      return bytes;
    };
    const modules = manifest.modules.map(({ name, depends }) => ({
      name: moduleName(name),
      depends,
      bytes: read(`${name}.ko`),
    }));
    const unpackedKernel = 'vmlinux' in manifest.digests ? read('vmlinux') : null;
    return { packages: manifest.packages, kernel: read('vmlinuz'), unpackedKernel, busybox: read('busybox'), modules };
  } catch {
    return null;
  }
}
