import type { InspectNode } from '../../base/unit';
import type { CostMeter } from '../../trace/cost';
import type { TraceKind } from '../../trace/kinds';
import type { Trace } from '../../trace/trace';
import { Failure, Status } from './ata';
import { freshTaskFile, type TaskFile } from './task-file';

/** What is being moved through the data register, or waits for the bus master. */
export interface TransferState {
  direction: 'none' | 'in' | 'out';
  /** The block that the host reads or fills now. */
  block: Uint8Array;
  position: number;
  /** Waits for the bus master instead of the data register. */
  dma: boolean;
}

/** State that every drive has; each kind adds its own beside it. */
export interface DriveCore {
  task: TaskFile;
  status: number;
  error: number;
  /** INTRQ. */
  interrupt: boolean;
  transfer: TransferState;
  counters: { commands: number; aborted: number; unknown: number };
}

export function freshCore(): DriveCore {
  return {
    task: freshTaskFile(),
    status: Status.ready | Status.seek,
    error: 0x01, // diagnostic result: passed
    interrupt: false,
    transfer: noTransfer(),
    counters: { commands: 0, aborted: 0, unknown: 0 },
  };
}

export function noTransfer(): TransferState {
  return { direction: 'none', block: new Uint8Array(0), position: 0, dma: false };
}

export interface DriveOptions {
  /** Path as a trace actor, for example `vm-1/ide/0`. */
  readonly name: string;
  readonly trace: Trace;
  readonly cost?: CostMeter;
}

/**
 * One device on an ATA channel: status, interrupt, and the movement of blocks through the data register. What commands mean is
 * the business of the disk and of the CD drive. A device finishes what it can within the access that asks for it.
 */
export abstract class Drive {
  abstract core: DriveCore;
  protected readonly actor: number;

  constructor(protected readonly options: DriveOptions) {
    this.actor = options.trace.actor(options.name);
  }

  /** A write to the command register. */
  abstract command(code: number): void;
  /** The host has read the block (`in`) or filled it (`out`): go on with the next, or finish. */
  protected abstract blockDone(): void;
  /** Registers after reset: what kind of device this is. */
  abstract signature(): void;
  /** Bytes that wait for the bus master to take them; null when the transfer goes the other way or there is none. */
  abstract dmaRead(): Uint8Array | null;
  /** How many bytes the drive wants from the bus master; 0 when it wants none. */
  abstract readonly dmaWanted: number;
  /** Bytes from the bus master: exactly as many as wanted. */
  abstract dmaWrite(bytes: Uint8Array): void;
  /** The bus master could not move what was to be moved. */
  dmaFailed(): void {
    this.abort(Failure.abort);
  }

  /** Software or hardware reset. */
  resetDrive(): void {
    this.core.transfer = noTransfer();
    this.core.interrupt = false;
    this.core.error = 0x01;
    this.signature();
  }

  protected raise(): void {
    this.core.interrupt = true;
  }

  /** Ends the command without an error. */
  protected succeed(): void {
    this.core.transfer = noTransfer();
    this.core.status = Status.ready | Status.seek;
    this.core.error = 0;
    this.raise();
  }

  /** Ends the command with bits of the error register. */
  protected abort(error: number, extraStatus = 0): void {
    this.core.counters.aborted++;
    this.core.transfer = noTransfer();
    this.core.status = Status.ready | Status.seek | Status.error | extraStatus;
    this.core.error = error;
    this.raise();
  }

  /** Offers a block to the host, or asks for one. The first block that the host fills is asked for without an interrupt. */
  protected offer(direction: 'in' | 'out', block: Uint8Array, interrupt: boolean): void {
    this.core.transfer = { direction, block, position: 0, dma: false };
    this.core.status = Status.ready | Status.seek | Status.request;
    if (interrupt) this.raise();
  }

  /** Waits for the bus master. */
  protected awaitDma(direction: 'in' | 'out'): void {
    this.core.transfer = { direction, block: new Uint8Array(0), position: 0, dma: true };
    this.core.status = Status.ready | Status.seek | Status.request;
  }

  /** One 16-bit word from the data register. */
  readWord(): number {
    const { transfer } = this.core;
    if (transfer.direction !== 'in' || transfer.dma) return 0xffff;
    const { block, position } = transfer;
    const word = (block[position] ?? 0) | ((block[position + 1] ?? 0) << 8);
    transfer.position += 2;
    if (transfer.position >= block.length) this.blockDone();
    return word;
  }

  writeWord(value: number): void {
    const { transfer } = this.core;
    if (transfer.direction !== 'out' || transfer.dma) return;
    transfer.block[transfer.position] = value & 0xff;
    if (transfer.position + 1 < transfer.block.length) transfer.block[transfer.position + 1] = (value >>> 8) & 0xff;
    transfer.position += 2;
    if (transfer.position >= transfer.block.length) this.blockDone();
  }

  protected account(
    kind: typeof TraceKind.DiskRead | typeof TraceKind.DiskWrite,
    lba: number,
    sectors: number,
    bytes: number,
  ): void {
    this.options.trace.record(this.actor, kind, lba >>> 0, sectors);
    this.options.cost?.charge('copyStart');
    this.options.cost?.charge('copyByte', bytes);
  }

  inspectCore(): { [key: string]: InspectNode } {
    const { status, error, interrupt, counters, transfer } = this.core;
    return { status, error, interrupt, transfer: transfer.direction, counters: { ...counters } };
  }
}
