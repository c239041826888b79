import type { HeldFile } from '../disk/context';
import { damaged } from '../disk/disk-error';
import { DiskStore } from '../disk/disk-store';
import type { DiskInfo } from '../disk/disk-types';
import { describeVhd } from './describe';
import type { ParsedVhd } from './parse';

/** A fixed VHD: the disk's sectors from the start of the file, then the footer. */
export class FixedVhdStore extends DiskStore {
  readonly format = 'vhd';
  readonly sectorSize = 512;
  readonly sectorCount: number;
  readonly linkage: string;
  readonly path: string;

  constructor(
    private readonly held: HeldFile,
    private readonly parsed: ParsedVhd,
  ) {
    super(held.readOnly);
    this.path = held.file.path;
    this.sectorCount = Math.floor(parsed.footer.currentSize / this.sectorSize);
    this.linkage = parsed.footer.uniqueId;
    if (held.file.size < parsed.footer.currentSize) throw damaged(this.path, 'the file is shorter than the disk');
  }

  get info(): DiskInfo {
    return describeVhd(this.path, this.held.file.size, this.parsed);
  }

  readInto(target: Uint8Array, position: number): void {
    this.held.file.readInto(target, position);
  }

  protected writeBytes(position: number, data: Uint8Array): void {
    this.held.file.write(position, data);
  }

  protected sync(): void {
    this.held.file.sync();
  }

  protected release(): void {
    this.held.file.close();
    this.held.release();
  }
}
