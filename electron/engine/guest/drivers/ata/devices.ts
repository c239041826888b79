import { readBe32 } from '../../../base/bytes';
import type { BlockDevice, BlockRequest, BlockResult } from '../../disk/block-device';
import type { AtaChannel } from './channel';
import { MAX_TRANSFER, SECTOR } from './registers';

/** A hard disk behind an ATA channel. */
export class AtaDisk implements BlockDevice {
  readonly sectorSize = SECTOR;
  readonly maxSectors = MAX_TRANSFER / SECTOR;

  constructor(
    private readonly channel: AtaChannel,
    private readonly device: number,
    readonly sectorCount: number,
    private readonly now: () => number,
  ) {}

  submit(request: BlockRequest): number {
    const { device } = this;
    if (request.op === 'flush') return this.channel.submit({ kind: 'flush', device }, this.now());
    if (request.op === 'read')
      return this.channel.submit({ kind: 'read', device, lba: request.lba, count: request.count }, this.now());
    return this.channel.submit({ kind: 'write', device, lba: request.lba, data: request.data }, this.now());
  }

  take(ticket: number): BlockResult | null {
    return this.channel.take(ticket);
  }
}

/** SCSI commands that an optical drive understands: MMC-2, 5. */
const Scsi = { testUnitReady: 0x00, inquiry: 0x12, startStop: 0x1b, readCapacity: 0x25, read10: 0x28 } as const;

export const OPTICAL_SECTOR = 2048;

/** Command blocks for a packet device, 12 bytes each. */
export const packets = {
  testUnitReady: () => block(Scsi.testUnitReady),
  inquiry: (length: number) => block(Scsi.inquiry, [4, length]),
  readCapacity: () => block(Scsi.readCapacity),
  /** Opens the tray (LoEj with Start clear). */
  eject: () => block(Scsi.startStop, [4, 2]),
  read: (lba: number, count: number) => {
    const bytes = block(Scsi.read10, [8, count]);
    bytes.set([lba >>> 24, (lba >>> 16) & 0xff, (lba >>> 8) & 0xff, lba & 0xff], 2);
    return bytes;
  },
};

function block(code: number, ...fields: readonly (readonly [number, number])[]): Uint8Array {
  const bytes = new Uint8Array(12);
  bytes[0] = code;
  for (const [at, value] of fields) bytes[at] = value;
  return bytes;
}

/** Sectors of the disc from the answer to READ CAPACITY; 0 when it is not one of 2,048-byte sectors. */
export function discSectors(capacity: Uint8Array): number {
  return capacity.length >= 8 && readBe32(capacity, 4) === OPTICAL_SECTOR ? readBe32(capacity, 0) + 1 : 0;
}

/** A disc in a packet device, read-only. */
export class PacketDisc implements BlockDevice {
  readonly sectorSize = OPTICAL_SECTOR;
  readonly maxSectors = 16;

  constructor(
    private readonly channel: AtaChannel,
    private readonly device: number,
    readonly sectorCount: number,
    private readonly now: () => number,
  ) {}

  submit(request: BlockRequest): number {
    const { device } = this;
    if (request.op !== 'read')
      return this.channel.submit({ kind: 'packet', device, cdb: packets.testUnitReady(), length: 0 }, this.now());
    const cdb = packets.read(request.lba, request.count);
    return this.channel.submit({ kind: 'packet', device, cdb, length: request.count * OPTICAL_SECTOR }, this.now());
  }

  take(ticket: number): BlockResult | null {
    return this.channel.take(ticket);
  }
}
