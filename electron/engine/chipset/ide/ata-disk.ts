import { BlockError, type BlockStore } from '../../base/block-store';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import { TraceKind } from '../../trace/kinds';
import { Failure, MAX_MULTIPLE, SECTOR, Status } from './ata';
import { Drive, freshCore, noTransfer, type DriveCore, type DriveOptions } from './drive';
import { endsWithoutMore, extentCommand, PlainCommand, type ExtentCommand } from './disk-commands';
import { identifyDisk } from './identify';
import { extentOf, placeAddress, type Translation } from './task-file';

/** A read or write in progress. */
interface Running {
  lba: number;
  /** Sectors still to be moved, including the block that the host works on. */
  remaining: number;
  /** Sectors of one block. */
  perBlock: number;
  isLong: boolean;
}

export interface AtaDiskState {
  core: DriveCore;
  running: Running;
  multiple: number;
  translation: Translation;
}

const idle = (): Running => ({ lba: 0, remaining: 0, perBlock: 1, isLong: false });

/** A hard disk on an ATA channel, over a block store. */
export class AtaDisk extends Drive implements Unit<AtaDiskState> {
  core: DriveCore = freshCore();
  private running = idle();
  private multiple = 0;
  private translation: Translation = { heads: 16, sectors: 63 };

  constructor(
    options: DriveOptions,
    private readonly store: BlockStore,
  ) {
    super(options);
  }

  signature(): void {
    const { task } = this.core;
    [task.count, task.low, task.mid, task.high, task.device] = [1, 1, 0, 0, 0];
    this.core.status = Status.ready | Status.seek;
    this.running = idle();
  }

  command(code: number): void {
    this.core.counters.commands++;
    this.core.transfer = noTransfer();
    this.core.interrupt = false;
    const extent = extentCommand(code);
    if (extent) this.transfer(extent);
    else this.plainCommand(code);
  }

  private transfer({ movement, direction, isLong }: ExtentCommand): void {
    if (movement === 'block' && this.multiple === 0) return this.abort(Failure.abort);
    if (!this.locate(isLong, movement === 'block' ? this.multiple : 1)) return this.abort(Failure.notFound);
    if (movement === 'none') this.succeed();
    else if (movement === 'dma') this.awaitDma(direction);
    else if (direction === 'in') this.nextIn();
    else this.nextOut(false);
  }

  private locate(isLong: boolean, perBlock: number): boolean {
    const { lba, sectors } = extentOf(this.core.task, isLong, this.translation);
    this.running = { lba, remaining: sectors, perBlock, isLong };
    return lba >= 0 && lba + sectors <= this.store.sectorCount;
  }

  private plainCommand(code: number): void {
    if (code === PlainCommand.identify) return this.offer('in', this.identity(), true);
    if (code === PlainCommand.flush || code === PlainCommand.flushLong) return this.flush();
    if (code === PlainCommand.setMultiple) return this.setMultiple();
    if (code === PlainCommand.setParameters) return this.setTranslation();
    if (code === PlainCommand.checkPower || code === PlainCommand.checkPowerOld) this.core.task.count = 0xff; // active
    if (endsWithoutMore(code)) return this.succeed();
    this.core.counters.unknown++;
    this.abort(Failure.abort);
  }

  private flush(): void {
    this.guarded(() => {
      this.store.flush();
      this.succeed();
    });
  }

  private identity(): Uint8Array {
    const { translation, multiple } = this;
    return identifyDisk({
      sectors: this.store.sectorCount,
      model: 'Virtual HD',
      firmware: '1.1.0',
      serial: '',
      translation,
      multiple,
    });
  }

  private setMultiple(): void {
    const { count } = this.core.task;
    const isPower = count > 0 && (count & (count - 1)) === 0 && count <= MAX_MULTIPLE;
    if (!isPower && count !== 0) return this.abort(Failure.abort);
    this.multiple = count;
    this.succeed();
  }

  private setTranslation(): void {
    const { count, device } = this.core.task;
    if (count === 0) return this.abort(Failure.abort);
    this.translation = { heads: (device & 0x0f) + 1, sectors: count };
    this.succeed();
  }

  private get blockSectors(): number {
    return Math.min(this.running.perBlock, this.running.remaining);
  }

  private nextIn(): void {
    this.guarded(() => {
      this.offer('in', this.fetch(this.blockSectors), true);
    });
  }

  private nextOut(interrupt: boolean): void {
    this.offer('out', new Uint8Array(this.blockSectors * SECTOR), interrupt);
  }

  private fetch(sectors: number): Uint8Array {
    const data = this.store.read(this.running.lba, sectors);
    this.account(TraceKind.DiskRead, this.running.lba, sectors, data.length);
    return data;
  }

  private put(data: Uint8Array): void {
    const sectors = data.length / SECTOR;
    this.store.write(this.running.lba, data);
    this.account(TraceKind.DiskWrite, this.running.lba, sectors, data.length);
    this.moved(sectors);
  }

  private moved(sectors: number): void {
    this.running.lba += sectors;
    this.running.remaining -= sectors;
  }

  protected blockDone(): void {
    const { direction, block } = this.core.transfer;
    if (direction === 'none' || this.running.remaining === 0) return this.endOfIdentify();
    if (direction === 'in') {
      this.moved(block.length / SECTOR);
      if (this.running.remaining > 0) this.nextIn();
      else this.endOfRead();
      return;
    }
    this.guarded(() => {
      this.put(block);
      if (this.running.remaining > 0) this.nextOut(true);
      else this.finish();
    });
  }

  /** The last block of a read has no interrupt behind it: the host has seen the one that announced it. */
  private endOfRead(): void {
    this.placeEnd();
    this.endOfIdentify();
  }

  private endOfIdentify(): void {
    this.core.transfer = noTransfer();
    this.core.status = Status.ready | Status.seek;
    this.core.error = 0;
  }

  private finish(): void {
    this.placeEnd();
    this.succeed();
  }

  private placeEnd(): void {
    placeAddress(this.core.task, this.running.lba - 1, this.running.isLong);
    this.core.task.count = 0;
  }

  /** Turns what the store refuses into the error register. */
  private guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof BlockError)) throw error;
      placeAddress(this.core.task, Math.max(0, this.running.lba), this.running.isLong);
      const codes = {
        'out-of-range': Failure.notFound,
        'read-only': Failure.abort,
        media: Failure.uncorrectable,
        closed: Failure.abort,
        full: Failure.abort,
      };
      this.abort(codes[error.kind], error.kind === 'full' || error.kind === 'closed' ? Status.fault : 0);
    }
  }

  get dmaWanted(): number {
    const { direction, dma } = this.core.transfer;
    return dma && direction === 'out' ? this.running.remaining * SECTOR : 0;
  }

  dmaRead(): Uint8Array | null {
    const { direction, dma } = this.core.transfer;
    if (!dma || direction !== 'in') return null;
    let data: Uint8Array | null = null;
    this.guarded(() => {
      data = this.fetch(this.running.remaining);
      this.moved(this.running.remaining);
      this.finish();
    });
    return data;
  }

  dmaWrite(bytes: Uint8Array): void {
    this.guarded(() => {
      this.put(bytes);
      this.finish();
    });
  }

  reset(): void {
    this.core = freshCore();
    this.multiple = 0;
    this.translation = { heads: 16, sectors: 63 };
    this.signature();
  }

  save(): AtaDiskState {
    return clonePlain({
      core: this.core,
      running: this.running,
      multiple: this.multiple,
      translation: this.translation,
    });
  }

  restore(saved: AtaDiskState): void {
    const { core, running, multiple, translation } = clonePlain(saved);
    this.core = core;
    this.running = running;
    this.multiple = multiple;
    this.translation = translation;
  }

  inspect(): InspectNode {
    return { kind: 'disk', sectors: this.store.sectorCount, ...this.inspectCore(), running: { ...this.running } };
  }
}
