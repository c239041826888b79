/**
 * A process that writes to a disk until it is killed, and says each number on its standard output once `write` has returned.
 * Arguments: path, first number.
 */
import { writeSync } from 'node:fs';
import { DiskService } from '../../../electron/storage/disk/disk-service';
import { writeNumber } from './numbered-writes';

const [path = '', first = '1'] = process.argv.slice(2);
const disk = new DiskService().openDisk(path);
for (let k = Number(first); ; k++) {
  const { lba, data } = writeNumber(k, disk.sectorCount);
  disk.write(lba, data);
  if (k % 7 === 0) disk.flush();
  writeSync(1, `${k}\n`);
}
