import type { Processor } from '../../hypervisor/processor';
import type { VmbusClient } from '../../vmbus/client/client';
import { VSTOR_VERSIONS } from '../../vmbus/protocol/vstor';
import { newPagedDisk, PagedDisk, type PagedDiskState } from '../disk/paged-disk';
import { SectorFault } from '../disk/sectors';
import type { KernelPages } from '../kernel/pages';
import { cdbs } from '../vsc/storvsc/cdb';
import { StorvscDisk } from '../vsc/storvsc/disk';
import { newScan, stepScan, type ScanState } from '../vsc/storvsc/scan';
import { newStorvsc, type StorvscState } from '../vsc/storvsc/state';
import { Storvsc } from '../vsc/storvsc/storvsc';
import { discSectors, OPTICAL_SECTOR } from '../drivers/ata/devices';
import type { BootDisks, BootDrive } from './services';

/** A controller that the firmware drives. Plain. */
export interface UefiController {
  relid: number;
  instance: string;
  adapter: StorvscState;
  scan: ScanState;
}

/** What the firmware remembers of its drives. Plain. */
export interface UefiStorageState {
  controllers: UefiController[];
  /** Sectors of drives that somebody reads. */
  disks: { drive: number; sectors: number; cache: PagedDiskState }[];
  /** The question for a disc's length that is out. */
  ticket: number | null;
}

export function newUefiStorage(): UefiStorageState {
  return { controllers: [], disks: [], ticket: null };
}

const LOOK = 1_000_000; // nanoseconds: drives answer by interrupt, this is for those that do not
const CAPACITY_ROOM = 8;

interface Wiring {
  readonly processor: Processor;
  readonly client: VmbusClient;
  readonly pages: KernelPages;
  now(): number;
}

/** The disks and discs of a Generation 2 machine, reached through the firmware's own storage driver. Wiring over its state. */
export class UefiStorage implements BootDisks {
  private readonly adapters = new Map<number, Storvsc>(); // by channel id
  private readonly open = new Map<number, PagedDisk>();

  constructor(
    private readonly state: UefiStorageState,
    private readonly wiring: Wiring,
  ) {
    for (const controller of state.controllers) this.wire(controller);
    for (const { drive } of state.disks) this.open.set(drive, this.reader(drive));
  }

  /** Takes a controller into use. */
  add(relid: number, instance: string): void {
    const controller = { relid, instance, adapter: newStorvsc(), scan: newScan() };
    this.state.controllers.push(controller);
    this.wire(controller).start();
  }

  private wire({ relid, adapter: state }: UefiController): Storvsc {
    const { processor, client, pages } = this.wiring;
    const quiet = (): void => undefined;
    const listener = { up: quiet, failed: quiet, finished: quiet, changed: quiet, removed: quiet };
    const made = new Storvsc({
      client,
      relid,
      memory: processor.memory,
      pages,
      state,
      versions: VSTOR_VERSIONS,
      listener,
    });
    this.adapters.set(relid, made);
    return made;
  }

  /** Goes on with looking at all units. True when every controller has been looked at, or has failed. */
  scan(): boolean {
    return this.state.controllers.every(({ relid, adapter, scan }) => {
      const isOut = adapter.phase === 'failed' || adapter.phase === 'removed';
      const made = this.adapters.get(relid);
      return isOut || (adapter.phase === 'up' && made !== undefined && stepScan(scan, made));
    });
  }

  get drives(): readonly BootDrive[] {
    return this.state.controllers.flatMap(({ instance, scan }) =>
      scan.found.map(({ lun, kind, sectors }) => ({ kind, sectors, controller: instance, channel: 0, device: lun })),
    );
  }

  private adapterOf({ controller }: BootDrive): Storvsc | undefined {
    const found = this.state.controllers.find(({ instance }) => instance === controller);
    return found && this.adapters.get(found.relid);
  }

  /** Sectors of the disc in a drive, 0 when there is none; null while the drive has not answered. */
  discLength(drive: number): number | null {
    const place = this.drives[drive];
    const adapter = place && this.adapterOf(place);
    if (!place || !adapter) return 0;
    const command = { lun: place.device, cdb: cdbs.readCapacity10(), room: CAPACITY_ROOM, out: new Uint8Array(0) };
    this.state.ticket ??= adapter.submit(command);
    const outcome = adapter.take(this.state.ticket);
    if (!outcome) return null;
    this.state.ticket = null;
    return outcome.ok ? discSectors(outcome.data) : 0;
  }

  disk(drive: number, sectors: number): PagedDisk {
    const known = this.open.get(drive);
    if (known) return known;
    this.state.disks.push({ drive, sectors, cache: newPagedDisk() });
    const made = this.reader(drive);
    this.open.set(drive, made);
    return made;
  }

  private reader(drive: number): PagedDisk {
    const place = this.drives[drive];
    const adapter = place && this.adapterOf(place);
    const entry = this.state.disks.find((disk) => disk.drive === drive);
    if (!place || !adapter || !entry) throw new Error(`the firmware has no drive ${drive}`);
    const sectorSize = place.kind === 'disk' ? 512 : OPTICAL_SECTOR;
    const device = new StorvscDisk(adapter, { lun: place.device, sectorCount: entry.sectors, sectorSize });
    return new PagedDisk(device, entry.cache);
  }

  poll(): number | null {
    for (const disk of this.open.values()) disk.poll();
    const isBusy = [...this.adapters.values()].some((adapter) => adapter.busy);
    return isBusy ? this.wiring.now() + LOOK : null;
  }

  attempt<T>(step: () => T): T | null {
    try {
      return step();
    } catch (fault) {
      if (!(fault instanceof SectorFault)) throw fault;
      const disk = [...this.open.values()].find((one) => one === fault.cache);
      if (!disk) throw fault;
      disk.page(fault);
      return null;
    }
  }
}
