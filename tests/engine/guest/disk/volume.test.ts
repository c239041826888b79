import { describe, expect, it } from 'vitest';
import { asciiBytes, writeU32 } from '@engine/base/bytes';
import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { Random } from '@engine/base/random';
import { installOnto } from '@engine/guest/disk/installer';
import { buildMbr, readPartitions } from '@engine/guest/disk/mbr';
import { buildModule, moduleName } from '@engine/guest/disk/module-file';
import { formatDriver, parseDriver } from '@engine/guest/disk/driver-text';
import { formatSections, parseSections } from '@engine/guest/disk/settings-text';
import { buildBootSector, newLayout, readLayout, Volume } from '@engine/guest/disk/volume';
import { OS_PROFILES } from '@engine/guest/os';

const SECTORS = 4096;

function fresh(sectors = SECTORS): { disk: MemoryBlockStore; volume: Volume } {
  const disk = new MemoryBlockStore({ sectorCount: sectors + 63 });
  const volume = new Volume(disk, newLayout(63, sectors, 'ntldr', 'TEST'));
  volume.format();
  return { disk, volume };
}

describe('the model volume', () => {
  it('gives back what was written, also through its own boot sector', () => {
    const { disk, volume } = fresh();
    const random = new Random(1);
    const files = Array.from({ length: 20 }, (_, i) => ({
      path: `folder/file${i}`,
      bytes: random.bytes(random.below(3000)),
    }));
    for (const { path, bytes } of files) expect(volume.write(path, bytes)).toBe(true);
    const layout = readLayout(disk.read(63, 1));
    if (!layout) throw new Error('no volume');
    const again = new Volume(disk, layout);
    for (const { path, bytes } of files) expect([...(again.read(path) ?? [])]).toEqual([...bytes]);
    expect([layout.loader, layout.label, again.entries().length]).toEqual(['ntldr', 'TEST', 20]);
  });

  it('replaces in place what still fits, and moves what has grown', () => {
    const { volume } = fresh();
    volume.write('a', new Uint8Array(1000).fill(1));
    volume.write('b', new Uint8Array(10).fill(2));
    const before = volume.find('a');
    volume.write('a', new Uint8Array(1024).fill(3));
    expect(volume.find('a')?.start).toBe(before?.start);
    volume.write('a', new Uint8Array(1025).fill(4));
    expect(volume.find('a')?.start).toBeGreaterThan(before?.start ?? 0);
    expect(volume.read('a')?.every((value) => value === 4)).toBe(true);
    expect(volume.read('b')?.every((value) => value === 2)).toBe(true);
  });

  it('holds empty files', () => {
    const { volume } = fresh();
    expect([volume.write('empty', new Uint8Array(0)), volume.read('empty')?.length]).toEqual([true, 0]);
  });

  it('refuses what has no room: data, records, paths', () => {
    const { volume } = fresh(200);
    expect(volume.write('large', new Uint8Array(200 * 512))).toBe(false);
    expect(volume.write('x'.repeat(104), new Uint8Array(1))).toBe(false);
    const many = fresh();
    for (let i = 0; i < 256; i++) expect(many.volume.write(`f${i}`, new Uint8Array(1))).toBe(true);
    expect(many.volume.write('one too many', new Uint8Array(1))).toBe(false);
  });

  it('does not give out a file whose sectors were damaged', () => {
    const { disk, volume } = fresh();
    volume.write('a', asciiBytes('contents'));
    const at = 63 + (volume.find('a')?.start ?? 0);
    disk.write(at, asciiBytes('Contents', 512));
    expect(volume.read('a')).toBeNull();
  });

  it.each([
    ['length', 112, 0xffff_ffff],
    ['start', 104, 0xffff_ff00],
    ['capacity', 108, 0xffff_ffff],
  ])('does not follow a record with a hostile %s', (_name, offset, value) => {
    const { disk, volume } = fresh();
    volume.write('a', asciiBytes('contents'));
    const catalogue = disk.read(63 + 8, 1);
    writeU32(catalogue, offset, value);
    disk.write(63 + 8, catalogue);
    expect(volume.read('a')).toBeNull();
  });

  it('is not read from a sector without signature, name or version', () => {
    const sector = buildBootSector(newLayout(63, SECTORS, 'ntldr', 'TEST'));
    expect(readLayout(sector)).not.toBeNull();
    for (const at of [3, 0x10, 510]) {
      const damaged = sector.slice();
      damaged[at] = 0xee;
      expect(readLayout(damaged)).toBeNull();
    }
  });
});

describe('the partition table', () => {
  it('has one active partition of the volume', () => {
    expect(readPartitions(buildMbr(2048, 12_345_678))).toEqual([
      { active: true, type: 0x7f, start: 2048, count: 12_345_678 },
    ]);
  });

  it('is read from nothing that has no signature', () => {
    expect(readPartitions(new Uint8Array(512).fill(1))).toEqual([]);
  });
});

describe('files of an installed system', () => {
  it('binaries name their code and notice damage', () => {
    const file = buildModule('dc21x4', 5000);
    expect([file.length, moduleName(file)]).toEqual([5000, 'dc21x4']);
    for (const at of [0, 64, 4999, 13]) {
      const damaged = file.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(moduleName(damaged)).toBeNull();
    }
    expect(moduleName(file.subarray(0, 4000))).toBeNull();
    expect(moduleName(new Uint8Array(3))).toBeNull();
  });

  it.each(OS_PROFILES.map((profile) => [profile.id, profile] as const))(
    '%s: every driver package survives its text',
    (_id, profile) => {
      for (const driver of profile.drivers) {
        const parsed = parseDriver(driver.inf, formatDriver(driver));
        expect(parsed).toEqual({
          inf: driver.inf,
          service: driver.service,
          file: driver.file,
          className: driver.className,
          models: driver.models,
        });
      }
    },
  );

  it('a text that is no driver package is none', () => {
    for (const text of [
      '',
      '[Version]\r\nClass=Net',
      '[Version]\r\nClass=Nonsense\r\n[Install]\r\nService=a\r\nFile=b',
      '\0\xff=',
    ]) {
      expect(parseDriver('x.inf', text)).toBeNull();
    }
  });

  it('settings survive their text', () => {
    const sections = { One: { a: '1', 'PCI\\VEN_1011&DEV_0009': 'name with = sign' }, Two: {} };
    expect(parseSections(formatSections(sections))).toEqual(sections);
  });

  it('an installed disk says why it cannot be made', () => {
    const [profile] = OS_PROFILES;
    if (!profile) throw new Error('no systems');
    const choices = { installed: '2008-01-01 00:00' };
    expect(installOnto(new MemoryBlockStore({ sectorCount: 100 }), profile, choices)).toBe('The disk is too small.');
    expect(installOnto(new MemoryBlockStore({ sectorCount: 8300 }), profile, choices)).toBeNull();
  });
});
