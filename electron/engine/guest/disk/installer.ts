import { asciiBytes } from '../../base/bytes';
import type { BlockStore } from '../../base/block-store';
import type { OsProfile } from '../os/profile';
import { buildMbr } from './mbr';
import { FILES_INF, trainingMediaFiles, UNATTEND_INF } from './media';
import { IDENTITY_PATH, REGISTRY_PATH } from './paths';
import type { SectorAccess } from './sectors';
import { formatSections, parseSections } from './settings-text';
import { newLayout, textOf, Volume } from './volume';

/** Where the files of an installation come from. */
export interface InstallSource {
  /** The file of that path on the medium, or null. */
  file(path: string): Uint8Array | null;
}

/** How far an installation is. Plain: part of a guest's state. */
export interface InstallState {
  stage: 'partition' | 'format' | 'copy' | 'configure' | 'done' | 'failed';
  /** Next file of the list. */
  index: number;
  /** Files in the list, once it is known. */
  total: number;
  /** What is being copied now; for the screen. */
  current: string;
  /** Why it failed; empty otherwise. */
  reason: string;
}

export function newInstall(): InstallState {
  return { stage: 'partition', index: 0, total: 0, current: '', reason: '' };
}

/** What setup decides by itself. */
export interface InstallChoices {
  /** `YYYY-MM-DD HH:MM`. */
  readonly installed: string;
  /** Overrides the medium's. */
  readonly computerName?: string;
}

/**
 * The installation of a model operating system, one step at a time, on whatever gives sectors. The setup program of a guest
 * runs it through its disk and CD drivers; `installOnto` runs the same steps on a block store.
 */
export class Installer {
  constructor(
    private readonly disk: SectorAccess,
    private readonly source: InstallSource,
    private readonly profile: OsProfile,
    private readonly state: InstallState,
  ) {}

  /** Does one step: partition table, file system, one file, or the identity. */
  step(choices: InstallChoices): void {
    if (this.state.stage === 'partition') this.partition();
    else if (this.state.stage === 'format') this.format();
    else if (this.state.stage === 'copy') this.copy();
    else if (this.state.stage === 'configure') this.configure(choices);
  }

  /** 0-100 over all steps. */
  get percent(): number {
    const { stage, index, total } = this.state;
    if (stage === 'done' || stage === 'configure') return 100;
    return stage === 'copy' && total > 0 ? Math.floor((index / total) * 100) : 0;
  }

  private volume(): Volume {
    const { partitionStart, loader, volumeLabel } = this.profile;
    const sectors = Math.min(this.disk.sectorCount - partitionStart, 0xffff_ffff);
    return new Volume(this.disk, newLayout(partitionStart, sectors, loader.path, volumeLabel));
  }

  private partition(): void {
    const { partitionStart } = this.profile;
    if (this.disk.sectorSize !== 512 || this.disk.sectorCount < partitionStart + 8192)
      return this.fail('The disk is too small.');
    this.disk.write(0, buildMbr(partitionStart, Math.min(this.disk.sectorCount - partitionStart, 0xffff_ffff)));
    this.state.stage = 'format';
  }

  private format(): void {
    this.volume().format();
    this.state.stage = 'copy';
  }

  private files(): [string, string][] {
    const list = this.source.file(FILES_INF);
    return list ? Object.entries(parseSections(textOf(list)).Files ?? {}) : [];
  }

  private copy(): void {
    const files = this.files();
    const next = files[this.state.index];
    if (!next) {
      if (files.length === 0) return this.fail('The medium has no list of files.');
      this.state.stage = 'configure';
      return;
    }
    const [path, target] = next;
    const bytes = this.source.file(path);
    if (!bytes) return this.fail(`${path} cannot be read.`);
    if (!this.volume().write(target, bytes)) return this.fail('The disk is full.');
    this.state.total = files.length;
    this.state.current = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
    this.state.index++;
  }

  private configure(choices: InstallChoices): void {
    const unattend = this.source.file(UNATTEND_INF);
    const settings = unattend ? (parseSections(textOf(unattend)).Unattended ?? {}) : {};
    const identity = formatSections({
      Identity: {
        Profile: this.profile.id,
        Product: this.profile.product,
        ComputerName: choices.computerName ?? settings.ComputerName ?? this.profile.computerName,
        Owner: settings.FullName ?? this.profile.userName,
        Installed: choices.installed,
        BootDrivers: this.profile.drivers.flatMap(({ inf, bootStart }) => (bootStart ? [inf] : [])).join(','),
      },
    });
    const volume = this.volume();
    const written = volume.write(IDENTITY_PATH, asciiBytes(identity)) && volume.write(REGISTRY_PATH, new Uint8Array(0));
    if (!written) return this.fail('The disk is full.');
    this.state.stage = 'done';
  }

  private fail(reason: string): void {
    this.state.stage = 'failed';
    this.state.reason = reason;
  }
}

/** An installation source over the files of a medium in memory. */
export function mediaSource(profile: OsProfile): InstallSource {
  const files = new Map(trainingMediaFiles(profile).map(({ path, bytes }) => [path, bytes]));
  return { file: (path) => files.get(path) ?? null };
}

/**
 * Writes an installed operating system onto a disk: the same steps that setup runs in a guest.
 * Returns null, or why it could not be done.
 */
export function installOnto(disk: BlockStore, profile: OsProfile, choices: InstallChoices): string | null {
  const state = newInstall();
  const installer = new Installer(disk, mediaSource(profile), profile, state);
  while (state.stage !== 'done' && state.stage !== 'failed') installer.step(choices);
  disk.flush();
  return state.stage === 'failed' ? state.reason : null;
}
