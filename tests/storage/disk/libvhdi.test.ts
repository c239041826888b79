/**
 * A second independent judge, for what QEMU does not read: chains of differencing disks, by libvhdi's Python binding.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DiskService } from '../../../electron/storage/disk/disk-service';
import { expectSameBytes, fixedEnvironment, judge, pattern, temporaryFolder } from '../support';

const MB = 1024 * 1024;
// The system's own Python: the binding is a Debian package, which another Python in the path would not see.
const python = judge('/usr/bin/python3', ['-c', 'import pyvhdi'], 'python3-libvhdi', true);

/** Prints what it read of itself and its parent into a file: arguments child, parent, output. */
const READ_CHAIN = `
import pyvhdi, sys
child, parent = pyvhdi.file(), pyvhdi.file()
child.open(sys.argv[1])
parent.open(sys.argv[2])
assert child.parent_identifier == parent.identifier, (child.parent_identifier, parent.identifier)
child.set_parent(parent)
with open(sys.argv[3], 'wb') as out:
    out.write(child.read_buffer(child.media_size))
print(child.get_parent_filename())
`;

/**
 * Sector and count of each stretch. They end where bytes of the bitmap end: libvhdi (seen in 20210425) takes the sectors that
 * follow a set bit in the same byte of a VHD bitmap from the child, whatever their own bits say.
 */
const WRITES = [
  [0, 8],
  [105, 23],
  [4090, 30],
  [70_003, 5],
] as const;

describe.skipIf(!python.isPresent)('libvhdi agrees', () => {
  it.each(['vhd', 'vhdx'] as const)('with a differencing %s, its parent and what both hold', (format) => {
    const folder = temporaryFolder();
    const [parentPath, childPath] = [join(folder, `parent.${format}`), join(folder, `child.${format}`)];
    const disks = new DiskService({ environment: fixedEnvironment() });
    disks.createDiskSync({
      path: parentPath,
      format,
      type: 'dynamic',
      sizeBytes: 40 * MB,
      ...(format === 'vhdx' && { blockSize: 2 * MB }),
    });
    const parent = disks.openDisk(parentPath);
    parent.write(100, pattern(9 * MB, 1));
    parent.close();
    disks.createDiskSync({ path: childPath, format, type: 'differencing', parentPath });
    const child = disks.openDisk(childPath);
    for (const [lba, count] of WRITES) child.write(lba, pattern(count * 512, lba));
    const expected = child.read(0, child.sectorCount);
    child.close();

    const name = python.run('-c', READ_CHAIN, childPath, parentPath, join(folder, 'out'));
    expect(name).toContain(`parent.${format}`);
    expectSameBytes(readFileSync(join(folder, 'out')), expected);
  });
});
