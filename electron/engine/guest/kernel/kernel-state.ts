import type { InstalledDriver } from '../disk/driver-text';
import type { PagedDiskState } from '../disk/paged-disk';
import { newPagedDisk } from '../disk/paged-disk';
import type { Sections } from '../disk/settings-text';
import type { DeviceState } from './device';
import { newInterrupts, type InterruptsState } from './interrupts';
import { newNetworkState, type NetworkState } from './net/net-state';
import type { IncomingFile } from './incoming-file';
import type { KernelMemoryState } from './memory';
import type { PagesState } from './pages';
import type { WallClockState } from './wall-clock';

/** What a loader hands to the kernel that it has loaded. Plain. */
export interface BootPackage {
  readonly profileId: string;
  readonly identity: Record<string, string>;
  /** Instance of the synthetic controller that the system disk hangs on; empty for IDE. */
  readonly controller: string;
  /** Where the system volume is: IDE channel, drive or LUN, first sector of the partition. */
  readonly channel: number;
  readonly device: number;
  readonly partition: number;
  /** Drivers that the loader has put into memory. */
  readonly drivers: InstalledDriver[];
  /** End of the RAM that the kernel may use below the device gap. */
  readonly memoryEnd: number;
  readonly memoryMB: number;
}

/** Where the kernel stands. */
export type KernelStage =
  | 'start'
  | 'bootDevices'
  | 'mount'
  | 'packages'
  | 'devices'
  | 'settings'
  | 'shell'
  | 'running'
  | 'stopping'
  | 'off'
  | 'failed';

/** How the machine is to end. */
export type Ending = 'powerOff' | 'restart';

/** Everything that a kernel remembers. Plain. */
export interface KernelState {
  boot: BootPackage;
  stage: KernelStage;
  /** Partition time at which the kernel began. */
  startedAt: number;
  /** Screens of the boot sequence that have been shown, and when the current one is over. */
  screen: number;
  screenUntil: number;
  wall: WallClockState;
  pages: PagesState;
  memory: KernelMemoryState;
  interrupts: InterruptsState;
  devices: DeviceState[];
  packages: InstalledDriver[];
  /** INF files that have not been read yet. */
  unread: string[];
  /** Binaries in memory, by service: true when the file was sound. */
  binaries: Record<string, boolean>;
  disk: PagedDiskState;
  registry: Sections;
  /** The registry has changed and is not on the disk yet. */
  unsaved: boolean;
  /** A file that the host sends. */
  incoming: IncomingFile | null;
  /** Nothing is written to the disk: a backup is under way. */
  frozen: boolean;
  log: { at: number; text: string }[];
  /** PM1a control port and sleep type of soft-off; 0 without ACPI. */
  power: { control: number; softOff: number };
  ending: Ending | null;
  failure: string;
  /** The protocol stack; its interfaces go by the device instance of their adapter. */
  network: NetworkState;
}

export function newKernel(boot: BootPackage, now: number): KernelState {
  return {
    boot,
    stage: 'start',
    startedAt: now,
    screen: 0,
    screenUntil: 0,
    wall: { seconds: 0, at: now },
    pages: { next: 0x20_0000, end: boot.memoryEnd, free: [] },
    memory: { ballooned: [], added: [] },
    interrupts: newInterrupts(),
    devices: [],
    packages: [...boot.drivers],
    unread: [],
    binaries: Object.fromEntries(boot.drivers.map((driver) => [driver.service, true])),
    disk: newPagedDisk(),
    registry: {},
    unsaved: false,
    incoming: null,
    frozen: false,
    log: [],
    power: { control: 0, softOff: 0 },
    ending: null,
    failure: '',
    network: newNetworkState(),
  };
}
