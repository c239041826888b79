import { SECOND } from '../../clock/clock';
import type { TextConsole } from '../console/text-console';
import { parseDriver, type InstalledDriver } from '../disk/driver-text';
import { moduleName } from '../disk/module-file';
import { driverTextFolder, IDENTITY_PATH } from '../disk/paths';
import { SectorError } from '../disk/sectors';
import { parseSections } from '../disk/settings-text';
import { readLayout, Volume } from '../disk/volume';
import type { BootPackage } from '../kernel/kernel-state';
import { OS_PROFILES, osProfile, type OsProfile } from '../os';
import type { BootServices } from './services';

/** Where the loader of an installed system stands. Plain. */
export interface LoaderState {
  drive: number;
  partition: number;
  step: 'loader' | 'menu' | 'identity' | 'kernel' | 'drivers' | 'done' | 'stopped';
  until: number;
  identity: Record<string, string>;
  drivers: InstalledDriver[];
}

export function newLoader(drive: number, partition: number): LoaderState {
  return { drive, partition, step: 'loader', until: 0, identity: {}, drivers: [] };
}

const MENU_TIME = 5 * SECOND;

/**
 * NTLDR, bootmgr or GRUB: loads the kernel and the drivers that the boot disk hangs on, through the firmware's disk
 * services. What is missing on the volume stops it with the real loader's message.
 */
export class Loader {
  constructor(
    private readonly firmware: BootServices,
    private readonly state: LoaderState,
    private readonly now: () => number,
  ) {}

  private get console(): TextConsole {
    return this.firmware.console;
  }

  /** Goes on; returns when to look again, or null when it has stopped. */
  step(): number | null {
    for (;;) {
      if (this.state.step === 'done' || this.state.step === 'stopped') return null;
      if (this.now() < this.state.until) return this.state.until;
      const busy = this.firmware.disks.poll();
      if (busy !== null) return busy;
      this.advance();
      const later = this.firmware.disks.poll();
      if (later !== null) return later;
    }
  }

  private advance(): void {
    try {
      const { step } = this.state;
      if (step === 'loader') this.loadLoader();
      else if (step === 'menu') this.state.step = 'identity';
      else if (step === 'identity') this.readIdentity();
      else if (step === 'kernel') this.loadKernel();
      else this.loadDrivers();
    } catch (error) {
      if (!(error instanceof SectorError)) throw error;
      this.stop('A disk read error occurred\nPress Ctrl+Alt+Del to restart');
    }
  }

  private stop(text: string): void {
    this.console.writeLine(text);
    this.state.step = 'stopped';
  }

  private volume(): Volume | null {
    const sectors = this.firmware.bootDrives[this.state.drive]?.sectors ?? 0;
    const disk = this.firmware.disks.disk(this.state.drive, sectors);
    const layout = readLayout(disk.read(this.state.partition, 1));
    return layout && new Volume(disk, { ...layout, start: this.state.partition });
  }

  private loadLoader(): void {
    const found = this.firmware.disks.attempt(() => {
      const volume = this.volume();
      const file = volume?.read(volume.layout.loader);
      return { path: volume?.layout.loader ?? '', isSound: !!file && moduleName(file) === volume?.layout.loader };
    });
    if (!found) return;
    const family = OS_PROFILES.find((profile) => profile.loader.path === found.path);
    if (!found.isSound) return this.stop(family?.loader.missing ?? 'Missing operating system');
    this.state.step = 'identity';
    if (family?.family === 'linux') this.showMenu(family);
  }

  private showMenu(profile: OsProfile): void {
    this.console.clear();
    this.console.put(1, 4, 'GNU GRUB');
    this.console.put(4, 6, `${profile.product}, kernel ${profile.versionText}`, 0x70);
    this.console.put(20, 4, 'The highlighted entry will be booted automatically in 5 seconds.');
    this.state.step = 'menu';
    this.state.until = this.now() + MENU_TIME;
  }

  private get profile(): OsProfile | null {
    return osProfile(this.state.identity.Profile ?? '');
  }

  private readIdentity(): void {
    const text = this.firmware.disks.attempt(() => this.volume()?.readText(IDENTITY_PATH) ?? '');
    if (text === null) return;
    this.state.identity = parseSections(text).Identity ?? {};
    if (!this.profile) return this.stop('Missing operating system');
    if (this.firmware.isUefi && !this.profile.bootsUefi) return this.stop('The boot loader failed.');
    if (this.memoryMB > 0 && this.memoryMB < this.profile.minimumMemoryMB) {
      return this.stop(
        `There is not enough memory to start ${this.profile.product}.\nIt needs ${this.profile.minimumMemoryMB} MB.`,
      );
    }
    this.state.step = 'kernel';
  }

  private get memoryMB(): number {
    return this.firmware.memoryMB;
  }

  private loadKernel(): void {
    const path = this.profile?.kernel.path ?? '';
    const isSound = this.firmware.disks.attempt(() => {
      const file = this.volume()?.read(path);
      return file ? moduleName(file) === path : false;
    });
    if (isSound === null) return;
    if (!isSound) return this.stop(this.kernelMissing(path));
    this.state.step = 'drivers';
  }

  private kernelMissing(path: string): string {
    if (this.profile?.family === 'linux') return `error: file '/${path}' not found.\n\nPress any key to continue...`;
    const shown = path.replace('WINDOWS', '<Windows root>').replaceAll('/', '\\');
    return `Windows could not start because the following file is missing or corrupt:\n${shown}.\nPlease re-install a copy of the above file.`;
  }

  private loadDrivers(): void {
    const { profile } = this;
    if (!profile) return;
    const names = (this.state.identity.BootDrivers ?? '').split(',');
    const inf = names[this.state.drivers.length];
    if (inf === undefined || inf === '') return void (this.state.step = 'done');
    const driver = this.firmware.disks.attempt(() => {
      const text = this.volume()?.readText(driverTextFolder(profile) + inf);
      const parsed = text ? parseDriver(inf, text) : null;
      const file = parsed && this.volume()?.read(parsed.file);
      return { parsed: file && moduleName(file) === parsed.service ? parsed : null };
    });
    if (!driver) return;
    if (!driver.parsed) return this.stop(this.kernelMissing(inf));
    this.state.drivers.push(driver.parsed);
  }

  /** What the kernel gets; null before everything is loaded. */
  package(): BootPackage | null {
    const drive = this.firmware.bootDrives[this.state.drive];
    if (this.state.step !== 'done' || !drive || !this.profile) return null;
    return {
      profileId: this.profile.id,
      controller: drive.controller,
      identity: this.state.identity,
      channel: drive.channel,
      device: drive.device,
      partition: this.state.partition,
      drivers: this.state.drivers,
      memoryEnd: this.firmware.memoryEnd,
      memoryMB: this.memoryMB,
    };
  }
}
