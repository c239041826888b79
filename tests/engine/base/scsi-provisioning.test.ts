import { describe, expect, it } from 'vitest';
import { readBe16, readBe32, writeBe16, writeBe32 } from '@engine/base/bytes';
import { MemoryBlockStore } from '@engine/base/memory-block-store';
import type { ScsiResult } from '@engine/base/scsi/commands';
import { diskUnit } from '@engine/parent/vsp/storvsp/offers';
import type { DiskUnit } from '@engine/parent/vsp/storvsp/disk-unit';
import { VstorVersion } from '@engine/vmbus/protocol/vstor';

const SECTORS = 1_000_000;

function made(
  version: number = VstorVersion.V6_2,
  options: { thin?: boolean; readOnly?: boolean } = {},
): { unit: DiskUnit; store: MemoryBlockStore } {
  const store = new MemoryBlockStore({ sectorCount: SECTORS, thin: options.thin ?? true, readOnly: options.readOnly });
  return { unit: diskUnit(store, '11111111-2222-4333-8444-555555555555', version), store };
}

function run(unit: DiskUnit, cdb: readonly number[], out: Uint8Array = new Uint8Array(0)): ScsiResult {
  const bytes = new Uint8Array(16);
  bytes.set(cdb);
  return unit.execute({ cdb: bytes, out, room: 65_536, account: () => undefined });
}

/** Key, additional code and qualifier of a failure; 'ok' otherwise. */
function verdict(result: ScsiResult): string {
  return 'sense' in result ? `${result.sense.key}/${result.sense.asc.toString(16)}/${result.sense.ascq}` : 'ok';
}

const data = (result: ScsiResult): Uint8Array => ('data' in result ? result.data : new Uint8Array(0));

function list(...extents: readonly (readonly [number, number])[]): Uint8Array {
  const bytes = new Uint8Array(8 + extents.length * 16);
  writeBe16(bytes, 0, bytes.length - 2);
  writeBe16(bytes, 2, extents.length * 16);
  extents.forEach(([lba, count], i) => {
    writeBe32(bytes, 8 + i * 16, Math.floor(lba / 2 ** 32));
    writeBe32(bytes, 12 + i * 16, lba % 2 ** 32);
    writeBe32(bytes, 16 + i * 16, count);
  });
  return bytes;
}

const unmap = (unit: DiskUnit, parameters: Uint8Array, length = parameters.length, flags = 0): string =>
  verdict(run(unit, [0x42, flags, 0, 0, 0, 0, 0, length >> 8, length & 0xff], parameters));

const same16 = (lba: number, count: number, flags = 0): number[] => {
  const cdb = new Uint8Array(16);
  [cdb[0], cdb[1]] = [0x93, flags];
  writeBe32(cdb, 6, lba);
  writeBe32(cdb, 10, count);
  return [...cdb];
};

describe('UNMAP', () => {
  it('makes the sectors that it names zeros, and no others', () => {
    const { unit, store } = made();
    store.write(0, new Uint8Array(512 * 300).fill(7));
    expect(unmap(unit, list([10, 2], [256, 20]))).toBe('ok');
    const zeros = Array.from({ length: 300 }, (_, lba) => lba).filter((lba) => store.read(lba, 1)[0] === 0);
    expect(zeros).toEqual([10, 11, ...Array.from({ length: 20 }, (_, i) => 256 + i)]);
  });

  it.each([
    ['nothing at all', list(), 0, 'ok'],
    ['a list shorter than its header', list([1, 1]), 7, '5/1a/0'],
    ['a list longer than what came', list([1, 1]), 100, '5/1a/0'],
    ['a sector after the last', list([SECTORS, 1]), 24, '5/21/0'],
    ['one good extent and one beyond 2^63', list([0, 1], [2 ** 53, 1]), 40, '5/21/0'],
    ['more sectors than the limit', list([0, 0xffff_ffff]), 24, '5/26/0'],
    [
      'more descriptors than the limit',
      list(...Array.from({ length: 257 }, () => [0, 1] as const)),
      8 + 257 * 16,
      '5/26/0',
    ],
  ])('is refused or accepted as the standard says: %s', (_name, parameters, length, expected) => {
    const { unit, store } = made();
    store.write(0, new Uint8Array(512).fill(7));
    expect(unmap(unit, parameters, length)).toBe(expected);
    expect(store.read(0, 1)[0]).toBe(7);
  });

  it('is not anchored, not for protected disks, and unknown where room is kept or the host is older than 2012', () => {
    expect(unmap(made().unit, list([0, 1]), 24, 1)).toBe('5/24/0');
    expect(unmap(made(VstorVersion.V6_2, { readOnly: true }).unit, list([0, 1]))).toBe('7/27/0');
    expect(unmap(made(VstorVersion.V6_2, { thin: false }).unit, list([0, 1]))).toBe('5/20/0');
    expect(unmap(made(VstorVersion.V4_2).unit, list([0, 1]))).toBe('5/20/0');
  });
});

describe('WRITE SAME', () => {
  it('repeats one sector, over more than one piece', () => {
    const { unit, store } = made();
    expect(verdict(run(unit, same16(5, 5000), new Uint8Array(512).fill(9)))).toBe('ok');
    expect([4, 5, 5004, 5005].map((lba) => store.read(lba, 1)[0])).toEqual([0, 9, 9, 0]);
    const cdb = [0x41, 0, 0, 0, 0, 8, 0, 0, 2];
    expect(verdict(run(unit, cdb, new Uint8Array(512).fill(3)))).toBe('ok');
    expect([7, 8, 9, 10].map((lba) => store.read(lba, 1)[0])).toEqual([9, 3, 3, 9]);
  });

  it('gives back what is to be zeros, with data or without', () => {
    const { unit, store } = made();
    store.write(0, new Uint8Array(512 * 20).fill(7));
    expect(verdict(run(unit, same16(2, 2, 0x08), new Uint8Array(512)))).toBe('ok');
    expect(verdict(run(unit, same16(6, 2, 0x09)))).toBe('ok');
    expect(verdict(run(unit, same16(10, 1, 0x08), new Uint8Array(512).fill(4)))).toBe('ok');
    expect([1, 2, 3, 4, 6, 7, 8, 10].map((lba) => store.read(lba, 1)[0])).toEqual([7, 0, 0, 7, 0, 0, 7, 4]);
  });

  it.each([
    ['no sectors', same16(0, 0), 512, '5/24/0'],
    ['more than the limit', same16(0, 65_537), 512, '5/24/0'],
    ['no data', same16(0, 1), 0, '5/24/0'],
    ['an anchor', same16(0, 1, 0x10), 512, '5/24/0'],
    ['the logical block data bit', same16(0, 1, 0x02), 512, '5/24/0'],
    ['sectors beyond the end', same16(SECTORS - 1, 2), 512, '5/21/0'],
  ])('is refused: %s', (_name, cdb, bytes, expected) => {
    expect(verdict(run(made().unit, cdb, new Uint8Array(bytes)))).toBe(expected);
  });

  it('came with 2016', () => {
    expect(verdict(run(made(VstorVersion.V6_0).unit, same16(0, 1), new Uint8Array(512)))).toBe('5/20/0');
  });
});

describe('what the disk says of itself', () => {
  const page = (unit: DiskUnit, code: number): Uint8Array => data(run(unit, [0x12, 1, code, 1, 0]));
  const capacity = (unit: DiskUnit): number =>
    data(run(unit, [0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32]))[14] ?? -1;

  it('is thin, with limits, where room is given back', () => {
    const { unit } = made();
    expect([...page(unit, 0)].slice(4)).toEqual([0x00, 0x80, 0x83, 0xb0, 0xb1, 0xb2]);
    const limits = page(unit, 0xb0);
    expect([limits[4], readBe16(limits, 6)]).toEqual([1, 8]);
    expect([readBe32(limits, 20), readBe32(limits, 24), readBe32(limits, 28), readBe32(limits, 32)]).toEqual([
      8_388_608, 256, 128, 0x8000_0000,
    ]);
    expect(readBe32(limits, 40)).toBe(65_536);
    expect([...page(unit, 0xb2)]).toEqual([0, 0xb2, 0, 4, 0, 0xe4, 2, 0]);
    expect(capacity(unit)).toBe(0xc0);
  });

  it('is not where room is kept', () => {
    const { unit } = made(VstorVersion.V6_2, { thin: false });
    expect([readBe32(page(unit, 0xb0), 20), [...page(unit, 0xb2)].slice(4), capacity(unit)]).toEqual([
      0,
      [0, 0, 0, 0],
      0,
    ]);
  });

  it('has no reservations: it is nobody else s', () => {
    expect(
      [0x5e, 0x5f].map((opcode) => verdict(run(made().unit, [opcode, 0, 0, 0, 0, 0, 0, 0, 24], new Uint8Array(24)))),
    ).toEqual(['5/20/0', '5/20/0']);
  });
});
