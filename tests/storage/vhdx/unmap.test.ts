import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { DiskService } from '../../../electron/storage/disk/disk-service';
import { LockTable } from '../../../electron/storage/disk/lock-table';

const BLOCK = 2 * 1024 * 1024;
const SECTORS = BLOCK / 512; // in a block
const BLOCKS = 16;

let folder = '';
let path = '';
let locks = new LockTable();
let disks = new DiskService({ locks });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unmap-'));
  path = join(folder, 'a.vhdx');
  locks = new LockTable();
  disks = new DiskService({ locks });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const create = (
  name: string,
  options: { type?: 'dynamic' | 'fixed'; format?: 'vhd' | 'vhdx'; parentPath?: string } = {},
): string => {
  const { type = options.parentPath === undefined ? 'dynamic' : 'differencing', format = 'vhdx' } = options;
  const made = join(folder, name);
  const size = options.parentPath === undefined ? { sizeBytes: BLOCKS * BLOCK } : { parentPath: options.parentPath };
  disks.createDiskSync({ path: made, format, type, blockSize: type === 'fixed' ? undefined : BLOCK, ...size });
  return made;
};

const filled = (value: number, sectors = SECTORS): Uint8Array => new Uint8Array(sectors * 512).fill(value);
const first = (disk: { read(lba: number, count: number): Uint8Array }, block: number): number =>
  disk.read(block * SECTORS, 1)[0] ?? -1;

describe('a dynamic VHDX', () => {
  it('gives a block back: it reads as zeros, its room is used again, and the end of the file is cut when it is closed', () => {
    path = create('a.vhdx');
    const disk = disks.openDisk(path);
    expect(disk.unmapGranularity).toBe(BLOCK);
    for (const block of [0, 1, 2, 3]) disk.write(block * SECTORS, filled(block + 1));
    const full = statSync(path).size;
    disk.unmap?.(SECTORS, SECTORS);
    expect([0, 1, 2, 3].map((block) => first(disk, block))).toEqual([1, 0, 3, 4]);
    disk.write(9 * SECTORS + 5, filled(9, 1));
    expect([statSync(path).size, disk.read(9 * SECTORS + 4, 3)[0], disk.read(9 * SECTORS + 5, 1)[0]]).toEqual([
      full,
      0,
      9,
    ]);
    disk.unmap?.(2 * SECTORS, 2 * SECTORS);
    disk.close();
    expect(statSync(path).size).toBe(full - 2 * BLOCK);
    const again = disks.openDisk(path);
    expect([0, 1, 2, 3, 9].map((block) => first(again, block))).toEqual([1, 0, 0, 0, 0]);
    expect(again.read(9 * SECTORS + 5, 1)[0]).toBe(9);
    again.close();
  });

  it('fills with zeros what is only part of a block, and makes no block for it', () => {
    path = create('a.vhdx');
    const disk = disks.openDisk(path);
    disk.write(0, filled(7));
    const size = statSync(path).size;
    disk.unmap?.(SECTORS - 2, 4);
    expect([SECTORS - 3, SECTORS - 2, SECTORS - 1].map((lba) => disk.read(lba, 1)[0])).toEqual([7, 0, 0]);
    expect(statSync(path).size).toBe(size);
    disk.close();
  });

  it('is sound after a power cut: before or after, never between', () => {
    path = create('a.vhdx');
    const disk = disks.openDisk(path);
    for (const block of [0, 1, 2]) disk.write(block * SECTORS, filled(block + 1));
    disk.flush();
    disk.unmap?.(SECTORS, SECTORS);
    disk.write(7 * SECTORS, filled(8, 8));
    disk.flush();
    const cut = join(folder, 'cut.vhdx');
    copyFileSync(path, cut); // the log is in use
    const after = disks.openDisk(cut);
    expect([0, 1, 2, 7].map((block) => first(after, block))).toEqual([1, 0, 3, 8]);
    after.close();
    disk.close();
  });

  it('reads like a plain array under random writes and unmaps, over closings', () => {
    path = create('a.vhdx');
    const random = new Random(11);
    const truth = new Uint8Array(BLOCKS * SECTORS); // one byte a sector
    for (let session = 0; session < 4; session++) {
      const disk = disks.openDisk(path);
      for (let i = 0; i < 60; i++) {
        const count = random.below(2) === 0 ? SECTORS * (1 + random.below(3)) : 1 + random.below(64);
        const lba =
          count >= SECTORS ? SECTORS * random.below(BLOCKS - count / SECTORS + 1) : random.below(truth.length - count);
        const value = random.below(2) === 0 ? 0 : 1 + random.below(255);
        truth.fill(value, lba, lba + count);
        if (value === 0) disk.unmap?.(lba, count);
        else disk.write(lba, filled(value, count));
      }
      disk.close();
      const read = disks.openDisk(path, { readOnly: true });
      for (let lba = 0; lba < truth.length; lba += 37) expect(read.read(lba, 1)[511]).toBe(truth[lba]);
      read.close();
    }
    expect(locks.isEmpty).toBe(true);
    if (hasQemu()) expect(execFileSync('qemu-img', ['check', '-f', 'vhdx', path]).toString()).toContain('No errors');
  });
});

describe('a differencing VHDX', () => {
  it('hides what its parent has', () => {
    const parent = create('parent.vhdx');
    const below = disks.openDisk(parent);
    below.write(0, filled(5, 2 * SECTORS));
    below.close();
    const disk = disks.openDisk(create('child.vhdx', { parentPath: parent }));
    disk.unmap?.(0, SECTORS + 3);
    expect([0, SECTORS, SECTORS + 2, SECTORS + 3].map((lba) => disk.read(lba, 1)[0])).toEqual([0, 0, 0, 5]);
    disk.close();
  });
});

describe('disks that keep their room', () => {
  it.each([
    ['fixed', 'vhdx'],
    ['fixed', 'vhd'],
    ['dynamic', 'vhd'],
  ] as const)('say so: %s %s', (type, format) => {
    const disk = disks.openDisk(create(`b.${format}`, { type, format }));
    expect(disk.unmapGranularity).toBe(0);
    disk.close();
  });

  it('refuse it when they were opened for reading', () => {
    const disk = disks.openDisk(create('c.vhdx'), { readOnly: true });
    expect(() => disk.unmap?.(0, SECTORS)).toThrow(expect.objectContaining({ kind: 'read-only' }));
    disk.close();
  });
});

function hasQemu(): boolean {
  try {
    execFileSync('qemu-img', ['--version']);
    return true;
  } catch {
    return false;
  }
}
