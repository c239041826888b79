import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { cdbs } from '@engine/guest/vsc/storvsc/cdb';
import { newStorvsc } from '@engine/guest/vsc/storvsc/state';
import { Storvsc } from '@engine/guest/vsc/storvsc/storvsc';
import { diskUnit, scsiController } from '@engine/parent/vsp/storvsp/offers';
import { TraceKind } from '@engine/trace/kinds';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import { VSTOR_VERSIONS, VstorVersion } from '@engine/vmbus/protocol/vstor';
import { BusRig, TestKernel } from '../engine/vmbus/rig';

const MS = 1_000_000;
const BLOCK = 4096;
const SECTORS = BLOCK / 512;
const DEPTH = 32; // requests under way at a time
const DISK_BLOCKS = 4096;
const NOTHING = new Uint8Array(0);

/** What moving blocks from a storage driver to its provider and back comes to. */
export interface StorageFigures {
  /** Blocks of 4 KB, one SCSI command each, reads and writes in turn, 32 under way, in a second of this computer. */
  readonly blocksPerSecond: number;
  /** Hypercalls that signal the host, and interrupts of the guest, for each block. */
  readonly transitionsPerBlock: number;
}

/** A guest's storage driver at work on a disk in memory: the unit between its queue and the provider is a ring. */
class BusyDisk {
  readonly rig = new BusRig();
  readonly store = new MemoryBlockStore({ sectorCount: DISK_BLOCKS * SECTORS });
  finished = 0;
  private readonly adapter: Storvsc;
  private readonly tickets = new Set<number>();
  private next = 0;
  private readonly data = new Uint8Array(BLOCK).fill(0x5a);

  constructor() {
    const { rig } = this;
    const version = VstorVersion.V6_2;
    const controller = scsiController('storvsp-0', 'bbbbbbbb-0000-4000-8000-000000000001', version);
    controller.plug(0, diskUnit(this.store, 'bbbbbbbb-0000-4000-8000-000000000002', version));
    rig.server.add(controller);
    const kernel = new TestKernel(rig);
    let adapter: Storvsc | null = null;
    kernel.bind(DeviceClass.Scsi, ({ relid }) => {
      const quiet = (): void => undefined;
      const listener = { up: quiet, failed: quiet, finished: () => this.collect(), changed: quiet, removed: quiet };
      const { client, pages } = kernel;
      const state = newStorvsc();
      return (adapter = new Storvsc({
        client,
        relid,
        memory: rig.memory,
        pages,
        state,
        versions: VSTOR_VERSIONS,
        listener,
      }));
    });
    kernel.client.connect();
    rig.clock.advanceBy(MS);
    if (!adapter) throw new Error('the controller was not offered');
    this.adapter = adapter;
    this.adapter.start();
    rig.clock.advanceBy(5 * MS);
    if (!this.adapter.isUp) throw new Error('the driver did not come up');
    while (this.tickets.size < DEPTH) this.submit();
  }

  private submit(): void {
    const lba = ((this.next * 37) % DISK_BLOCKS) * SECTORS;
    const isRead = this.next++ % 2 === 0;
    const command = isRead
      ? { lun: 0, cdb: cdbs.read(lba, SECTORS), room: BLOCK, out: NOTHING }
      : { lun: 0, cdb: cdbs.write(lba, SECTORS), room: 0, out: this.data };
    this.tickets.add(this.adapter.submit(command));
  }

  private collect(): void {
    for (const ticket of [...this.tickets]) {
      const outcome = this.adapter.take(ticket);
      if (!outcome) continue;
      if (!outcome.ok) throw new Error('a block did not arrive');
      this.tickets.delete(ticket);
      this.finished++;
      this.submit();
    }
  }

  transitions(): number {
    return this.rig.trace.count(TraceKind.RingSignal);
  }
}

/** Moves blocks for about `milliseconds` of this computer's time, after a tenth of that to warm up. @param now milliseconds */
export function storageBlocks(milliseconds: number, now: () => number): StorageFigures {
  const disk = new BusyDisk();
  const work = (until: number): void => {
    while (now() < until) disk.rig.clock.advanceBy(MS);
  };
  work(now() + milliseconds / 10);
  const [blocks, transitions, begin] = [disk.finished, disk.transitions(), now()];
  work(begin + milliseconds);
  const done = disk.finished - blocks;
  return {
    blocksPerSecond: Math.round(done / ((now() - begin) / 1000)),
    transitionsPerBlock: Number(((disk.transitions() - transitions) / done).toFixed(3)),
  };
}
