import { chmodSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlockError } from '@engine/base/block-store';
import { FLOPPY_BYTES } from '@engine/base/floppy-format';
import { DiskError } from '../../../electron/storage/disk/disk-error';
import { LockTable } from '../../../electron/storage/disk/lock-table';
import { createFloppyImage, FloppyImage, inspectFloppyImage } from '../../../electron/storage/floppy/floppy-image';

let folder = '';
let path = '';
let locks = new LockTable();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'floppy-'));
  path = join(folder, 'a.vfd');
  locks = new LockTable();
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  expect(locks.isEmpty).toBe(true);
});

/** Kind of the BlockError or code of the DiskError that `run` throws. */
function failureOf(run: () => void): string {
  try {
    run();
    return 'none';
  } catch (error) {
    if (error instanceof BlockError) return error.kind;
    if (error instanceof DiskError) return error.code;
    throw error;
  }
}

describe('a new diskette', () => {
  it('is 1.44 MB of zeros, and never replaces a file', () => {
    createFloppyImage(path);
    expect(inspectFloppyImage(path)).toEqual({ bytes: 1_474_560 });
    expect(readFileSync(path).every((byte) => byte === 0)).toBe(true);
    expect(failureOf(() => createFloppyImage(path))).toBe('exists');
    expect(failureOf(() => createFloppyImage(join(folder, 'none', 'a.vfd')))).toBe('not-found');
  });
});

describe('a diskette in a drive', () => {
  it('keeps what is written, sector by sector, in the file', () => {
    createFloppyImage(path);
    const disk = FloppyImage.open(path, locks);
    expect([disk.sectorSize, disk.sectorCount, disk.readOnly]).toEqual([512, 2880, false]);
    disk.write(2879, new Uint8Array(512).fill(7));
    disk.flush();
    expect(
      readFileSync(path)
        .subarray(FLOPPY_BYTES - 512)
        .every((byte) => byte === 7),
    ).toBe(true);
    expect(disk.read(2878, 2)).toEqual(new Uint8Array([...new Uint8Array(512), ...new Uint8Array(512).fill(7)]));
    disk.close();
  });

  it('has no sectors beyond its end and takes whole ones only', () => {
    createFloppyImage(path);
    const disk = FloppyImage.open(path, locks);
    expect(failureOf(() => disk.read(2880, 1))).toBe('out-of-range');
    expect(failureOf(() => disk.write(2879, new Uint8Array(1024)))).toBe('out-of-range');
    expect(failureOf(() => disk.write(0, new Uint8Array(100)))).toBe('out-of-range');
    disk.close();
  });

  it('is nobody else s until it is taken out, once', () => {
    createFloppyImage(path);
    const disk = FloppyImage.open(path, locks);
    expect(failureOf(() => FloppyImage.open(path, locks))).toBe('in-use');
    disk.close();
    disk.close();
    expect(failureOf(() => disk.read(0, 1))).toBe('closed');
    expect(failureOf(() => disk.write(0, new Uint8Array(512)))).toBe('closed');
    expect(failureOf(() => disk.flush())).toBe('closed');
    FloppyImage.open(path, locks).close();
  });

  it('is write-protected when its file is marked so', () => {
    createFloppyImage(path);
    chmodSync(path, 0o444);
    const disk = FloppyImage.open(path, locks);
    expect([disk.readOnly, failureOf(() => disk.write(0, new Uint8Array(512)))]).toEqual([true, 'read-only']);
    expect(disk.read(0, 1)).toHaveLength(512);
    disk.close();
  });

  it('tells of a file that was cut while it was in the drive as a media error', () => {
    createFloppyImage(path);
    const disk = FloppyImage.open(path, locks);
    truncateSync(path, 512);
    expect(failureOf(() => disk.read(100, 1))).toBe('media');
    disk.close();
  });
});

describe('what is no diskette', () => {
  it.each([0, 511, 1_474_559, 1_474_561, 10 * 1024 * 1024])(
    'is refused by its size of %i bytes, and not locked',
    (bytes) => {
      writeFileSync(path, new Uint8Array(bytes));
      expect(failureOf(() => FloppyImage.open(path, locks))).toBe('unsupported');
      expect(failureOf(() => inspectFloppyImage(path))).toBe('unsupported');
    },
  );

  it('is refused when there is no file', () => {
    expect(failureOf(() => FloppyImage.open(path, locks))).toBe('not-found');
  });
});
