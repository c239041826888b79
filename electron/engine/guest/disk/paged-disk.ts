import type { BlockDevice, BlockResult } from './block-device';
import { SectorError, SectorFault, type SectorAccess } from './sectors';

/** A guest's cache of disk sectors. Plain: part of its state tree. */
export interface PagedDiskState {
  /** By address. */
  sectors: Record<number, Uint8Array>;
  /** Addresses that were written and are not on the disk yet, in the order of writing. */
  dirty: number[];
  pending: { ticket: number; op: 'read' | 'write'; lba: number; count: number } | null;
  /** Addresses that the disk refused. */
  failed: number[];
}

export function newPagedDisk(): PagedDiskState {
  return { sectors: {}, dirty: [], pending: null, failed: [] };
}

const READ_AHEAD = 8; // sectors of one cache line

/**
 * Sectors of a disk in memory, read on demand and written back. File code above it is synchronous: a sector that is not
 * there is a `SectorFault`, which `page` turns into a read request; the same file code runs again when it is served.
 */
export class PagedDisk implements SectorAccess {
  constructor(
    private readonly device: BlockDevice,
    private readonly state: PagedDiskState,
  ) {}

  get sectorSize(): number {
    return this.device.sectorSize;
  }

  get sectorCount(): number {
    return this.device.sectorCount;
  }

  /** Throws `SectorFault` for what is not in memory, `SectorError` for what the disk cannot give. */
  read(lba: number, count: number): Uint8Array {
    if (lba < 0 || lba + count > this.sectorCount) throw new SectorError(lba);
    const out = new Uint8Array(count * this.sectorSize);
    for (let i = 0; i < count; i++) {
      const sector = this.state.sectors[lba + i];
      if (!sector) throw this.missing(lba + i, count - i);
      out.set(sector, i * this.sectorSize);
    }
    return out;
  }

  private missing(lba: number, count: number): Error {
    return this.state.failed.includes(lba) ? new SectorError(lba) : new SectorFault(this, lba, count);
  }

  write(lba: number, data: Uint8Array): void {
    if (lba < 0 || lba + data.length / this.sectorSize > this.sectorCount) throw new SectorError(lba);
    const waiting = new Set(this.state.dirty);
    for (let i = 0; i * this.sectorSize < data.length; i++) {
      this.state.sectors[lba + i] = data.slice(i * this.sectorSize, (i + 1) * this.sectorSize);
      if (!waiting.has(lba + i)) this.state.dirty.push(lba + i);
    }
  }

  /** True when every write has reached the disk and nothing is under way. */
  get clean(): boolean {
    return this.state.dirty.length === 0 && this.state.pending === null;
  }

  /** Starts reading what a fault asked for, unless a request is under way. */
  page(fault: SectorFault): void {
    if (this.state.pending) return;
    const start = fault.lba - (fault.lba % READ_AHEAD);
    const end = Math.min(Math.max(fault.lba + fault.count, start + READ_AHEAD), this.sectorCount);
    const count = Math.min(end - start, this.device.maxSectors);
    const ticket = this.device.submit({ op: 'read', lba: start, count });
    this.state.pending = { ticket, op: 'read', lba: start, count };
  }

  /** Starts writing the next run of changed sectors, unless a request is under way. */
  writeBack(): void {
    const first = this.state.dirty[0];
    if (this.state.pending || first === undefined) return;
    const waiting = new Set(this.state.dirty);
    let count = 1;
    while (count < this.device.maxSectors && waiting.has(first + count)) count++;
    const data = this.read(first, count);
    const ticket = this.device.submit({ op: 'write', lba: first, data });
    this.state.dirty = this.state.dirty.filter((lba) => lba < first || lba >= first + count);
    this.state.pending = { ticket, op: 'write', lba: first, count };
  }

  /** Takes in what the driver has finished. True when something was. */
  poll(): boolean {
    const { pending } = this.state;
    const result = pending && this.device.take(pending.ticket);
    if (!pending || !result) return false;
    this.state.pending = null;
    if (pending.op === 'read') this.store(pending.lba, pending.count, result);
    else if (!result.ok) this.state.failed.push(pending.lba);
    return true;
  }

  private store(lba: number, count: number, result: BlockResult): void {
    for (let i = 0; i < count; i++) {
      if (this.state.sectors[lba + i]) continue; // written meanwhile: memory is newer than the disk
      const sector = result.data.slice(i * this.sectorSize, (i + 1) * this.sectorSize);
      if (result.ok && sector.length === this.sectorSize) this.state.sectors[lba + i] = sector;
      else this.state.failed.push(lba + i);
    }
  }

  /** True when a write was refused: what is in memory is not on the disk. */
  get writeFailed(): boolean {
    return this.state.failed.length > 0;
  }

  /** Forgets what is on the disk anyway, once more than `limit` sectors are kept. */
  trim(limit: number): void {
    const keys = Object.keys(this.state.sectors);
    if (keys.length <= limit) return;
    const keep = new Set(this.state.dirty);
    for (const key of keys) if (!keep.has(Number(key))) delete this.state.sectors[Number(key)];
  }
}
