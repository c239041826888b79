/**
 * The process that has a disk open is killed at random moments. The disk must open again, and every write that had returned must
 * be there. PARTITION_LAB_KILL_ROUNDS sets how often for each kind of disk (5 when absent).
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DiskService } from '../../../electron/storage/disk/disk-service';
import { bundleProgram, removeProgram, runProgram } from '../child-program';
import { expectSameBytes, judge, pattern, temporaryFolder } from '../support';
import { writeNumber } from './numbered-writes';

const ROUNDS = Number(process.env.PARTITION_LAB_KILL_ROUNDS ?? 5);
const MB = 1024 * 1024;
const SIZE = 96 * MB;
const qemuImg = judge('qemu-img', ['--version'], 'qemu-utils');
let program: string;

beforeAll(async () => {
  program = await bundleProgram('disk/write-forever.ts');
});

afterAll(() => removeProgram(program));

describe.each([
  { format: 'vhd', type: 'dynamic' },
  { format: 'vhd', type: 'differencing' },
  { format: 'vhdx', type: 'dynamic' },
  { format: 'vhdx', type: 'differencing' },
] as const)('a $type $format whose process is killed', ({ format, type }) => {
  it(
    'opens again with every write that had returned',
    async () => {
      const folder = temporaryFolder();
      const disks = new DiskService();
      const [base, path] = [join(folder, 'base'), join(folder, 'disk')];
      const blockSize = format === 'vhdx' ? { blockSize: MB } : {};
      const expected = new Uint8Array(SIZE);
      if (type === 'differencing') {
        disks.createDiskSync({ path: base, format, type: 'dynamic', sizeBytes: SIZE });
        const parent = disks.openDisk(base);
        parent.write(1000, pattern(20 * MB, 1));
        parent.close();
        expected.set(pattern(20 * MB, 1), 1000 * 512);
      }
      const parentPath = type === 'differencing' ? { parentPath: base } : { sizeBytes: SIZE };
      disks.createDiskSync({ path, format, type, ...blockSize, ...parentPath });

      let next = 1;
      for (let round = 0; round < ROUNDS; round++) {
        const killAfterMs = Math.random() * 60;
        const { acknowledged } = await runProgram(program, [path, String(next)], { killAfterMs });
        for (; next <= (acknowledged.at(-1) ?? 0); next++) {
          const { lba, data } = writeNumber(next, SIZE / 512);
          expected.set(data, lba * 512);
        }
        const disk = disks.openDisk(path);
        // The write that had not returned may be there in part: done again, it must be there whole.
        const { lba, data } = writeNumber(next, SIZE / 512);
        disk.write(lba, data);
        expected.set(data, lba * 512);
        next++;
        expectSameBytes(disk.read(0, disk.sectorCount), expected);
        disk.close();
        if (format === 'vhdx' && type === 'dynamic' && qemuImg.isPresent) {
          expect(qemuImg.run('check', '-f', 'vhdx', path)).toContain('No errors were found');
        }
      }
      expect(next).toBeGreaterThan(ROUNDS * 2);
    },
    ROUNDS * 12_000 + 20_000,
  );
});
