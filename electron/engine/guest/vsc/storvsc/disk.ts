import type { BlockDevice, BlockRequest, BlockResult } from '../../disk/block-device';
import { cdbs } from './cdb';
import type { Storvsc } from './storvsc';

/** What a unit is, as its scan found it. */
export interface UnitShape {
  readonly lun: number;
  readonly sectorCount: number;
  readonly sectorSize: number;
}

const LARGEST = 0x1_0000; // bytes of one request: 64 KB, as drivers ask for
const NOTHING = new Uint8Array(0);

/** A disk, or a disc in its drive, behind a storage channel. */
export class StorvscDisk implements BlockDevice {
  readonly sectorSize: number;
  readonly sectorCount: number;
  readonly maxSectors: number;

  constructor(
    private readonly adapter: Storvsc,
    private readonly shape: UnitShape,
  ) {
    this.sectorSize = shape.sectorSize;
    this.sectorCount = shape.sectorCount;
    const limit = adapter.maxTransfer > 0 ? Math.min(adapter.maxTransfer, LARGEST) : LARGEST;
    this.maxSectors = Math.max(1, Math.floor(limit / shape.sectorSize));
  }

  submit(request: BlockRequest): number {
    const { lun, sectorSize } = this.shape;
    if (request.op === 'flush')
      return this.adapter.submit({ lun, cdb: cdbs.synchronizeCache(), room: 0, out: NOTHING });
    if (request.op === 'read') {
      const { lba, count } = request;
      return this.adapter.submit({ lun, cdb: cdbs.read(lba, count), room: count * sectorSize, out: NOTHING });
    }
    const { lba, data } = request;
    return this.adapter.submit({ lun, cdb: cdbs.write(lba, data.length / sectorSize), room: 0, out: data });
  }

  take(ticket: number): BlockResult | null {
    const outcome = this.adapter.take(ticket);
    return outcome && { ok: outcome.ok, data: outcome.data };
  }
}
