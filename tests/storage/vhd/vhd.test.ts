import {
  copyFileSync,
  existsSync,
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { DiskService } from '../../../electron/storage/disk/disk-service';
import { DiskError } from '../../../electron/storage/disk/disk-error';
import { LockTable } from '../../../electron/storage/disk/lock-table';
import { expectSameBytes, fixedEnvironment, pattern, refusalOf, temporaryFolder, withDisk } from '../support';

const MB = 1024 * 1024;
let folder: string;
let locks: LockTable;
let disks: DiskService;
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = temporaryFolder();
  locks = new LockTable();
  disks = new DiskService({ environment: fixedEnvironment(), locks });
});

/** Changes one byte of a file. */
function corrupt(path: string, position: number): void {
  const bytes = readFileSync(path);
  const index = position < 0 ? bytes.length + position : position;
  bytes[index] = (bytes[index] ?? 0) ^ 0x5a;
  writeFileSync(path, bytes);
}

function dynamic(name: string, sizeBytes = 9 * MB): string {
  disks.createDiskSync({ path: at(name), format: 'vhd', type: 'dynamic', sizeBytes });
  return at(name);
}

function child(name: string, parentPath: string): string {
  disks.createDiskSync({ path: at(name), format: 'vhd', type: 'differencing', parentPath });
  return at(name);
}

describe('a fixed VHD', () => {
  it('is its sectors followed by a footer, all zeros at first', () => {
    const info = disks.createDiskSync({ path: at('f.vhd'), format: 'vhd', type: 'fixed', sizeBytes: 5 * MB });
    expect(info).toMatchObject({ format: 'vhd', type: 'fixed', fileSize: 5 * MB + 512, maxSize: 5 * MB, warnings: [] });
    expect(statSync(at('f.vhd')).blocks * 512).toBeGreaterThanOrEqual(5 * MB); // really allocated
    withDisk(disks, at('f.vhd'), (disk) => {
      expect([disk.sectorSize, disk.sectorCount, disk.readOnly]).toEqual([512, 5 * 2048, false]);
      expectSameBytes(disk.read(0, 100), new Uint8Array(51_200));
      disk.write(7, pattern(1024, 1));
    });
    expectSameBytes(readFileSync(at('f.vhd')).subarray(7 * 512, 9 * 512), pattern(1024, 1));
  });

  it('with a damaged footer is no disk: there is no copy', () => {
    disks.createDiskSync({ path: at('f.vhd'), format: 'vhd', type: 'fixed', sizeBytes: MB });
    corrupt(at('f.vhd'), -400);
    expect(refusalOf(() => disks.openDisk(at('f.vhd')))).toBe('damaged');
    expect(locks.isEmpty).toBe(true);
  });

  it('opens with the 511-byte footer of old writers', () => {
    disks.createDiskSync({ path: at('f.vhd'), format: 'vhd', type: 'fixed', sizeBytes: MB });
    truncateSync(at('f.vhd'), MB + 511);
    expect(withDisk(disks, at('f.vhd'), (disk) => disk.sectorCount)).toBe(2048);
  });

  it('reports progress and can be cancelled, leaving nothing', async () => {
    const shares: number[] = [];
    const options = { path: at('f.vhd'), format: 'vhd', type: 'fixed', sizeBytes: 40 * MB } as const;
    await disks.createDisk(options, { onProgress: (share) => shares.push(share) });
    expect(shares.length).toBeGreaterThan(3);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);

    const stop = new AbortController();
    const other = { ...options, path: at('g.vhd') };
    const creation = disks.createDisk(other, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(creation).rejects.toMatchObject({ code: 'cancelled' });
    expect(existsSync(at('g.vhd'))).toBe(false);
    expect(locks.isEmpty).toBe(true);
  });
});

describe('a dynamic VHD', () => {
  it('is small when empty and grows by the block that is written', () => {
    const path = dynamic('d.vhd', 127 * 1024 * MB);
    const empty = statSync(path).size;
    expect(empty).toBe(512 + 1024 + 65_024 * 4 + 512);
    withDisk(disks, path, (disk) => {
      disk.write(disk.sectorCount - 1, pattern(512, 4));
      expect(disk.info.fileSize).toBe(empty + 512 + 2 * MB);
      disk.write(disk.sectorCount - 2, pattern(512, 5));
      expect(disk.info.fileSize).toBe(empty + 512 + 2 * MB);
      expectSameBytes(disk.read(disk.sectorCount - 2, 2), Buffer.concat([pattern(512, 5), pattern(512, 4)]));
    });
  });

  it('reads zeros where nothing was written and data across block borders after reopening', () => {
    const path = dynamic('d.vhd');
    const data = pattern(3 * MB, 9);
    withDisk(disks, path, (disk) => disk.write(2 * 2048 - 700, data));
    withDisk(
      disks,
      path,
      (disk) => {
        expectSameBytes(disk.read(2 * 2048 - 700, data.length / 512), data);
        expectSameBytes(disk.read(2 * 2048 - 701, 1), new Uint8Array(512));
        expectSameBytes(disk.read(disk.sectorCount - 1, 1), new Uint8Array(512));
        expect(refusalOf(() => disk.write(0, new Uint8Array(512)))).toBe('read-only');
        expect(refusalOf(() => disk.read(disk.sectorCount, 1))).toBe('out-of-range');
      },
      true,
    );
  });

  it('with a damaged footer is opened by the copy and repaired', () => {
    const path = dynamic('d.vhd');
    withDisk(disks, path, (disk) => disk.write(3, pattern(512, 1)));
    const good = readFileSync(path);
    corrupt(path, -100);
    expect(disks.inspectDisk(path).warnings).toEqual(['footer-recovered-from-copy']);
    withDisk(disks, path, (disk) => {
      expect(disk.info.warnings).toEqual(['footer-recovered-from-copy']);
      expectSameBytes(disk.read(3, 1), pattern(512, 1));
    });
    expectSameBytes(readFileSync(path), good);
    expect(disks.inspectDisk(path).warnings).toEqual([]);
  });

  it('whose footer was cut off keeps every block, and the next block goes behind', () => {
    const path = dynamic('d.vhd');
    withDisk(disks, path, (disk) => disk.write(3, pattern(512, 1)));
    truncateSync(path, statSync(path).size - 300);
    withDisk(disks, path, (disk) => disk.write(5000, pattern(512, 2)));
    withDisk(disks, path, (disk) => {
      expect(disk.info.warnings).toEqual([]);
      expectSameBytes(disk.read(3, 1), pattern(512, 1));
      expectSameBytes(disk.read(5000, 1), pattern(512, 2));
    });
  });

  it('with a damaged copy is repaired from the footer', () => {
    const path = dynamic('d.vhd');
    const good = readFileSync(path);
    corrupt(path, 70);
    withDisk(disks, path, (disk) => expect(disk.info.warnings).toEqual(['copy-recovered-from-footer']));
    expectSameBytes(readFileSync(path), good);
  });

  it.each([
    ['the header', (path: string) => corrupt(path, 512 + 30)],
    ['both footers', (path: string) => (corrupt(path, 70), corrupt(path, -70))],
    ['a table entry beyond the end of the file', (path: string) => corrupt(path, 1536 + 3 - 2)],
    ['a file cut inside a block', (path: string) => truncateSync(path, 1 * MB)],
    ['a file cut inside the table', (path: string) => truncateSync(path, 1537)],
  ])('refuses %s as damaged', (_what, damage) => {
    const path = dynamic('d.vhd');
    withDisk(disks, path, (disk) => disk.write(3, pattern(512, 1)));
    damage(path);
    expect(refusalOf(() => disks.openDisk(path))).toBe('damaged');
    expect(locks.isEmpty).toBe(true);
  });

  it('refuses two blocks in one place', () => {
    const path = dynamic('d.vhd');
    withDisk(disks, path, (disk) => disk.write(3, pattern(512, 1)));
    const bytes = readFileSync(path);
    bytes.copy(bytes, 1540, 1536, 1540);
    writeFileSync(path, bytes);
    expect(refusalOf(() => disks.openDisk(path))).toBe('damaged');
  });

  it('is a whole disk if the process ends between any two writes of a block being added', () => {
    const path = dynamic('d.vhd');
    withDisk(disks, path, (disk) => disk.write(0, pattern(512, 1)));
    const before = readFileSync(path);
    withDisk(disks, path, (disk) => disk.write(4096, pattern(512, 2)));
    const after = readFileSync(path);
    // The writes in their order: new footer, bitmap over the old footer, table entry, data.
    const steps = [
      { position: after.length - 512, length: 512 },
      { position: before.length - 512, length: 512 },
      { position: 1536, length: 20 },
    ];
    const half = Buffer.concat([before, Buffer.alloc(after.length - before.length)]);
    for (const { position, length } of steps) {
      after.copy(half, position, position, position + length);
      writeFileSync(at('half.vhd'), half);
      withDisk(disks, at('half.vhd'), (disk) => {
        expectSameBytes(disk.read(0, 1), pattern(512, 1));
        expectSameBytes(disk.read(4097, 1), new Uint8Array(512));
        disk.write(4096, pattern(512, 3));
        expectSameBytes(disk.read(4096, 1), pattern(512, 3));
      });
    }
  });
});

describe('a differencing VHD', () => {
  it('shows the parent until it is written to, sector by sector, and leaves the parent alone', () => {
    const parent = dynamic('p.vhd');
    withDisk(disks, parent, (disk) => disk.write(0, pattern(4 * MB, 1)));
    const bytes = readFileSync(parent);
    const path = child('c.vhd', parent);
    withDisk(disks, path, (disk) => {
      expectSameBytes(disk.read(0, 8192), pattern(4 * MB, 1));
      disk.write(4090, pattern(512 * 11, 2)); // across a block border
      disk.write(5000, pattern(512, 3));
    });
    const expected = Buffer.from(pattern(4 * MB, 1));
    expected.set(pattern(512 * 11, 2), 4090 * 512);
    expected.set(pattern(512, 3), 5000 * 512);
    withDisk(disks, path, (disk) => expectSameBytes(disk.read(0, 8192), expected), true);
    expectSameBytes(readFileSync(parent), bytes);
  });

  it('chains: the nearest disk that has the sector answers', () => {
    const grand = dynamic('a.vhd');
    withDisk(disks, grand, (disk) => disk.write(0, pattern(1536, 1)));
    const parent = child('b.vhd', grand);
    withDisk(disks, parent, (disk) => disk.write(1, pattern(512, 2)));
    const path = child('c.vhd', parent);
    withDisk(disks, path, (disk) => {
      disk.write(2, pattern(512, 3));
      const expected = Buffer.concat([pattern(1536, 1).subarray(0, 512), pattern(512, 2), pattern(512, 3)]);
      expectSameBytes(disk.read(0, 3), expected);
    });
    expect(locks.isEmpty).toBe(true);
  });

  it('has its parent’s size and records where the parent is', () => {
    const parent = dynamic('p.vhd');
    const info = disks.inspectDisk(child('c.vhd', parent));
    expect(info).toMatchObject({ type: 'differencing', maxSize: 9 * MB });
    expect(info.parent).toEqual({ recordedPath: parent, path: parent, state: 'ok' });
    expect(readFileSync(at('c.vhd')).includes(Buffer.from('.\\p.vhd', 'utf16le'))).toBe(true);
  });

  it('finds its parent after both were moved together', () => {
    const path = child('c.vhd', dynamic('p.vhd'));
    withDisk(disks, path, (disk) => disk.write(9, pattern(512, 1)));
    const moved = temporaryFolder();
    for (const name of ['c.vhd', 'p.vhd']) renameSync(at(name), join(moved, name));
    withDisk(disks, join(moved, 'c.vhd'), (disk) => {
      expectSameBytes(disk.read(9, 1), pattern(512, 1));
      expect(disk.info.parent?.path).toBe(join(moved, 'p.vhd'));
    });
  });

  it('says when the parent is missing, another disk, of another size, or itself', () => {
    const parent = dynamic('p.vhd');
    const path = child('c.vhd', parent);
    rmSync(parent);
    expect(refusalOf(() => disks.openDisk(path))).toBe('parent-missing');
    expect(disks.inspectDisk(path).parent).toEqual({ recordedPath: parent, state: 'missing' });
    dynamic('p.vhd');
    expect(refusalOf(() => disks.openDisk(path))).toBe('parent-mismatch');
    expect(disks.inspectDisk(path).parent?.state).toBe('mismatch');
    copyFileSync(path, parent);
    try {
      disks.openDisk(path, { readOnly: true });
    } catch (error) {
      expect(error instanceof DiskError && error.details.mismatch).toBe('loop');
    }
    expect(locks.isEmpty).toBe(true);
  });

  it('refuses a parent of another size although it is the same disk', () => {
    const parent = dynamic('p.vhd');
    const path = child('c.vhd', parent);
    disks.createDiskSync({ path: at('big.vhd'), format: 'vhd', type: 'dynamic', sizeBytes: 20 * MB });
    const small = readFileSync(parent);
    const big = readFileSync(at('big.vhd'));
    for (const footer of [big.subarray(0, 512), big.subarray(-512)]) {
      small.copy(footer, 68, 68, 84); // the Unique ID
      footer.fill(0, 64, 68);
      footer.writeUInt32BE(~footer.reduce((sum, byte) => sum + byte, 0) >>> 0, 64);
    }
    writeFileSync(parent, big);
    expect(() => disks.openDisk(path)).toThrow(expect.objectContaining({ details: { path, mismatch: 'size' } }));
  });
});

describe('locking', () => {
  it('gives one disk to one writer or to any number of readers', () => {
    const path = dynamic('d.vhd');
    const writer = disks.openDisk(path);
    expect(refusalOf(() => disks.openDisk(path))).toBe('in-use');
    expect(refusalOf(() => disks.openDisk(path, { readOnly: true }))).toBe('in-use');
    expect(disks.inspectDisk(path).maxSize).toBe(9 * MB);
    writer.close();
    writer.close();
    const readers = [disks.openDisk(path, { readOnly: true }), disks.openDisk(path, { readOnly: true })];
    expect(refusalOf(() => disks.openDisk(path))).toBe('in-use');
    readers.forEach((reader) => reader.close());
    disks.openDisk(path).close();
    expect(refusalOf(() => writer.read(0, 1))).toBe('closed');
  });

  it('keeps a parent from being written while a child is open, whatever path it is reached by', () => {
    const parent = dynamic('p.vhd');
    const open = disks.openDisk(child('c.vhd', parent));
    linkSync(parent, at('other-name.vhd'));
    expect(refusalOf(() => disks.openDisk(at('other-name.vhd')))).toBe('in-use');
    expect(refusalOf(() => disks.openDisk(`${folder}/./p.vhd`))).toBe('in-use');
    open.close();
    disks.openDisk(parent).close();
    expect(locks.isEmpty).toBe(true);
  });
});

describe('creation', () => {
  it.each([
    ['a name that is taken', { path: 'taken.vhd' }, 'exists'],
    ['a folder that does not exist', { path: 'no/such/d.vhd' }, 'not-found'],
    ['more than 2,040 GB', { sizeBytes: 2040 * 1024 * MB + 512 }, 'too-large'],
    ['part of a sector', { sizeBytes: 1000 }, 'invalid-size'],
    ['nothing', { sizeBytes: 0 }, 'invalid-size'],
    ['no number', { sizeBytes: Number.NaN }, 'invalid-size'],
    ['a parent that is missing', { type: 'differencing', parentPath: 'none.vhd' }, 'not-found'],
    ['no parent where there must be one', { type: 'differencing' }, 'unsupported'],
    [
      'a size that is not the parent’s',
      { type: 'differencing', parentPath: 'taken.vhd', sizeBytes: MB },
      'invalid-size',
    ],
  ] as const)('refuses %s', (_what, change, code) => {
    dynamic('taken.vhd');
    const base = {
      path: 'new.vhd',
      format: 'vhd',
      type: 'dynamic',
      sizeBytes: 'type' in change ? undefined : MB,
    } as const;
    const options = { ...base, ...change };
    const parentPath = 'parentPath' in options ? { parentPath: at(options.parentPath) } : {};
    expect(refusalOf(() => disks.createDiskSync({ ...options, path: at(options.path), ...parentPath }))).toBe(code);
    expect(existsSync(at('new.vhd'))).toBe(false);
    expect(locks.isEmpty).toBe(true);
  });

  it('makes the same bytes from the same time and chance', () => {
    dynamic('a.vhd');
    disks = new DiskService({ environment: fixedEnvironment(), locks });
    dynamic('b.vhd');
    expectSameBytes(readFileSync(at('a.vhd')), readFileSync(at('b.vhd')));
  });

  it('knows what is no virtual disk', () => {
    writeFileSync(at('x.vhd'), pattern(5000, 1));
    expect(refusalOf(() => disks.openDisk(at('x.vhd')))).toBe('unsupported');
    writeFileSync(at('x.vhd'), '');
    expect(refusalOf(() => disks.inspectDisk(at('x.vhd')))).toBe('unsupported');
    expect(refusalOf(() => disks.openDisk(folder))).toBe('denied');
  });
});
