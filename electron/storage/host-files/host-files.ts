import * as fs from 'node:fs';
import * as path from 'node:path';
import { processLocks } from '../disk/lock-table';
import type { LockTable } from '../disk/lock-table';
import { HostFileError, withHostErrors } from './host-file-error';
import { formatHostPath, isHostFileName, nameKey, parseHostPath } from './host-path';
import type { HostPath } from './host-path';

/** A file or folder of the simulated host. */
export interface HostEntry {
  /** As it was spelled when it was made. */
  readonly name: string;
  readonly kind: 'folder' | 'file';
  /** Bytes; 0 for a folder. */
  readonly size: number;
  /** Milliseconds since 1970 UTC on the simulated host's clock, never later than it stands. */
  readonly modifiedMs: number;
}

/** Room on a volume of the simulated host, bytes. */
export interface HostSpace {
  readonly capacityBytes: number;
  readonly usedBytes: number;
  /** Never more than the real volume has left. */
  readonly freeBytes: number;
}

export interface HostFilesOptions {
  /** Folder of the real host below which each drive is a folder of its letter. */
  readonly root: string;
  /** Letters of the drives that the host has; `C` when absent. */
  readonly drives?: readonly string[];
  /** Size of each simulated volume; 500 GB when absent. */
  readonly capacityBytes?: number;
  /** Who has files open; that of this process when absent. */
  readonly locks?: LockTable;
  /** The simulated host's clock, milliseconds since 1970 UTC; the real one's when absent. */
  readonly now?: () => number;
}

/**
 * The file system of the simulated Windows host: `C:\ISO\xp.iso` is the real file `<root>/C/ISO/xp.iso`. Names keep their case and
 * are found in any case, on real file systems of either sort. Nothing outside the root can be reached: `..` ends at the root of
 * the drive, and symbolic links are refused.
 */
export class HostFiles {
  private readonly root: string;
  private readonly drives: readonly string[];
  private readonly locks: LockTable;
  private readonly capacityBytes: number;
  private readonly now: () => number;

  constructor(options: HostFilesOptions) {
    this.root = path.resolve(options.root);
    this.drives = (options.drives ?? ['C']).map((letter) => letter.toUpperCase());
    this.capacityBytes = options.capacityBytes ?? 500 * 1024 ** 3;
    this.locks = options.locks ?? processLocks;
    this.now = options.now ?? Date.now;
    for (const drive of this.drives) {
      withHostErrors(`${drive}:\\`, () => fs.mkdirSync(path.join(this.root, drive), { recursive: true }));
    }
  }

  /** Where the file is, or would be made, on the real host. Throws `HostFileError` for a path that the host cannot have. */
  toReal(hostPath: string): string {
    return this.locate(hostPath).real;
  }

  /** The Windows path of a real file below the root; undefined for any other. */
  toWindows(realPath: string): string | undefined {
    const steps = path.relative(this.root, path.resolve(realPath)).split(path.sep);
    const [drive = '', ...names] = steps;
    if (!this.drives.includes(drive) || !names.every(isHostFileName)) return undefined;
    return formatHostPath({ drive, names });
  }

  /** What is there, or null. Throws for a path that the host cannot have. */
  kind(hostPath: string): HostEntry['kind'] | null {
    return this.locate(hostPath).stat?.kind ?? null;
  }

  /** Throws `file-not-found` or `path-not-found`. */
  stat(hostPath: string): HostEntry {
    return this.existing(hostPath).stat;
  }

  /** Everything in a folder, folders first, each in the order of names. Throws `path-not-found` or `not-a-folder`. */
  list(hostPath: string): HostEntry[] {
    const { real, stat } = this.locate(hostPath);
    if (stat === undefined) throw new HostFileError('path-not-found', hostPath);
    if (stat.kind !== 'folder') throw new HostFileError('not-a-folder', hostPath);
    const seen = new Set<string>();
    const entries: HostEntry[] = [];
    for (const name of withHostErrors(hostPath, () => fs.readdirSync(real)).sort()) {
      const entry = isHostFileName(name) ? this.look(path.join(real, name), hostPath) : undefined;
      if (entry === undefined || entry === 'refused' || seen.has(nameKey(name))) continue;
      seen.add(nameKey(name)); // of two real names that Windows cannot tell apart the first counts
      entries.push(entry);
    }
    const rank = (entry: HostEntry): string => `${entry.kind === 'folder' ? 0 : 1}${nameKey(entry.name)}`;
    return entries.sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  }

  /** Makes a folder and those above it. Does nothing when it exists; throws `exists` when it is a file. */
  createFolder(hostPath: string): void {
    const { real, stat } = this.locate(hostPath);
    if (stat?.kind === 'file') throw new HostFileError('exists', hostPath);
    const first = withHostErrors(hostPath, () => fs.mkdirSync(real, { recursive: true }));
    if (first === undefined) return;
    for (let made = real; made.length >= first.length; made = path.dirname(made))
      this.stampReal(made, hostPath, this.now());
  }

  /** Gives a file or folder the time of the simulated host, or the one that is named. Throws `file-not-found`. */
  stamp(hostPath: string, modifiedMs = this.now()): void {
    this.stampReal(this.existing(hostPath).real, hostPath, modifiedMs);
  }

  private stampReal(real: string, hostPath: string, modifiedMs: number): void {
    withHostErrors(hostPath, () => fs.utimesSync(real, modifiedMs / 1000, modifiedMs / 1000));
  }

  /** Deletes a file or an empty folder. Throws `sharing-violation` for a disk in use, `not-empty`, `file-not-found`. */
  remove(hostPath: string): void {
    const { real, stat } = this.existing(hostPath);
    this.checkUnused(real, hostPath);
    if (stat.kind === 'folder') this.checkNotRoot(hostPath);
    withHostErrors(hostPath, () => (stat.kind === 'folder' ? fs.rmdirSync(real) : fs.unlinkSync(real)));
  }

  /** Renames or moves on one drive. Throws `exists` when the target is there, `path-not-found` when its folder is not. */
  rename(from: string, to: string): void {
    const source = this.existing(from);
    const target = this.locate(to);
    this.checkNotRoot(from);
    this.checkUnused(source.real, from);
    if (source.path.drive !== target.path.drive) throw new HostFileError('not-same-device', to);
    const isSameFile = target.real === source.real; // only the spelling changes
    if (target.stat !== undefined && !isSameFile) throw new HostFileError('exists', to);
    const folder = path.dirname(target.real);
    if (!fs.existsSync(folder)) throw new HostFileError('path-not-found', to);
    const name = target.path.names.at(-1) ?? '';
    withHostErrors(to, () => fs.renameSync(source.real, path.join(folder, name)));
  }

  /** Room on a drive. What the host's files take is their length, as on a volume without sparse files. */
  space(drive = 'C'): HostSpace {
    const letter = drive.toUpperCase();
    const real = this.driveFolder(letter, `${letter}:\\`);
    const usedBytes = withHostErrors(`${letter}:\\`, () => sizeBelow(real));
    const volume = withHostErrors(`${letter}:\\`, () => fs.statfsSync(real));
    const freeBytes = Math.max(0, Math.min(this.capacityBytes - usedBytes, volume.bavail * volume.bsize));
    return { capacityBytes: this.capacityBytes, usedBytes, freeBytes };
  }

  /** Walks down from the drive's root. Every name that exists is taken in its real spelling, the rest as given. */
  private locate(hostPath: string): Located {
    const parsed = parseHostPath(hostPath);
    let real = this.driveFolder(parsed.drive, hostPath);
    let stat = this.look(real, hostPath);
    for (const name of parsed.names) {
      if (stat !== undefined && stat !== 'refused' && stat.kind === 'file')
        throw new HostFileError('path-not-found', hostPath);
      if (Buffer.byteLength(name) > 255) throw new HostFileError('name-too-long', hostPath); // of most real file systems
      const spelled = stat === undefined ? name : this.spelling(real, name, hostPath);
      real = path.join(real, spelled);
      stat = stat === undefined ? undefined : this.look(real, hostPath);
      if (stat === 'refused') throw new HostFileError('access-denied', hostPath);
    }
    return { path: parsed, real, stat: stat === 'refused' ? undefined : stat };
  }

  private existing(hostPath: string): Required<Located> {
    const { stat, ...located } = this.locate(hostPath);
    if (stat !== undefined) return { ...located, stat };
    const isInFolder = fs.existsSync(path.dirname(located.real));
    throw new HostFileError(isInFolder ? 'file-not-found' : 'path-not-found', hostPath);
  }

  /** The name under which `name` exists in a real folder, or `name` itself. */
  private spelling(folder: string, name: string, hostPath: string): string {
    if (fs.lstatSync(path.join(folder, name), { throwIfNoEntry: false }) !== undefined) return name;
    const key = nameKey(name);
    const names = withHostErrors(hostPath, () => fs.readdirSync(folder)).sort();
    return names.find((candidate) => nameKey(candidate) === key) ?? name;
  }

  /** What a real path is; `refused` for links and devices, which the simulated host does not have. */
  private look(real: string, hostPath: string): HostEntry | 'refused' | undefined {
    const stat = withHostErrors(hostPath, () => fs.lstatSync(real, { throwIfNoEntry: false }));
    if (stat === undefined) return undefined;
    if (!stat.isFile() && !stat.isDirectory()) return 'refused';
    const kind = stat.isFile() ? 'file' : 'folder';
    const size = kind === 'file' ? stat.size : 0;
    return { name: path.basename(real), kind, size, modifiedMs: Math.min(Math.floor(stat.mtimeMs), this.now()) };
  }

  private driveFolder(letter: string, hostPath: string): string {
    if (!this.drives.includes(letter)) throw new HostFileError('invalid-drive', hostPath);
    return path.join(this.root, letter);
  }

  private checkNotRoot(hostPath: string): void {
    if (parseHostPath(hostPath).names.length === 0) throw new HostFileError('access-denied', hostPath);
  }

  private checkUnused(real: string, hostPath: string): void {
    const stat = withHostErrors(hostPath, () => fs.statSync(real, { bigint: true }));
    if (this.locks.isHeld(`${stat.dev}:${stat.ino}`)) throw new HostFileError('sharing-violation', hostPath);
  }
}

interface Located {
  readonly path: HostPath;
  readonly real: string;
  readonly stat?: HostEntry;
}

function sizeBelow(folder: string): number {
  let bytes = 0;
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const real = path.join(folder, entry.name);
    if (entry.isDirectory()) bytes += sizeBelow(real);
    else if (entry.isFile()) bytes += fs.statSync(real).size;
  }
  return bytes;
}
