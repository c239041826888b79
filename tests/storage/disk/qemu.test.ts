/**
 * An independent judge of our disk files: QEMU's own VHD ("vpc") and VHDX drivers. What we write it must read byte for byte, and
 * what it writes we must.
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { DiskService } from '../../../electron/storage/disk/disk-service';
import type { OpenDisk } from '../../../electron/storage/disk/disk-types';
import { guidFromMixedEndian } from '../../../electron/storage/disk/guid';
import { decodeHeader, encodeHeader } from '../../../electron/storage/vhdx/header';
import { readRegions } from '../../../electron/storage/vhdx/region-table';
import { expectSameBytes, fixedEnvironment, judge, pattern, temporaryFolder } from '../support';

const MB = 1024 * 1024;
const qemuImg = judge('qemu-img', ['--version'], 'qemu-utils');
const qemuIo = judge('qemu-io', ['--version'], 'qemu-utils');
const NAMES = { vhd: 'vpc', vhdx: 'vhdx' } as const;
const SUBFORMATS = ['fixed', 'dynamic'] as const;
const CASES = (['vhd', 'vhdx'] as const).flatMap((format) => SUBFORMATS.map((type) => ({ format, type })));

let folder: string;
let disks: DiskService;
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = temporaryFolder();
  disks = new DiskService({ environment: fixedEnvironment() });
});

/** What lies where on the test disks: first and last sectors, and a stretch over block borders of both formats. */
function extentsOf(sectorCount: number): readonly { readonly lba: number; readonly data: Uint8Array }[] {
  return [
    { lba: 0, data: pattern(512 * 3, 1) },
    { lba: (32 * MB) / 512 - 4000, data: pattern(512 * 9000, 2) },
    { lba: sectorCount - 5, data: pattern(512 * 5, 3) },
  ];
}

function writeAll(disk: OpenDisk): void {
  for (const { lba, data } of extentsOf(disk.sectorCount)) disk.write(lba, data);
}

/** The same content as a plain file. */
function writeRaw(path: string, sizeBytes: number): void {
  const raw = Buffer.alloc(sizeBytes);
  for (const { lba, data } of extentsOf(sizeBytes / 512)) raw.set(data, lba * 512);
  writeFileSync(path, raw);
}

/** The format is named: QEMU does not guess a fixed VHD, whose only mark is at its end. */
function imageInfo(path: string, format: 'vhd' | 'vhdx'): Record<string, unknown> {
  const info: unknown = JSON.parse(qemuImg.run('info', '-f', NAMES[format], '--output=json', path));
  return { ...(info instanceof Object ? info : {}) };
}

/** QEMU has no consistency check for VHD; it says so with exit code 63. */
function expectCheckPasses(path: string, format: 'vhd' | 'vhdx'): void {
  const { status, output } = qemuImg.try('check', '-f', NAMES[format], path);
  expect({ status, output }).toMatchObject({ status: format === 'vhdx' ? 0 : 63 });
  if (format === 'vhdx') expect(output).toContain('No errors were found');
}

describe.skipIf(!qemuImg.isPresent || !qemuIo.isPresent)('QEMU agrees', () => {
  it.each(CASES)('with a $type $format that we made and wrote', ({ format, type }) => {
    const sizeBytes = 67 * MB + 512 * 7;
    disks.createDiskSync({ path: at('disk'), format, type, sizeBytes });
    const disk = disks.openDisk(at('disk'));
    writeAll(disk);
    disk.close();
    writeRaw(at('raw'), sizeBytes);
    expect(imageInfo(at('disk'), format)).toMatchObject({ format: NAMES[format], 'virtual-size': sizeBytes });
    expectCheckPasses(at('disk'), format);
    expect(qemuImg.run('compare', '-f', NAMES[format], '-F', 'raw', at('disk'), at('raw'))).toContain('identical');
  });

  it.each(CASES)('with an empty $type $format', ({ format, type }) => {
    const sizeBytes = type === 'fixed' ? 3 * MB : 127 * 1024 * MB;
    disks.createDiskSync({ path: at('disk'), format, type, sizeBytes });
    expect(imageInfo(at('disk'), format)).toMatchObject({ format: NAMES[format], 'virtual-size': sizeBytes });
    expectCheckPasses(at('disk'), format);
  });

  it.each([
    { format: 'vhd', sizeBytes: 2040 * 1024 * MB },
    { format: 'vhdx', sizeBytes: 64 * 1024 * 1024 * MB },
  ] as const)('with the largest $format', ({ format, sizeBytes }) => {
    disks.createDiskSync({ path: at('disk'), format, type: 'dynamic', sizeBytes });
    const disk = disks.openDisk(at('disk'));
    disk.write(disk.sectorCount - 1, pattern(512, 8));
    disk.close();
    expect(imageInfo(at('disk'), format)).toMatchObject({ 'virtual-size': sizeBytes });
    const read = `read -P ${pattern(1, 8)[0] ?? -1} ${sizeBytes - 512} 1`;
    expect(qemuIo.run('-r', '-f', NAMES[format], '-c', read, at('disk'))).not.toContain('failed');
  });

  it.each(CASES)('on reading and changing a $type $format that it made', ({ format, type }) => {
    const sizeBytes = 67 * MB;
    writeRaw(at('raw'), sizeBytes);
    // Without force_size QEMU rounds a VHD up to whole cylinders.
    const options = [`subformat=${type}`, ...(format === 'vhd' ? ['force_size=on'] : [])].join(',');
    qemuImg.run('convert', '-f', 'raw', '-O', NAMES[format], '-o', options, at('raw'), at('disk'));
    const raw = readFileSync(at('raw'));
    const disk = disks.openDisk(at('disk'));
    expect(disk.info).toMatchObject({ format, type, maxSize: sizeBytes });
    expectSameBytes(disk.read(0, disk.sectorCount), raw);
    disk.write(70_001, pattern(512 * 33, 5));
    disk.close();
    raw.set(pattern(512 * 33, 5), 70_001 * 512);
    writeFileSync(at('raw'), raw);
    expectCheckPasses(at('disk'), format);
    expect(qemuImg.run('compare', '-f', NAMES[format], '-F', 'raw', at('disk'), at('raw'))).toContain('identical');
  });

  it('with a VHDX whose process was killed: it replays the log that we wrote', () => {
    disks.createDiskSync({ path: at('disk'), format: 'vhdx', type: 'dynamic', sizeBytes: 67 * MB });
    const disk = disks.openDisk(at('disk'));
    writeAll(disk);
    copyFileSync(at('disk'), at('killed'));
    // The table as it was before the last update reached its place: only the log knows of the blocks.
    const bytes = readFileSync(at('killed'));
    bytes.fill(0, 3 * MB, 4 * MB);
    writeFileSync(at('killed'), bytes);
    disk.close();
    expect(qemuImg.try('check', '-f', 'vhdx', at('killed')).output).toContain('replay');
    qemuImg.run('check', '-f', 'vhdx', '-r', 'all', at('killed'));
    expect(qemuImg.run('check', '-f', 'vhdx', at('killed'))).toContain('No errors were found');
    // The log's tail has moved past the first blocks, whose place in the table we wiped; the newest update is what it restores.
    const repaired = readFileSync(at('killed')).subarray(3 * MB, 4 * MB);
    expectSameBytes(repaired, readFileSync(at('disk')).subarray(3 * MB, 4 * MB));
  });

  it('with us on replaying a log entry that it wrote', () => {
    qemuImg.run('create', '-f', 'vhdx', at('disk'), '64M');
    qemuIo.run('-f', 'vhdx', '-c', 'write -P 0x5a 33M 1M', at('disk'));
    takeBack(at('disk'));
    copyFileSync(at('disk'), at('theirs'));
    expect(qemuImg.try('check', '-f', 'vhdx', at('theirs')).output).toContain('replay');
    qemuImg.run('check', '-f', 'vhdx', '-r', 'all', at('theirs'));

    const bytes = readFileSync(at('disk'));
    expect(disks.inspectDisk(at('disk')).warnings).toEqual(['log-pending']);
    const reader = disks.openDisk(at('disk'), { readOnly: true });
    expectSameBytes(reader.read(33 * 2048, 2048), new Uint8Array(MB).fill(0x5a));
    reader.close();
    expectSameBytes(readFileSync(at('disk')), bytes);
    const writer = disks.openDisk(at('disk'));
    expect(writer.info.warnings).toEqual(['log-replayed']);
    expectSameBytes(writer.read(33 * 2048 - 1, 1), new Uint8Array(512));
    expectSameBytes(writer.read(33 * 2048, 2048), new Uint8Array(MB).fill(0x5a));
    writer.close();
    expect(disks.inspectDisk(at('disk')).warnings).toEqual([]);
    expect(qemuImg.run('compare', '-f', 'vhdx', '-F', 'vhdx', at('disk'), at('theirs'))).toContain('identical');
  });
});

/**
 * Puts a VHDX that QEMU made and wrote once back to the moment when its log entry was written and the block table was not:
 * the table is empty again, and the headers name the log whose entry lies in the file.
 */
function takeBack(path: string): void {
  const bytes = readFileSync(path);
  const header =
    decodeHeader(bytes.subarray(65_536, 69_632), path) ?? decodeHeader(bytes.subarray(131_072, 135_168), path);
  if (header === undefined) throw new Error('no header');
  expect(bytes.subarray(header.logAt, header.logAt + 4).toString()).toBe('loge');
  const logGuid = guidFromMixedEndian(bytes.subarray(header.logAt + 32));
  for (const at of [65_536, 131_072]) bytes.set(encodeHeader({ ...header, logGuid, sequence: BigInt(at) }), at);
  const { bat } = readRegions({ path, size: bytes.length, readInto: (to, from) => void bytes.copy(to, 0, from) });
  expect(bytes.subarray(bat.at, bat.at + 4096).some((byte) => byte !== 0)).toBe(true);
  bytes.fill(0, bat.at, bat.at + 4096);
  writeFileSync(path, bytes);
}
