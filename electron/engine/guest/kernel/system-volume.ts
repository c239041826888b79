import { asciiBytes } from '../../base/bytes';
import { DeviceClass } from '../../vmbus/protocol/classes';
import { idePlaceOf } from '../../vmbus/protocol/vstor';
import { parseDriver } from '../disk/driver-text';
import { readPartitions, type Partition } from '../disk/mbr';
import { moduleName } from '../disk/module-file';
import { PagedDisk } from '../disk/paged-disk';
import { driverTextFolder, REGISTRY_PATH } from '../disk/paths';
import type { SectorFault } from '../disk/sectors';
import { formatSections, parseSections } from '../disk/settings-text';
import { readLayout, Volume } from '../disk/volume';
import { DiskDriver } from '../drivers/ide';
import type { OsProfile } from '../os/profile';
import type { DeviceState } from './device';
import type { KernelState } from './kernel-state';
import type { PnpManager } from './pnp';

/** The volume that the system lies on, reached through the kernel's own disk driver. File calls throw `SectorFault`. */
export class SystemVolume {
  private paged: PagedDisk | null = null; // wiring; made again after a restore

  constructor(
    private readonly state: KernelState,
    private readonly pnp: () => PnpManager,
    private readonly profile: OsProfile,
  ) {}

  /** The disk that the loader booted from, found again by its place. */
  device(): DeviceState | null {
    const { controller, channel, device } = this.state.boot;
    const parentOf = (child: DeviceState): DeviceState | undefined => this.state.devices[child.parent ?? -1];
    const isController = (parent: DeviceState | undefined): boolean =>
      controller === ''
        ? parent !== undefined && ideChannelOf(parent) === channel
        : parent?.offer?.instance === controller;
    const isBootDrive = (candidate: DeviceState): boolean =>
      candidate.drive?.kind === 'ata' && candidate.address === device && isController(parentOf(candidate));
    return this.state.devices.find(isBootDrive) ?? null;
  }

  private get disk(): PagedDisk | null {
    if (this.paged) return this.paged;
    const device = this.device();
    const driver = device && this.pnp().driver(device);
    const blocks = driver instanceof DiskDriver ? driver.disk() : null;
    if (blocks) this.paged = new PagedDisk(blocks, this.state.disk);
    return this.paged;
  }

  /** Takes in what the disk has finished. */
  poll(): void {
    if (this.state.disk.pending) this.disk?.poll();
  }

  /** Starts reading what a fault asked for. False when the fault is of another disk. */
  page(fault: SectorFault): boolean {
    if (!this.paged || fault.cache !== this.paged) return false;
    this.paged.page(fault);
    return true;
  }

  /** Starts writing changed sectors. True when there are none left and nothing is under way. */
  writeBack(): boolean {
    this.disk?.writeBack();
    return this.disk?.clean ?? true;
  }

  /** Forgets sectors that are on the disk. */
  trim(): void {
    this.paged?.trim(0);
  }

  /** The files; null when the disk or its file system is not reachable. */
  files(): Volume | null {
    const layout = this.disk && readLayout(this.disk.read(this.state.boot.partition, 1));
    return this.disk && layout ? new Volume(this.disk, { ...layout, start: this.state.boot.partition }) : null;
  }

  /** The partitions of the disk that it lies on. */
  partitions(): Partition[] {
    return this.disk ? readPartitions(this.disk.read(0, 1)) : [];
  }

  /** Finds the match tables of all drivers. False when there is no volume. */
  mount(): boolean {
    const files = this.files();
    const folder = driverTextFolder(this.profile);
    this.state.unread = (files?.entries() ?? []).map(({ path }) => path).filter((path) => path.startsWith(folder));
    return files !== null;
  }

  /** Reads the match tables that have not been read yet. */
  readPackages(): void {
    for (let path = this.state.unread[0]; path !== undefined; path = this.state.unread[0]) {
      const text = this.files()?.readText(path) ?? '';
      const driver = parseDriver(path.slice(path.lastIndexOf('/') + 1), text);
      const isKnown = this.state.packages.some((known) => known.inf === driver?.inf);
      if (driver && !isKnown) this.state.packages.push(driver);
      this.state.unread.shift();
    }
  }

  /** Brings a driver's binary into memory. False when it is missing or damaged. */
  loadBinary(service: string, file: string): boolean {
    const known = this.state.binaries[service];
    if (known !== undefined) return known;
    const bytes = this.files()?.read(file) ?? null;
    const isSound = bytes !== null && moduleName(bytes) === service;
    this.state.binaries[service] = isSound;
    return isSound;
  }

  readRegistry(): void {
    this.state.registry = parseSections(this.files()?.readText(REGISTRY_PATH) ?? '');
  }

  saveRegistry(): void {
    this.files()?.write(REGISTRY_PATH, asciiBytes(formatSections(this.state.registry)));
  }
}

/** The IDE channel that a controller is, or whose disk it accelerates; null for a SCSI controller. */
function ideChannelOf({ offer, address }: DeviceState): number | null {
  if (offer === null) return address;
  return offer.type === DeviceClass.Ide ? idePlaceOf(offer.instance).channel : null;
}
