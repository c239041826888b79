import { allOnes, readU16, readU32 } from '../../base/bytes';
import type { InspectNode, Unit } from '../../base/unit';
import type { AccessSize } from '../../bus/port-space';
import type { BusMaster } from '../../bus/bus-master';
import type { IdeChannel } from './channel';

const START = 0x01;
const TO_MEMORY = 0x08;
const ACTIVE = 0x01;
const ERROR = 0x02;
const INTERRUPT = 0x04;
const END_OF_TABLE = 0x8000;
/** Entries in a table that does not cross 64 KB: a table without an end is followed no further. */
const MAX_ENTRIES = 8192;

export interface DmaState {
  command: number;
  status: number;
  table: number;
  /** Started before the drive had anything to move: goes when it has. */
  waiting: boolean;
}

interface Region {
  readonly gpa: number;
  readonly length: number;
}

function powerOn(): DmaState {
  return { command: 0, status: 0, table: 0, waiting: false };
}

/**
 * The bus master of one channel: 8 bytes of registers and the physical region table. Intel 82371AB data sheet, 5.2, and the
 * Programming Interface for Bus Master IDE Controller 1.0.
 */
export class DmaEngine implements Unit<DmaState> {
  private state: DmaState = powerOn();

  constructor(
    private readonly channel: IdeChannel,
    private readonly dma: BusMaster,
  ) {
    channel.onDmaReady = () => {
      if (this.state.waiting) this.run();
    };
  }

  /** @param offset 0-7 within the channel's block */
  read(offset: number, size: AccessSize): number {
    const { command, status, table } = this.state;
    if (offset >= 4) return (table >>> ((offset - 4) * 8)) & allOnes(size);
    const word = command | (status << 16);
    return (word >>> (offset * 8)) & allOnes(size);
  }

  write(offset: number, size: AccessSize, value: number): void {
    if (offset >= 4) this.writeTable(offset - 4, size, value);
    else if (offset === 0) {
      if (size >= 4) this.writeStatus((value >>> 16) & 0xff);
      this.writeCommand(value & 0xff);
    } else if (offset === 2) this.writeStatus(value & 0xff);
  }

  private writeTable(at: number, size: AccessSize, value: number): void {
    const mask = (allOnes(size) << (at * 8)) >>> 0;
    this.state.table = (((this.state.table & ~mask) | ((value << (at * 8)) & mask)) & ~3) >>> 0;
  }

  /** Drive-capable bits are storage; interrupt and error are cleared by writing ones. */
  private writeStatus(value: number): void {
    const { status } = this.state;
    this.state.status = (status & ACTIVE) | (value & 0x60) | (status & ~value & (ERROR | INTERRUPT));
  }

  private writeCommand(value: number): void {
    const starts = (value & START) !== 0 && (this.state.command & START) === 0;
    this.state.command = value & (START | TO_MEMORY);
    if ((value & START) === 0) {
      this.state.status &= ~ACTIVE;
      this.state.waiting = false;
    }
    if (starts) {
      this.state.status |= ACTIVE;
      this.run();
    }
  }

  private run(): void {
    const regions = this.regions();
    const moved =
      regions !== null && ((this.state.command & TO_MEMORY) !== 0 ? this.toMemory(regions) : this.fromMemory(regions));
    this.state.waiting = moved === false && regions !== null;
    if (regions === null || moved === null) {
      this.state.status = (this.state.status & ~ACTIVE) | ERROR;
      this.channel.selected?.dmaFailed();
    }
    if (this.channel.selected?.core.interrupt) this.state.status |= INTERRUPT;
    this.channel.updateLine();
  }

  /** The table in memory, or null when it cannot be read. */
  private regions(): Region[] | null {
    const regions: Region[] = [];
    for (let i = 0; i < MAX_ENTRIES; i++) {
      const entry = this.dma.read(this.state.table + i * 8, 8);
      if (!entry) return null;
      const count = readU16(entry, 4) & ~1;
      regions.push({ gpa: readU32(entry, 0) & ~1, length: count === 0 ? 65_536 : count });
      if ((readU16(entry, 6) & END_OF_TABLE) !== 0) return regions;
    }
    return null;
  }

  /** Null after a master abort; true when the drive had something to move. */
  private toMemory(regions: readonly Region[]): boolean | null {
    const data = this.channel.selected?.dmaRead();
    if (!data) return false;
    let done = 0;
    for (const { gpa, length } of regions) {
      const part = data.subarray(done, done + length);
      if (part.length > 0 && !this.dma.write(gpa >>> 0, part)) return null;
      done += part.length;
    }
    return this.ended(regions, data.length);
  }

  private fromMemory(regions: readonly Region[]): boolean | null {
    const drive = this.channel.selected;
    const wanted = drive?.dmaWanted ?? 0;
    if (!drive || wanted === 0) return false;
    const data = new Uint8Array(wanted);
    let done = 0;
    for (const { gpa, length } of regions) {
      const take = Math.min(length, wanted - done);
      if (take === 0) break;
      const part = this.dma.read(gpa >>> 0, take);
      if (!part) return null;
      data.set(part, done);
      done += take;
    }
    if (done < wanted) return null; // the table is shorter than the transfer
    drive.dmaWrite(data);
    return this.ended(regions, wanted);
  }

  /** Active goes when the table was used up; it stays while regions are left over (a table longer than the transfer). */
  private ended(regions: readonly Region[], bytes: number): boolean | null {
    const room = regions.reduce((sum, { length }) => sum + length, 0);
    if (room < bytes) return null;
    if (room === bytes) this.state.status &= ~ACTIVE;
    return true;
  }

  reset(): void {
    this.state = powerOn();
  }

  save(): DmaState {
    return { ...this.state };
  }

  restore(saved: DmaState): void {
    this.state = { ...saved };
  }

  inspect(): InspectNode {
    return { ...this.state };
  }
}
