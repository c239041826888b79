import { copyFileSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { DiskService } from '../../../electron/storage/disk/disk-service';
import { DiskFile } from '../../../electron/storage/disk/disk-file';
import { LockTable } from '../../../electron/storage/disk/lock-table';
import { crc32cWithHole } from '../../../electron/storage/crc32c';
import { decodeHeader, encodeHeader, HeaderPair } from '../../../electron/storage/vhdx/header';
import type { VhdxHeader } from '../../../electron/storage/vhdx/header';
import { NIL_GUID } from '../../../electron/storage/disk/guid';
import { expectSameBytes, fixedEnvironment, pattern, refusalOf, temporaryFolder, withDisk } from '../support';

const KB = 1024;
const MB = 1024 * KB;
let folder: string;
let locks: LockTable;
let disks: DiskService;
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = temporaryFolder();
  locks = new LockTable();
  disks = new DiskService({ environment: fixedEnvironment(), locks });
});

function dynamic(name: string, sizeBytes = 10 * MB, blockSize = MB): string {
  disks.createDiskSync({ path: at(name), format: 'vhdx', type: 'dynamic', sizeBytes, blockSize });
  return at(name);
}

function child(name: string, parentPath: string, blockSize?: number): string {
  disks.createDiskSync({
    path: at(name),
    format: 'vhdx',
    type: 'differencing',
    parentPath,
    ...(blockSize && { blockSize }),
  });
  return at(name);
}

/** The header that is current in the file now. */
function headerOf(path: string): VhdxHeader {
  const bytes = readFileSync(path);
  const found = [64 * KB, 128 * KB].map((from) => decodeHeader(bytes.subarray(from, from + 4096), path));
  const valid = found.filter((header) => header !== undefined).sort((a, b) => (a.sequence < b.sequence ? 1 : -1));
  const current = valid[0];
  if (current === undefined) throw new Error('no valid header');
  return current;
}

function change(path: string, edit: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  edit(bytes);
  writeFileSync(path, bytes);
}

/** Puts a right checksum on the region table after it was changed. */
function signRegions(bytes: Buffer): void {
  bytes.writeUInt32LE(crc32cWithHole(bytes.subarray(192 * KB, 256 * KB), 4), 192 * KB + 4);
}

describe('a dynamic VHDX', () => {
  it('takes 4 MB when empty, and one block for each that is written', () => {
    const path = dynamic('d.vhdx', 127 * KB * MB, 32 * MB);
    expect(disks.inspectDisk(path)).toMatchObject({
      format: 'vhdx',
      type: 'dynamic',
      fileSize: 4 * MB,
      maxSize: 127 * KB * MB,
      blockSize: 32 * MB,
      logicalSectorSize: 512,
      physicalSectorSize: 4096,
    });
    withDisk(disks, path, (disk) => {
      disk.write(disk.sectorCount - 1, pattern(512, 1));
      expect(disk.info.fileSize).toBe(36 * MB);
      disk.write(disk.sectorCount - 9, pattern(512, 2));
      expect(disk.info.fileSize).toBe(36 * MB);
    });
    expect(statSync(path).blocks * 512).toBeLessThan(2 * MB); // the block's zeros are holes of the host's file
  });

  it('reads back what was written, across blocks and chunks, and zeros elsewhere', () => {
    const path = dynamic('d.vhdx', 9 * KB * MB); // three chunks of 4 GB with 1 MB blocks
    const border = (4 * KB * MB) / 512;
    const data = pattern(3 * MB, 3);
    withDisk(disks, path, (disk) => disk.write(border - 2000, data));
    withDisk(disks, path, (disk) => {
      expectSameBytes(disk.read(border - 2000, data.length / 512), data);
      expectSameBytes(disk.read(border - 2001, 1), new Uint8Array(512));
      expectSameBytes(disk.read(0, 4096), new Uint8Array(2 * MB));
    });
  });

  it('gets new GUIDs with the first write of a session, and none by being opened or read', () => {
    const path = dynamic('d.vhdx');
    const before = readFileSync(path);
    withDisk(disks, path, (disk) => disk.read(0, 1));
    expectSameBytes(readFileSync(path), before);
    const first = headerOf(path);
    withDisk(disks, path, (disk) => disk.write(0, pattern(512, 1)));
    const second = headerOf(path);
    expect(second.sequence).toBeGreaterThan(first.sequence);
    expect(second.fileWriteGuid).not.toBe(first.fileWriteGuid);
    expect(second.dataWriteGuid).not.toBe(first.dataWriteGuid);
    expect(second.logGuid).toBe(NIL_GUID);
  });

  it('has two headers that say the same after every session, and goes by the newer one', () => {
    const path = dynamic('d.vhdx');
    withDisk(disks, path, (disk) => disk.write(0, pattern(512, 1)));
    const headers = (): (VhdxHeader | undefined)[] => {
      const bytes = readFileSync(path);
      return [64 * KB, 128 * KB].map((from) => decodeHeader(bytes.subarray(from, from + 4096), path));
    };
    const [first, second] = headers();
    expect({ ...first, sequence: 0n }).toEqual({ ...second, sequence: 0n });
    for (const [newer, place] of [64 * KB, 128 * KB].entries()) {
      const other = { ...first, sequence: 1000n + BigInt(newer), fileWriteGuid: NIL_GUID, dataWriteGuid: NIL_GUID };
      if (first !== undefined) change(path, (bytes) => bytes.set(encodeHeader({ ...first, ...other }), place));
      const parent = DiskFile.open(path, 'read');
      expect(new HeaderPair(parent).current.sequence).toBe(1000n + BigInt(newer));
      parent.close();
    }
  });

  it('finds blocks beyond 4 GB of the file', () => {
    const path = dynamic('d.vhdx', 5 * KB * MB, 256 * MB);
    withDisk(disks, path, (disk) => {
      for (let block = 0; block < 20; block++) disk.write(block * 524_288 + block, pattern(512, block));
      expect(disk.info.fileSize).toBeGreaterThan(5 * KB * MB);
    });
    withDisk(disks, path, (disk) => {
      for (let block = 0; block < 20; block++) {
        expectSameBytes(disk.read(block * 524_288 + block, 1), pattern(512, block));
      }
    });
  });

  it('opens by the other header when one is damaged', () => {
    const path = dynamic('d.vhdx');
    withDisk(disks, path, (disk) => disk.write(0, pattern(512, 1)));
    for (const place of [64 * KB, 128 * KB]) {
      copyFileSync(path, at('copy.vhdx'));
      change(at('copy.vhdx'), (bytes) => bytes.fill(0xee, place + 20, place + 30));
      withDisk(disks, at('copy.vhdx'), (disk) => expectSameBytes(disk.read(0, 1), pattern(512, 1)));
    }
  });

  it('opens by the other region table when one is damaged', () => {
    const path = dynamic('d.vhdx');
    change(path, (bytes) => bytes.fill(0xee, 192 * KB, 193 * KB));
    expect(withDisk(disks, path, (disk) => disk.sectorCount)).toBe(20_480);
  });

  it('can have sectors of 4 KB', () => {
    const path = dynamic('d.vhdx', 10 * MB);
    change(path, (bytes) => {
      const sector = bytes.indexOf(Buffer.from([0, 2, 0, 0, 0, 16, 0, 0]), 2 * MB + 64 * KB); // logical 512, physical 4096
      bytes.writeUInt32LE(4096, sector);
    });
    withDisk(disks, path, (disk) => {
      expect([disk.sectorSize, disk.sectorCount]).toEqual([4096, 2560]);
      disk.write(2559, pattern(4096, 1));
      expectSameBytes(disk.read(2558, 2), Buffer.concat([new Uint8Array(4096), pattern(4096, 1)]));
      expect(refusalOf(() => disk.write(0, new Uint8Array(512)))).toBe('out-of-range');
    });
  });
});

describe('a fixed VHDX', () => {
  it('has all blocks from the start, really allocated, and never grows', () => {
    const options = {
      path: at('f.vhdx'),
      format: 'vhdx',
      type: 'fixed',
      sizeBytes: 5 * MB + 512,
      blockSize: MB,
    } as const;
    const info = disks.createDiskSync(options);
    expect(info).toMatchObject({ type: 'fixed', fileSize: 10 * MB, maxSize: 5 * MB + 512 });
    expect(statSync(at('f.vhdx')).blocks * 512).toBeGreaterThanOrEqual(6 * MB);
    withDisk(disks, at('f.vhdx'), (disk) => {
      disk.write(0, pattern(5 * MB + 512, 1));
      expectSameBytes(disk.read(0, disk.sectorCount), pattern(5 * MB + 512, 1));
      expect(disk.info.fileSize).toBe(10 * MB);
    });
  });
});

describe('a differencing VHDX', () => {
  it.each([MB, 2 * MB, 32 * MB])(
    'shows the parent except for its own sectors, with blocks of %d bytes',
    (blockSize) => {
      const parent = dynamic('p.vhdx', 70 * MB);
      withDisk(disks, parent, (disk) => disk.write(0, pattern(66 * MB, 1)));
      const bytes = readFileSync(parent);
      const path = child('c.vhdx', parent, blockSize);
      const expected = Buffer.alloc(70 * MB);
      expected.set(pattern(66 * MB, 1));
      const writes: readonly (readonly [number, number])[] = [
        [4, 1], // one sector of a block
        [2000, 120], // across a block border
        [2048 * 3, 2048 * 2], // whole blocks when they are of 1 or 2 MB
        [2048 * 32 - 3, 7], // across the largest block's border, and over a page of bits
        [70 * 2048 - 1, 1],
        [4, 3], // again, beside and over what is there
      ];
      withDisk(disks, path, (disk) => {
        writes.forEach(([lba, count], index) => {
          disk.write(lba, pattern(count * 512, index + 2));
          expected.set(pattern(count * 512, index + 2), lba * 512);
        });
        expectSameBytes(disk.read(0, disk.sectorCount), expected);
      });
      withDisk(disks, path, (disk) => expectSameBytes(disk.read(0, disk.sectorCount), expected), true);
      expectSameBytes(readFileSync(parent), bytes);
    },
  );

  it('needs no sector bitmap for blocks that are written whole', () => {
    const path = child('c.vhdx', dynamic('p.vhdx'), MB);
    withDisk(disks, path, (disk) => {
      disk.write(2048, pattern(2 * MB, 1));
      expect(disk.info.fileSize).toBe(6 * MB);
      disk.write(0, pattern(512, 1));
      expect(disk.info.fileSize).toBe(8 * MB); // a block and the bitmap of its chunk
    });
  });

  it('chains, keeps the identity of the disk, and moves with its parents', () => {
    const grand = dynamic('a.vhdx');
    withDisk(disks, grand, (disk) => disk.write(0, pattern(1536, 1)));
    const parent = child('b.vhdx', grand);
    withDisk(disks, parent, (disk) => disk.write(1, pattern(512, 2)));
    const path = child('c.vhdx', parent);
    withDisk(disks, path, (disk) => disk.write(2, pattern(512, 3)));
    expect(disks.inspectDisk(path).identifier).toBe(disks.inspectDisk(grand).identifier);
    const moved = temporaryFolder();
    for (const name of ['a.vhdx', 'b.vhdx', 'c.vhdx']) renameSync(at(name), join(moved, name));
    const expected = Buffer.concat([pattern(1536, 1).subarray(0, 512), pattern(512, 2), pattern(512, 3)]);
    withDisk(disks, join(moved, 'c.vhdx'), (disk) => expectSameBytes(disk.read(0, 3), expected));
    expect(locks.isEmpty).toBe(true);
  });

  it('refuses a parent that was written after the child was made', () => {
    const parent = dynamic('p.vhdx');
    const path = child('c.vhdx', parent);
    withDisk(disks, parent, (disk) => disk.read(0, 1));
    withDisk(disks, path, (disk) => disk.write(0, pattern(512, 1))); // reading a parent changes nothing
    withDisk(disks, parent, (disk) => disk.write(0, pattern(512, 2)));
    expect(() => disks.openDisk(path)).toThrow(
      expect.objectContaining({ code: 'parent-mismatch', details: { path, mismatch: 'identity' } }),
    );
    expect(disks.inspectDisk(path).parent?.state).toBe('mismatch');
    expect(locks.isEmpty).toBe(true);
  });

  it('says when the parent is missing or of the other format', () => {
    const parent = dynamic('p.vhdx');
    const path = child('c.vhdx', parent);
    rmSync(parent);
    expect(refusalOf(() => disks.openDisk(path))).toBe('parent-missing');
    expect(disks.inspectDisk(path).parent).toEqual({ recordedPath: parent, state: 'missing' });
    disks.createDiskSync({ path: parent, format: 'vhd', type: 'dynamic', sizeBytes: 10 * MB });
    expect(refusalOf(() => disks.openDisk(path))).toBe('parent-mismatch');
    expect(refusalOf(() => child('d.vhdx', parent))).toBe('unsupported');
    expect(locks.isEmpty).toBe(true);
  });
});

describe('what is wrong with a file', () => {
  it.each([
    ['both headers', (bytes: Buffer) => (bytes.fill(1, 64 * KB, 65 * KB), bytes.fill(1, 128 * KB, 129 * KB))],
    ['both region tables', (bytes: Buffer) => bytes.fill(1, 192 * KB, 320 * KB)],
    ['the metadata table', (bytes: Buffer) => bytes.fill(1, 2 * MB, 2 * MB + 8)],
    ['a metadata item outside its region', (bytes: Buffer) => bytes.writeUInt32LE(MB, 2 * MB + 32 + 16)],
    ['a missing metadata item', (bytes: Buffer) => bytes.writeUInt16LE(2, 2 * MB + 10)],
    ['a block size that is no power of two', (bytes: Buffer) => bytes.writeUInt32LE(3 * MB, 2 * MB + 64 * KB)],
    ['a disk of no size', (bytes: Buffer) => bytes.fill(0, 2 * MB + 64 * KB + 8, 2 * MB + 64 * KB + 16)],
    ['a block outside the file', (bytes: Buffer) => bytes.writeUInt32LE((900 << 20) | 6, 3 * MB + 8)],
    ['a block at the end of the universe', (bytes: Buffer) => bytes.fill(0xfe, 3 * MB + 8, 3 * MB + 16)],
    ['a block inside the table', (bytes: Buffer) => bytes.writeUInt32LE((3 << 20) | 6, 3 * MB + 8)],
    ['two blocks in one place', (bytes: Buffer) => bytes.copy(bytes, 3 * MB + 8, 3 * MB, 3 * MB + 8)],
    ['a reserved block state', (bytes: Buffer) => bytes.writeUInt32LE(5, 3 * MB + 8)],
    ['a partial block without a parent', (bytes: Buffer) => bytes.writeUInt32LE((4 << 20) | 7, 3 * MB)],
    ['a region outside the file', (bytes: Buffer) => (bytes.writeUInt32LE(90 * MB, 192 * KB + 32), signRegions(bytes))],
    ['a log in use that is empty', (bytes: Buffer) => resign(bytes, (header) => header.fill(0xab, 48, 64))],
  ])('%s: damaged', (_what, edit) => {
    const path = dynamic('d.vhdx');
    withDisk(disks, path, (disk) => disk.write(0, pattern(512, 1)));
    change(path, edit);
    const before = readFileSync(path);
    expect(refusalOf(() => disks.openDisk(path))).toBe('damaged');
    expect(refusalOf(() => disks.openDisk(path, { readOnly: true }))).toBe('damaged');
    expectSameBytes(readFileSync(path), before);
    expect(locks.isEmpty).toBe(true);
  });

  it.each([
    [
      'a required region that nobody knows',
      (bytes: Buffer) => (bytes.fill(9, 192 * KB + 16, 192 * KB + 20), signRegions(bytes)),
    ],
    ['a required metadata item that nobody knows', (bytes: Buffer) => bytes.fill(9, 2 * MB + 32, 2 * MB + 40)],
    ['another version', (bytes: Buffer) => resign(bytes, (header) => header.writeUInt16LE(2, 66))],
  ])('%s: unsupported', (_what, edit) => {
    const path = dynamic('d.vhdx');
    change(path, edit);
    expect(refusalOf(() => disks.openDisk(path))).toBe('unsupported');
  });

  it.each([8, 70_000, MB, 2 * MB + 100, 3 * MB + 1, 4 * MB + 5])('cut at byte %d: damaged', (length) => {
    const path = dynamic('d.vhdx');
    withDisk(disks, path, (disk) => disk.write(0, pattern(512, 1)));
    truncateSync(path, length);
    expect(refusalOf(() => disks.openDisk(path))).toBe('damaged');
  });

  it('survives random damage with an answer: every read works or is refused', () => {
    const path = dynamic('d.vhdx');
    withDisk(disks, path, (disk) => disk.write(0, pattern(512, 1)));
    const good = readFileSync(path);
    const noise = pattern(4096, 77);
    const answers = new Set<string>();
    for (let round = 0; round < 120; round++) {
      const bytes = Buffer.from(good);
      const areas = [64 * KB, 128 * KB, 192 * KB, 2 * MB, 2 * MB + 64 * KB, 3 * MB];
      const area = areas[round % areas.length] ?? 0;
      for (let hit = 0; hit < 4; hit++) {
        const index = (round * 8 + hit * 2) % 4095;
        bytes[area + (noise[index] ?? 0)] = noise[index + 1] ?? 0;
      }
      writeFileSync(at('noise.vhdx'), bytes);
      answers.add(refusalOf(() => withDisk(disks, at('noise.vhdx'), (disk) => disk.read(0, 64))));
    }
    expect([...answers].filter((answer) => !['none', 'damaged', 'unsupported', 'media'].includes(answer))).toEqual([]);
    expect(answers.size).toBeGreaterThan(1);
  });
});

/** Changes both headers and puts right checksums on them. */
function resign(bytes: Buffer, edit: (header: Buffer) => void): void {
  for (const place of [64 * KB, 128 * KB]) {
    const header = bytes.subarray(place, place + 4096);
    edit(header);
    header.writeUInt32LE(crc32cWithHole(header, 4), 4);
  }
}
