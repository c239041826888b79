import { describe, expect, it } from 'vitest';
import { MemoryBlockStore } from '@engine/base/memory-block-store';
import type { BlockDevice, BlockRequest, BlockResult } from '@engine/guest/disk/block-device';
import { newPagedDisk, PagedDisk } from '@engine/guest/disk/paged-disk';
import { SectorError, SectorFault } from '@engine/guest/disk/sectors';

/** A disk that answers when it is told to. */
class SlowDisk implements BlockDevice {
  readonly sectorSize = 512;
  readonly maxSectors = 16;
  readonly requests: BlockRequest[] = [];
  refuses = false;
  private ready = -1;

  constructor(private readonly store: MemoryBlockStore) {}

  get sectorCount(): number {
    return this.store.sectorCount;
  }

  submit(request: BlockRequest): number {
    return this.requests.push(request) - 1;
  }

  finish(): void {
    this.ready = this.requests.length - 1;
  }

  take(ticket: number): BlockResult | null {
    const request = this.requests[ticket];
    if (ticket > this.ready || !request) return null;
    if (this.refuses) return { ok: false, data: new Uint8Array(0) };
    if (request.op === 'write') this.store.write(request.lba, request.data);
    return { ok: true, data: request.op === 'read' ? this.store.read(request.lba, request.count) : new Uint8Array(0) };
  }
}

function make(): { store: MemoryBlockStore; device: SlowDisk; disk: PagedDisk } {
  const content = Uint8Array.from({ length: 64 * 512 }, (_, i) => i >> 9);
  const store = new MemoryBlockStore({ sectorCount: 64, content });
  const device = new SlowDisk(store);
  return { store, device, disk: new PagedDisk(device, newPagedDisk()) };
}

function faultOf(step: () => unknown): SectorFault {
  try {
    step();
  } catch (error) {
    if (error instanceof SectorFault) return error;
  }
  throw new Error('no fault');
}

/** Serves faults until `step` works. */
function served<T>({ device, disk }: ReturnType<typeof make>, step: () => T): T {
  for (let i = 0; i < 100; i++) {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof SectorFault)) throw error;
      disk.page(error);
      device.finish();
      disk.poll();
    }
  }
  throw new Error('never served');
}

describe("a guest's cache of sectors", () => {
  it('faults until the driver has read, and asks no more than the driver can', () => {
    const rig = make();
    const bytes = served(rig, () => rig.disk.read(10, 40));
    expect([bytes[0], bytes[39 * 512], bytes.length]).toEqual([10, 49, 40 * 512]);
    expect(rig.device.requests.every((request) => request.op === 'read' && request.count <= 16)).toBe(true);
    expect(() => rig.disk.read(10, 40)).not.toThrow();
  });

  it('has one request under way at a time', () => {
    const { device, disk } = make();
    disk.page(faultOf(() => disk.read(0, 1)));
    disk.page(faultOf(() => disk.read(30, 1)));
    expect([device.requests.length, disk.poll()]).toEqual([1, false]);
    device.finish();
    expect(disk.poll()).toBe(true);
  });

  it('keeps what was written, over what is read later, and writes it back in runs', () => {
    const rig = make();
    const { device, disk, store } = rig;
    disk.page(faultOf(() => disk.read(8, 1)));
    disk.write(9, new Uint8Array(2 * 512).fill(0xaa));
    device.finish();
    disk.poll();
    expect([disk.read(8, 1)[0], disk.read(9, 1)[0], disk.clean]).toEqual([8, 0xaa, false]);
    disk.writeBack();
    device.finish();
    disk.poll();
    expect([disk.clean, store.read(9, 1)[0], store.read(10, 1)[511], store.read(11, 1)[0]]).toEqual([
      true,
      0xaa,
      0xaa,
      11,
    ]);
    expect(device.requests.at(-1)).toMatchObject({ op: 'write', lba: 9 });
  });

  it('does not forget what has not been written when it is trimmed', () => {
    const rig = make();
    served(rig, () => rig.disk.read(0, 20));
    rig.disk.write(3, new Uint8Array(512).fill(1));
    rig.disk.trim(5);
    expect(rig.disk.read(3, 1)[0]).toBe(1);
    expect(() => rig.disk.read(4, 1)).toThrow(SectorFault);
    rig.disk.trim(5);
    expect(rig.disk.read(3, 1)[0]).toBe(1);
  });

  it('gives an error for what the disk refuses and for what it does not have', () => {
    const rig = make();
    rig.device.refuses = true;
    expect(() => served(rig, () => rig.disk.read(5, 1))).toThrow(SectorError);
    expect(() => rig.disk.read(64, 1)).toThrow(SectorError);
    expect(() => rig.disk.read(-1, 1)).toThrow(SectorError);
    expect(() => rig.disk.write(60, new Uint8Array(5 * 512))).toThrow(SectorError);
    rig.disk.write(1, new Uint8Array(512));
    rig.disk.writeBack();
    rig.device.finish();
    rig.disk.poll();
    expect(rig.disk.writeFailed).toBe(true);
  });
});
