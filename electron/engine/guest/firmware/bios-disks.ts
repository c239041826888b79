import type { Processor } from '../../hypervisor/processor';
import { newPagedDisk, PagedDisk } from '../disk/paged-disk';
import { SectorFault } from '../disk/sectors';
import { AtaChannel } from '../drivers/ata/channel';
import { AtaDisk, PacketDisc } from '../drivers/ata/devices';
import type { AtaPorts } from '../drivers/ata/registers';
import type { BiosState } from './bios-state';
import type { BootDisks } from './services';

/** The two legacy channels of a PC. */
const CHANNELS: readonly AtaPorts[] = [
  { command: 0x1f0, control: 0x3f6, busMaster: null },
  { command: 0x170, control: 0x376, busMaster: null },
];

const POLL = 50_000; // nanoseconds between two looks at a busy drive
const STRETCH = 2; // reads that are served in one go before time passes

/**
 * The disk services of the BIOS (INT 13h): polled, programmed I/O, for the boot code and for loaders. Wiring over the BIOS's
 * state; made again after a restore.
 */
export class BiosDisks implements BootDisks {
  readonly channels: readonly AtaChannel[];
  private readonly open = new Map<number, PagedDisk>();

  constructor(
    processor: Processor,
    private readonly state: BiosState,
    private readonly now: () => number,
  ) {
    this.channels = state.channels.map((channel, i) => {
      const ports = CHANNELS[i] ?? { command: 0, control: 0, busMaster: null };
      return new AtaChannel(processor, { ports, interrupts: false, dmaArea: null }, channel);
    });
    for (const { drive } of state.disks) this.open.set(drive, this.reader(drive));
  }

  /** The sectors of a drive. `sectors` is needed for a disc, whose length only READ CAPACITY tells. */
  disk(drive: number, sectors: number): PagedDisk {
    const known = this.open.get(drive);
    if (known) return known;
    this.state.disks.push({ drive, sectors, cache: newPagedDisk() });
    const made = this.reader(drive);
    this.open.set(drive, made);
    return made;
  }

  /** Another disc may be in the drive: what was read of the one before does not count any more. */
  forget(drive: number): void {
    this.open.delete(drive);
    this.state.disks = this.state.disks.filter((disk) => disk.drive !== drive);
  }

  private reader(drive: number): PagedDisk {
    const found = this.state.drives[drive];
    const entry = this.state.disks.find((disk) => disk.drive === drive);
    const channel = this.channels[found?.channel ?? 0];
    if (!found || !entry || !channel) throw new Error(`the BIOS has no drive ${drive}`);
    const device =
      found.kind === 'ata'
        ? new AtaDisk(channel, found.device, entry.sectors, this.now)
        : new PacketDisc(channel, found.device, entry.sectors, this.now);
    return new PagedDisk(device, entry.cache);
  }

  /** Looks at both channels; the next look, or null when nothing is under way. */
  poll(): number | null {
    if (this.look()) return this.now() + POLL;
    if (this.state.served < STRETCH) return null;
    this.state.served = 0;
    return this.now();
  }

  /** Takes in what the drives have done. True while one is busy. */
  private look(): boolean {
    const now = this.now();
    let isBusy = false;
    for (const channel of this.channels) {
      channel.service('poll', now);
      if (channel.nextLook(now) !== null) isBusy = true;
    }
    for (const disk of this.open.values()) disk.poll();
    return isBusy;
  }

  /**
   * Runs `step`. When it needs a sector that has not been read, the read is started and null is returned: run the same
   * step again at the next look.
   */
  attempt<T>(step: () => T): T | null {
    for (;;) {
      try {
        return step();
      } catch (fault) {
        if (!(fault instanceof SectorFault)) throw fault;
        if (!this.page(fault)) return null;
      }
    }
  }

  /** True when the sectors are there already: a drive that answers at once needs no second look. */
  private page(fault: SectorFault): boolean {
    for (const disk of this.open.values()) {
      if (disk !== fault.cache) continue;
      disk.page(fault);
      this.state.served++;
      return !this.look() && this.state.served < STRETCH;
    }
    throw fault;
  }
}
