import { SECOND } from '../../clock/clock';
import type { Processor } from '../../hypervisor/processor';
import { drawBlueSetup, drawInstaller } from '../console/panel';
import { Attribute } from '../console/text-console';
import { Installer, newInstall, type InstallState } from '../disk/installer';
import { readFromDisc } from '../disk/iso9660';
import type { PagedDisk } from '../disk/paged-disk';
import { SectorError } from '../disk/sectors';
import type { BootTarget } from '../firmware/bios-state';
import type { BootServices } from '../firmware/services';
import { restartMachine } from '../hardware/restart';
import { civilTime, clockText, dateText, readRtc } from '../kernel/wall-clock';
import { osProfile, type OsProfile } from '../os';

/** Where an installation from a medium stands. Plain. */
export interface SetupState {
  readonly profileId: string;
  /** Drives: the medium's and the disk's. */
  readonly disc: number;
  readonly discSectors: number;
  disk: number;
  step: 'begin' | 'inspect' | 'install' | 'write' | 'restart' | 'stopped';
  until: number;
  install: InstallState;
  /** Date of the installation. */
  installed: string;
  message: string;
}

export function newSetup(target: Extract<BootTarget, { kind: 'setup' }>): SetupState {
  return {
    profileId: target.profileId,
    disc: target.drive,
    discSectors: target.sectors,
    disk: -1,
    step: 'begin',
    until: 0,
    install: newInstall(),
    installed: '',
    message: '',
  };
}

const INSPECT_TIME = 2 * SECOND;
const RESTART_TIME = 5 * SECOND;
const CACHE_LIMIT = 1024; // sectors of a disk or disc that are kept while files are copied

/**
 * The setup program of a training medium: reads the medium and writes partition table, file system and files through the
 * firmware's drives, without questions, and restarts the machine. The steps are `Installer`'s.
 */
export class Setup {
  constructor(
    private readonly processor: Processor,
    private readonly firmware: BootServices,
    private readonly state: SetupState,
    private readonly now: () => number,
  ) {}

  get profile(): OsProfile | null {
    return osProfile(this.state.profileId);
  }

  /** Goes on; returns when to look again, or null when it has stopped. */
  step(): number | null {
    for (;;) {
      if (this.state.step === 'stopped') return null;
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
      if (step === 'begin') this.begin();
      else if (step === 'inspect') this.inspect();
      else if (step === 'install') this.install();
      else if (step === 'write') this.write();
      else this.restart();
    } catch (error) {
      if (!(error instanceof SectorError)) throw error;
      this.stop('A disk or disc cannot be read or written. Setup cannot continue.');
    }
  }

  private begin(): void {
    this.firmware.console.clear();
    if (this.profile?.setup.style === 'text') {
      this.firmware.console.writeLine("Setup is inspecting your computer's hardware configuration...");
    }
    this.state.installed = this.today();
    this.state.step = 'inspect';
    this.state.until = this.now() + INSPECT_TIME;
  }

  private today(): string {
    const time = civilTime(readRtc(this.processor));
    return `${dateText(time)} ${clockText(time)}`;
  }

  private inspect(): void {
    const { memoryMB: memory, bootDrives: drives } = this.firmware;
    const needed = this.profile?.minimumMemoryMB ?? 0;
    this.state.disk = drives.findIndex(({ kind, sectors }) => kind === 'disk' && sectors > 0);
    if (memory < needed) return this.stop(`This computer has ${memory} MB of memory. Setup needs ${needed} MB.`);
    if (this.state.disk < 0) return this.stop('Setup did not find any hard disk drives installed in your computer.');
    this.state.step = 'install';
    this.show();
  }

  private get target(): PagedDisk {
    const sectors = this.firmware.bootDrives[this.state.disk]?.sectors ?? 0;
    return this.firmware.disks.disk(this.state.disk, sectors);
  }

  private get medium(): PagedDisk {
    return this.firmware.disks.disk(this.state.disc, this.state.discSectors);
  }

  private installer(profile: OsProfile): Installer {
    const source = { file: (path: string) => readFromDisc(this.medium, path) };
    return new Installer(this.target, source, profile, this.state.install);
  }

  private install(): void {
    const { profile } = this;
    if (!profile) return this.stop('The medium is for a system that is not known.');
    const done = this.firmware.disks.attempt(() => {
      this.installer(profile).step({ installed: this.state.installed });
      return true;
    });
    if (!done) return;
    this.state.step = 'write';
    this.show();
  }

  /** Everything of this step goes to the disk before the next begins. */
  private write(): void {
    const { target, medium, state } = this;
    if (target.writeFailed) return this.stop('The disk cannot be written. Setup cannot continue.');
    if (!target.clean) return target.writeBack();
    target.trim(CACHE_LIMIT);
    medium.trim(CACHE_LIMIT);
    if (state.install.stage === 'failed') return this.stop(state.install.reason);
    state.step = state.install.stage === 'done' ? 'restart' : 'install';
    if (state.step !== 'restart') return;
    state.until = this.now() + RESTART_TIME;
    this.show();
  }

  private restart(): void {
    this.state.step = 'stopped';
    restartMachine(this.processor);
  }

  private stop(message: string): void {
    this.state.message = message;
    this.state.step = 'stopped';
    this.show();
  }

  /** What the setup says now: message, step, progress. */
  view(): { title: string; lines: string[]; percent: number | null; status: string } {
    const { state, profile } = this;
    const { stage, current } = state.install;
    const steps = profile?.setup.steps;
    const title = profile?.setup.title ?? 'Setup';
    const plain = (line: string): { title: string; lines: string[]; percent: null; status: string } => ({
      title,
      lines: [line],
      percent: null,
      status: '',
    });
    if (state.message !== '') return plain(state.message);
    if (state.step === 'restart' || state.step === 'stopped') {
      return {
        title,
        lines: [steps?.finish ?? '', '', 'Your computer will reboot in 5 seconds...'],
        percent: null,
        status: '',
      };
    }
    if (stage === 'partition') return plain(steps?.partition ?? '');
    if (stage === 'format') return plain(steps?.format ?? '');
    const percent = profile ? this.installer(profile).percent : 0;
    return { title, lines: [steps?.copy ?? ''], percent, status: current === '' ? '' : `Copying: ${current}` };
  }

  private show(): void {
    const style = this.profile?.setup.style;
    if (style === 'splash') return; // drawn by whoever shows the screen
    this.firmware.console.cursorVisible(false);
    if (style === 'installer') drawInstaller(this.firmware.console, this.view());
    else drawBlueSetup(this.firmware.console, this.view());
    if (this.state.message !== '')
      this.firmware.console.put(23, 5, 'Turn the machine off, or restart it.', Attribute.setup);
  }
}
