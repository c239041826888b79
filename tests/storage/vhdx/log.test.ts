import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { DiskFile } from '../../../electron/storage/disk/disk-file';
import { DiskService } from '../../../electron/storage/disk/disk-service';
import { newGuid, NIL_GUID } from '../../../electron/storage/disk/guid';
import { HeaderPair } from '../../../electron/storage/vhdx/header';
import { decodeLogEntry, encodeLogEntry } from '../../../electron/storage/vhdx/log-entry';
import { MetadataLog } from '../../../electron/storage/vhdx/metadata-log';
import { pendingLog, ReplayedView, replay } from '../../../electron/storage/vhdx/log-replay';
import { expectSameBytes, fixedEnvironment, pattern, refusalOf, temporaryFolder } from '../support';

const MB = 1024 * 1024;
const GUID = '11111111-2222-4333-8444-555555555555';
let path: string;

beforeEach(() => {
  path = join(temporaryFolder(), 'd.vhdx');
  const options = { path, format: 'vhdx', type: 'dynamic', sizeBytes: 200 * MB, blockSize: MB } as const;
  new DiskService({ environment: fixedEnvironment() }).createDiskSync(options);
});

const place = (sequence: bigint, tail: number) => ({ sequence, tail, flushedSize: 4 * MB, lastOffset: 4 * MB });

/** A log region with these entries, each `[offset, sequence, tail, target, seed]`. */
function ring(...entries: readonly (readonly [number, bigint, number, number, number])[]): Uint8Array {
  const log = new Uint8Array(MB);
  for (const [at, sequence, tail, target, seed] of entries) {
    const entry = encodeLogEntry(place(sequence, tail), GUID, [{ at: target, bytes: pattern(4096, seed) }]);
    log.set(entry.subarray(0, Math.min(entry.length, MB - at)), at);
    log.set(entry.subarray(Math.min(entry.length, MB - at)), 0);
  }
  return log;
}

/** What a reader finds in a file with this log. */
function pendingIn(log: Uint8Array): readonly { readonly at: number; readonly seed: number }[] | undefined {
  const source = { path, size: 4 * MB, readInto: (to: Uint8Array) => to.set(log.subarray(0, to.length)) };
  const header = { sequence: 1n, fileWriteGuid: GUID, dataWriteGuid: GUID, logGuid: GUID, logLength: MB, logAt: MB };
  const seedOf = (bytes: Uint8Array | undefined): number =>
    [1, 2, 3, 4, 5].find((seed) => bytes && Buffer.compare(bytes, pattern(4096, seed)) === 0) ?? -1;
  return pendingLog(source, header)?.updates.map((update) => ({ at: update.at, seed: seedOf(update.bytes) }));
}

describe('a log entry', () => {
  it('carries sectors whole, although its marks displace twelve of their bytes', () => {
    const updates = [
      { at: 3 * MB, bytes: pattern(4096, 1) },
      { at: 3 * MB + 4096, bytes: pattern(4096, 2) },
    ];
    const log = new Uint8Array(MB);
    log.set(encodeLogEntry(place(2n ** 40n + 5n, 0), GUID, updates));
    const entry = decodeLogEntry(log, 0, GUID);
    expect(entry).toMatchObject({ length: 3 * 4096, sequence: 2n ** 40n + 5n, tail: 0 });
    expect(entry?.updates.map((update) => update.at)).toEqual(updates.map((update) => update.at));
    entry?.updates.forEach((update, index) => {
      expectSameBytes(update.bytes ?? new Uint8Array(), pattern(4096, index + 1));
    });
  });

  it('is not valid when any bit of it is another, or the log is another', () => {
    const bytes = encodeLogEntry(place(7n, 0), GUID, [{ at: 3 * MB, bytes: pattern(4096, 1) }]);
    for (let index = 0; index < bytes.length; index += 61) {
      const log = new Uint8Array(MB);
      log.set(bytes);
      log[index] = (log[index] ?? 0) ^ 0x10;
      expect(decodeLogEntry(log, 0, GUID)).toBeUndefined();
    }
    const log = new Uint8Array(MB);
    log.set(bytes);
    expect(decodeLogEntry(log, 0, GUID)).toBeDefined();
    expect(decodeLogEntry(log, 0, newGuid(fixedEnvironment()))).toBeUndefined();
  });
});

describe('the active sequence', () => {
  it('runs from the tail that its last entry names', () => {
    const log = ring([0, 1n, 0, 3 * MB, 1], [8192, 2n, 8192, 3 * MB, 2], [16_384, 3n, 8192, 3 * MB + 4096, 3]);
    expect(pendingIn(log)).toEqual([
      { at: 3 * MB, seed: 2 },
      { at: 3 * MB + 4096, seed: 3 },
    ]);
  });

  it('is the newest: an older one before or behind it does not count', () => {
    const older = [65_536, 9n, 65_536, 3 * MB, 1] as const;
    expect(pendingIn(ring(older, [0, 12n, 0, 3 * MB, 2]))).toEqual([{ at: 3 * MB, seed: 2 }]);
    expect(pendingIn(ring([65_536, 19n, 65_536, 3 * MB, 1], [0, 12n, 0, 3 * MB, 2]))).toEqual([
      { at: 3 * MB, seed: 1 },
    ]);
  });

  it('may go over the end of the ring', () => {
    const log = ring([MB - 8192, 4n, MB - 8192, 3 * MB, 1], [0, 5n, MB - 8192, 3 * MB + 4096, 2]);
    expect(pendingIn(log)?.map((update) => update.seed)).toEqual([1, 2]);
    const split = ring([MB - 4096, 4n, MB - 4096, 3 * MB, 1]);
    expect(pendingIn(split)?.map((update) => update.seed)).toEqual([1]);
  });

  it('does not count a last entry that was torn: the one before it is the head', () => {
    const log = ring([0, 1n, 0, 3 * MB, 1], [8192, 2n, 8192, 3 * MB, 2]);
    log[8192 + 5000] = 0;
    log[8192 + 5001] = 1;
    expect(pendingIn(log)).toEqual([{ at: 3 * MB, seed: 1 }]);
  });

  it('is missing when a log in use has none, or its tail is gone', () => {
    expect(refusalOf(() => pendingIn(ring()))).toBe('damaged');
    expect(refusalOf(() => pendingIn(ring([8192, 2n, 0, 3 * MB, 2])))).toBe('damaged');
  });
});

describe('replay', () => {
  it('writes the updates in order, zeros included, and makes the file as long as they need', () => {
    const before = statSync(path).size;
    const file = DiskFile.open(path, 'write');
    const pending = {
      updates: [
        { at: 3 * MB, length: 4096, bytes: pattern(4096, 1) },
        { at: 3 * MB, length: 4096, bytes: pattern(4096, 2) },
        { at: 2 * MB, length: 8192 },
        { at: before + 4096, length: 4096, bytes: pattern(4096, 3) },
      ],
      lastOffset: before + 2 * MB,
    };
    const view = new ReplayedView(file, pending);
    const seen = new Uint8Array(before + 2 * MB);
    view.readInto(seen, 0);
    replay(file, pending);
    file.close();
    expectSameBytes(readFileSync(path), seen);
    expectSameBytes(seen.subarray(3 * MB, 3 * MB + 4096), pattern(4096, 2));
    expectSameBytes(seen.subarray(2 * MB, 2 * MB + 8192), new Uint8Array(8192));
    expectSameBytes(seen.subarray(before + 4096, before + 8192), pattern(4096, 3));
    expect(refusalOf(() => view.readInto(new Uint8Array(2), seen.length - 1))).toBe('damaged');
  });
});

describe('the writing side', () => {
  /** Opens the file as a session would, with a log of its own. */
  function session(): { readonly file: DiskFile; readonly log: MetadataLog; readonly headers: HeaderPair } {
    const file = DiskFile.open(path, 'write');
    const headers = new HeaderPair(file);
    return { file, headers, log: new MetadataLog(file, headers, fixedEnvironment(9)) };
  }

  it('leaves a file from which every committed update can be had, at any number of commits and turns of the ring', () => {
    const { file, log } = session();
    const copy = `${path}.copy`;
    for (let round = 1; round <= 300; round++) {
      const at = 3 * MB + (round % 3) * 4096;
      log.commit([{ at, bytes: pattern(4096, round) }], round % 4 === 0);
      if (round % 5 === 0) log.sync();
      if (round % 7 !== 0 && round > 4) continue;
      // The process is killed now, and the last update never reached its place.
      copyFileSync(path, copy);
      const bytes = readFileSync(copy);
      bytes.fill(0, at, at + 4096);
      writeFileSync(copy, bytes);
      const killed = DiskFile.open(copy, 'read');
      const headers = new HeaderPair(killed);
      const pending = pendingLog(killed, headers.current);
      if (pending === undefined) throw new Error('nothing pending');
      const seen = new Uint8Array(4096);
      new ReplayedView(killed, pending).readInto(seen, at);
      expectSameBytes(seen, pattern(4096, round));
      killed.close();
    }
    log.close();
    file.close();
    expect(new HeaderPair(DiskFile.open(path, 'read')).current.logGuid).toBe(NIL_GUID);
  });

  it('has a valid log also while the ring starts anew, when its first new entry is torn', () => {
    const { file, log } = session();
    let before = readFileSync(path);
    let round = 0;
    const newestAt = (bytes: Buffer): bigint => bytes.readBigUInt64LE(MB + 16); // sequence of the entry at the ring's start
    do {
      before = readFileSync(path);
      round++;
      log.commit([{ at: 3 * MB, bytes: pattern(4096, round) }], false); // never synced: the tail stays where the ring began
    } while (round < 2 || newestAt(readFileSync(path)) === newestAt(before));
    expect(round).toBeGreaterThan(100);
    file.close();
    const torn = readFileSync(path);
    before.copy(torn, MB + 4096, MB + 4096, MB + 8192); // the entry's second sector was not written
    before.copy(torn, 3 * MB, 3 * MB, 3 * MB + 4096); // and so its update has not been applied
    writeFileSync(path, torn);
    const killed = DiskFile.open(path, 'read');
    const pending = pendingLog(killed, new HeaderPair(killed).current);
    if (pending === undefined) throw new Error('nothing pending');
    const seen = new Uint8Array(4096);
    new ReplayedView(killed, pending).readInto(seen, 3 * MB);
    expectSameBytes(seen, pattern(4096, round - 1));
    killed.close();
  });

  it('has a valid log at the moment when the header begins to name it, and none that is named before', () => {
    const { file, headers, log } = session();
    expect(headers.current.logGuid).toBe(NIL_GUID);
    const update = headers.update.bind(headers);
    let seenAtNaming: number | undefined;
    headers.update = (target, change) => {
      const logBytes = readFileSync(path).subarray(MB, 2 * MB);
      if (change.logGuid !== undefined) seenAtNaming = decodeLogEntry(logBytes, 0, change.logGuid)?.updates.length;
      update(target, change);
    };
    log.commit([{ at: 3 * MB, bytes: pattern(4096, 1) }], false);
    expect(seenAtNaming).toBe(1);
    file.close();
  });
});

describe('a disk whose process was killed', () => {
  /** A store whose file is copied away while it is open: what a kill leaves. */
  function killedAfter(write: (disk: ReturnType<DiskService['openDisk']>) => void): string {
    const disk = new DiskService({ environment: fixedEnvironment(3) }).openDisk(path);
    write(disk);
    copyFileSync(path, `${path}.killed`);
    disk.close();
    return `${path}.killed`;
  }

  it('has everything that was written, and says that its log was replayed', () => {
    const killed = killedAfter((disk) => {
      for (let block = 0; block < 140; block++) disk.write(block * 2048 + block, pattern(512, block));
    });
    const disks = new DiskService({ environment: fixedEnvironment(4) });
    const disk = disks.openDisk(killed);
    expect(disk.info.warnings).toEqual(['log-replayed']);
    expect(disks.inspectDisk(killed).warnings).toEqual([]); // the log is empty before anything else happens
    for (let block = 0; block < 140; block++) expectSameBytes(disk.read(block * 2048 + block, 1), pattern(512, block));
    disk.close();
    expect(disks.inspectDisk(killed).warnings).toEqual([]);
  });

  it('is refused when the file was cut behind its log’s back', () => {
    const killed = killedAfter((disk) => {
      disk.write(0, pattern(512, 1));
      disk.write(2048, pattern(512, 1));
    });
    truncateSync(killed, 4 * MB);
    expect(refusalOf(() => new DiskService().openDisk(killed))).toBe('damaged');
  });
});
