import { describe, expect, it } from 'vitest';
import { asciiBytes, writeU32 } from '@engine/base/bytes';
import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { bootEntry, findOnDisc, readFromDisc } from '@engine/guest/disk/iso9660';
import { FILES_INF, setupProfileOf, trainingBootImage, trainingMediaFiles } from '@engine/guest/disk/media';
import { OS_PROFILES } from '@engine/guest/os';
import { disc, trainingDisc } from '../iso';

describe('ISO 9660 as a guest reads it', () => {
  it('finds files in folders, by any case of the name', () => {
    const files = [
      { path: 'A/ONE.TXT', bytes: asciiBytes('one') },
      { path: 'A/NTLDR', bytes: asciiBytes('two') },
      { path: 'B/BIG.BIN', bytes: new Uint8Array(5000).fill(7) },
    ];
    const medium = disc({ volumeId: 'TEST', files, timeMs: 0 });
    expect(readFromDisc(medium, 'a/one.txt')).toEqual(asciiBytes('one'));
    expect(readFromDisc(medium, 'A/NTLDR')).toEqual(asciiBytes('two'));
    expect(readFromDisc(medium, 'B/BIG.BIN')).toHaveLength(5000);
    expect([readFromDisc(medium, 'A'), readFromDisc(medium, 'C/X'), readFromDisc(medium, 'A/ONE.TXT/X')]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('finds a file in a folder of many blocks', () => {
    const files = Array.from({ length: 150 }, (_, i) => ({ path: `M/FILE${i}.BIN`, bytes: Uint8Array.of(i) }));
    const medium = disc({ volumeId: 'TEST', files, timeMs: 0 });
    expect(findOnDisc(medium, 'M')?.length).toBeGreaterThan(4096);
    for (const i of [0, 77, 149]) expect(readFromDisc(medium, `M/FILE${i}.BIN`)).toEqual(Uint8Array.of(i));
  });

  it('sees no volume on a disc without one', () => {
    expect(findOnDisc(new MemoryBlockStore({ sectorCount: 100, sectorSize: 2048 }), 'A')).toBeNull();
    expect(findOnDisc(new MemoryBlockStore({ sectorCount: 3, sectorSize: 2048 }), 'A')).toBeNull();
  });

  it('does not follow a catalogue or an image that lies outside', () => {
    const medium = trainingDisc('winxp-sp2');
    const all = medium.read(0, medium.sectorCount);
    const catalogue = new DataView(all.buffer).getUint32(17 * 2048 + 0x47, true);
    const damaged = (at: number, value: number): MemoryBlockStore => {
      const content = all.slice();
      writeU32(content, at, value);
      return new MemoryBlockStore({ sectorCount: medium.sectorCount, sectorSize: 2048, content });
    };
    expect(bootEntry(medium)).not.toBeNull();
    expect(bootEntry(damaged(17 * 2048 + 0x47, 0xffff_fff0))).toBeNull();
    expect(bootEntry(damaged(catalogue * 2048 + 40, 0xffff_fff0))).toBeNull();
    expect(bootEntry(damaged(catalogue * 2048 + 32, 0))).toBeNull();
  });
});

describe('training media', () => {
  it.each(OS_PROFILES.map((profile) => [profile.id, profile] as const))(
    '%s: names of ISO 9660 level 1, each once',
    (_id, profile) => {
      const paths = trainingMediaFiles(profile).map(({ path }) => path);
      expect(new Set(paths).size).toBe(paths.length);
      for (const path of paths) expect(path).toMatch(/^[A-Z0-9_]{1,8}\/[A-Z0-9_]{1,8}(\.[A-Z0-9_]{1,3})?$/);
      expect(readFromDisc(trainingDisc(profile.id), FILES_INF)?.length).toBeGreaterThan(100);
    },
  );

  it('boot images say whose setup they start', () => {
    for (const profile of OS_PROFILES) expect(setupProfileOf(trainingBootImage(profile))).toBe(profile.id);
    expect(setupProfileOf(new Uint8Array(2048))).toBeNull();
    expect(setupProfileOf(new Uint8Array(10))).toBeNull();
  });
});
