import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { LockTable } from '../../../electron/storage/disk/lock-table';
import { IsoStore } from '../../../electron/storage/iso/iso-store';
import { buildIso, writeIsoFile } from '../../../electron/storage/iso/writer';
import type { IsoImage } from '../../../electron/storage/iso/writer';
import { bootEntry, readFromDisc } from '@engine/guest/disk/iso9660';
import { expectSameBytes, judge, pattern, refusalOf, temporaryFolder } from '../support';

const isoinfo = judge('isoinfo', ['-version'], 'genisoimage');
const bsdtar = judge('bsdtar', ['--version'], 'libarchive-tools', true);
const BOOT = pattern(2048, 99);
const TIME = Date.UTC(2008, 5, 26, 12, 34, 56);
let path: string;

beforeEach(() => {
  path = join(temporaryFolder(), 'disc.iso');
});

/** What is said of the image at `path`. */
function infoOf(image: string): IsoStore['info'] {
  const disc = IsoStore.open(image);
  disc.close();
  return disc.info;
}

/** Files at several levels, one folder with more records than a sector holds, and awkward lengths. */
function sample(): IsoImage {
  const many = Array.from({ length: 120 }, (_, i) => ({ path: `MANY/FILE${i}.TXT`, bytes: pattern(i * 37, i) }));
  return {
    volumeId: 'XP_TRAINING',
    timeMs: TIME,
    bootImage: BOOT,
    files: [
      { path: 'README', bytes: pattern(10, 1) },
      { path: 'EMPTY.TXT', bytes: new Uint8Array() },
      { path: 'I386/NTLDR', bytes: pattern(2048, 2) },
      { path: 'I386/SYSTEM32/DRIVERS/DC21X4.SYS', bytes: pattern(2049, 3) },
      { path: 'SUPPORT/AMD64/A_LONGER_NAME_OF_LEVEL_2.MSI', bytes: pattern(70_000, 4) },
      { path: 'I386.TXT', bytes: pattern(5, 5) },
      ...many,
    ],
  };
}

describe('the disc', () => {
  it('is the same for the same input', () => {
    expectSameBytes(buildIso(sample()), buildIso(sample()));
    expect(Buffer.compare(buildIso(sample()), buildIso({ ...sample(), timeMs: TIME + 1000 }))).not.toBe(0);
  });

  it('is found by the firmware and the setup program of our guests', () => {
    writeIsoFile(path, sample());
    const disc = IsoStore.open(path);
    const entry = bootEntry(disc);
    expect(entry?.sectors).toBe(4);
    expectSameBytes(disc.read(entry?.lba ?? 0, 1), BOOT);
    for (const file of sample().files) {
      expectSameBytes(readFromDisc(disc, file.path) ?? Buffer.from('missing'), file.bytes);
    }
    expect(readFromDisc(disc, 'I386/MISSING')).toBeNull();
    disc.close();
  });

  it('says every number in both byte orders alike', () => {
    const disc = Buffer.from(buildIso(sample()));
    const primary = disc.subarray(16 * 2048, 17 * 2048);
    for (const at of [80, 132, 158, 166]) expect(primary.readUInt32LE(at)).toBe(primary.readUInt32BE(at + 4));
    for (const at of [120, 124, 128, 184]) expect(primary.readUInt16LE(at)).toBe(primary.readUInt16BE(at + 2));
    const length = primary.readUInt32LE(132);
    const little = disc.subarray(primary.readUInt32LE(140) * 2048).subarray(0, length);
    const big = disc.subarray(primary.readUInt32BE(148) * 2048).subarray(0, length);
    for (let at = 0; at < length; at += 8 + (little[at] ?? 0) + ((little[at] ?? 0) % 2)) {
      expect(big.readUInt32BE(at + 2)).toBe(little.readUInt32LE(at + 2));
      expect(big.readUInt16BE(at + 6)).toBe(little.readUInt16LE(at + 6));
      const folder = disc.subarray(little.readUInt32LE(at + 2) * 2048);
      expect(folder.readUInt32BE(6)).toBe(little.readUInt32LE(at + 2)); // the folder's record of itself
    }
  });

  it.each([
    ['small letters', 'readme.txt'],
    ['two dots', 'A.B.C'],
    ['a hyphen', 'A-B'],
    ['too many letters', 'A'.repeat(31)],
    ['no name', 'FOLDER/'],
    ['an empty folder name', '/A'],
    ['a way up', '../A'],
    ['nine levels', 'A/B/C/D/E/F/G/H/I'],
    ['a name that is taken', 'README'],
    ['a folder’s name', 'I386'],
  ])('cannot hold a file with %s', (_what, name) => {
    const image = sample();
    expect(() => buildIso({ ...image, files: [...image.files, { path: name, bytes: new Uint8Array(1) }] })).toThrow(
      Error,
    );
  });

  it('cannot have any name', () => {
    for (const volumeId of ['', 'lower', 'A B', 'A'.repeat(33)])
      expect(() => buildIso({ ...sample(), volumeId })).toThrow(Error);
  });
});

describe('independent programs agree', () => {
  it.skipIf(!isoinfo.isPresent)('isoinfo: descriptors, boot catalogue, every file', () => {
    writeIsoFile(path, sample());
    const facts = isoinfo.run('-d', '-i', path);
    expect(facts).toContain('Volume id: XP_TRAINING');
    expect(facts).toContain(`Volume size is: ${readFileSync(path).length / 2048}`);
    expect(facts).toMatch(/El Torito VD version 1 found/);
    expect(facts).toMatch(/Key 55 AA/);
    expect(facts).toMatch(/Arch 0 \(x86\)/);
    expect(facts).toMatch(/Boot media 0 \(No Emulation Boot\)/);
    expect(facts).toMatch(/Nsect 4/);
    const listed = isoinfo.run('-f', '-i', path).trim().split('\n');
    for (const file of sample().files) {
      expect(listed).toContain(`/${file.path}${file.path.includes('.') ? '' : '.'};1`);
    }
    expect(isoinfo.run('-l', '-i', path)).toMatch(/Jun 26 2008/);
    // The path table: number, number of the parent, sector in hexadecimal, name.
    const rows = [...isoinfo.run('-p', '-i', path).matchAll(/(\d+): +(\d+) [0-9a-f]+ (\w*)/g)];
    const parents = rows.map(([, , parent, name]) => `${rows[Number(parent) - 1]?.[3] ?? ''}/${name ?? ''}`);
    const folders = ['/I386', '/MANY', '/SUPPORT', 'I386/SYSTEM32', 'SUPPORT/AMD64', 'SYSTEM32/DRIVERS'];
    expect(parents.slice(1)).toEqual(folders);
  });

  it.skipIf(!bsdtar.isPresent)('libarchive: every byte of every file', () => {
    writeIsoFile(path, sample());
    const folder = join(path, '..', 'out');
    mkdirSync(folder);
    bsdtar.run('-x', '-f', path, '-C', folder);
    for (const file of sample().files) expectSameBytes(readFileSync(join(folder, file.path)), file.bytes);
  });
});

describe('a disc in a drive', () => {
  it('has sectors of 2,048 bytes, cannot be written, and may be in two drives', () => {
    writeIsoFile(path, sample());
    const locks = new LockTable();
    const discs = [IsoStore.open(path, locks), IsoStore.open(path, locks)];
    const [disc] = discs;
    expect(disc?.sectorSize).toBe(2048);
    expect(disc?.sectorCount).toBe(readFileSync(path).length / 2048);
    expect(disc?.info).toMatchObject({ volumeId: 'XP_TRAINING', isBootable: true });
    expect(refusalOf(() => disc?.write())).toBe('read-only');
    expect(refusalOf(() => disc?.read(disc.sectorCount, 1))).toBe('out-of-range');
    discs.forEach((each) => each.close());
    expect(locks.isEmpty).toBe(true);
    expect(refusalOf(() => disc?.read(0, 1))).toBe('closed');
  });

  it('reads zeros behind an image that ends inside a sector', () => {
    writeIsoFile(path, { ...sample(), files: [{ path: 'A', bytes: pattern(100, 1) }] });
    const whole = readFileSync(path);
    truncateSync(path, whole.length - 2048 + 100);
    const disc = IsoStore.open(path);
    expectSameBytes(disc.read(disc.sectorCount - 1, 1), whole.subarray(-2048));
    disc.close();
  });

  it('is bootable only with a catalogue whose words add up', () => {
    writeIsoFile(path, { ...sample(), bootImage: undefined });
    expect(infoOf(path)).toMatchObject({ volumeId: 'XP_TRAINING', isBootable: false });
    const bytes = Buffer.from(buildIso(sample()));
    const catalogue = bytes.readUInt32LE(17 * 2048 + 0x47) * 2048;
    bytes[catalogue + 5] = (bytes[catalogue + 5] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    expect(infoOf(path).isBootable).toBe(false);
    bytes.writeUInt32LE(0xfffffff0, 17 * 2048 + 0x47);
    writeFileSync(path, bytes);
    expect(infoOf(path).isBootable).toBe(false);
  });

  it('must be one', () => {
    writeFileSync(path, pattern(100_000, 1));
    expect(refusalOf(() => IsoStore.open(path))).toBe('unsupported');
    writeFileSync(path, '');
    expect(refusalOf(() => infoOf(path))).toBe('unsupported');
    expect(refusalOf(() => IsoStore.open(`${path}.missing`))).toBe('not-found');
  });
});
