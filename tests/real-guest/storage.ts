import { DeviceClass } from '@engine/vmbus/protocol/classes';
import type { Checks } from './checks';
import { DISC_TEXT, DISK_BYTES, type Disks } from './disks';
import type { RoadRun } from './road';
import { digestInside, firstPartition, tool } from './tools';

/** The guest's driver is its own, its disks are our files, and what it wrote is there for others. */
export function checkStorage(run: RoadRun, checks: Checks): void {
  const { disks } = run.machine;
  if (!disks) throw new Error('a run of storage has disks');
  checkDriver(run, disks, checks);
  checkData(run, checks);
  checkChanges(run, disks, checks);
  checkAccelerator(run, disks, checks);
  disks.close();
  try {
    checkFile(run, disks, checks);
  } finally {
    disks.remove();
  }
}

const units = (run: RoadRun, kind: string): string[] =>
  run.console.reports(kind).map((line) => line.replace(/^\d+:/, ''));
const DISK = '0:0:0 type=0 vendor=Msft     model=Virtual Disk    ';
const DVD = '0:0:1 type=5 vendor=Msft     model=Virtual DVD-ROM ';
const ADDED = '0:0:5 type=0 vendor=Msft     model=Virtual Disk    ';
const ACCELERATED = '0:1:0 type=0 vendor=Msft     model=Virtual Disk    ';

const DATA_BYTES = 4 * 2 ** 20;

function same(seen: readonly string[], expected: readonly string[]): boolean {
  return seen.map((line) => line.trim()).join('|') === expected.map((line) => line.trim()).join('|');
}

function checkDriver(run: RoadRun, { controller }: Disks, checks: Checks): void {
  const { console } = run;
  const offers = console.reports('vmbus').filter((line) => line.includes(`{${DeviceClass.Scsi}}`));
  checks.expect('it knows our controller', offers.length === 1, offers.join(', '));
  const found = units(run, 'scsi');
  checks.expect('it finds the disk and the drive, and no phantom', same(found, [DISK, DVD]), found.join(', '));
  const facts = console.reports('disk').join(' ');
  const expected = [
    `size=${DISK_BYTES / 512}`,
    'ro=0',
    'removable=0',
    'queue/rotational=1',
    'queue/logical_block_size=512',
    'queue/physical_block_size=4096',
  ];
  checks.expect('it knows what kind of disk that is', facts === expected.join(' '), facts);
  checks.expectLine('sd_mod attaches it', console.find(/\[sda\] Attached SCSI disk/));
  checks.expectLine('sr_mod attaches the drive', console.find(/sr 0:0:0:1: \[sr0\] scsi3-mmc drive/));
  const { counters } = controller.save();
  const odd = [counters.malformed, counters.outOfPlace, counters.unsupported].join(', ');
  checks.expect('no packet of it is out of order', odd === '0, 0, 0', odd);
}

function checkData({ console, machine }: RoadRun, checks: Checks): void {
  const digest = (kind: string): string => console.reports(kind)[0]?.split(' ')[0] ?? `no ${kind}`;
  checks.expect(
    'what it reads from the disk is what it wrote (4 MB)',
    digest('read') === digest('written'),
    digest('read'),
  );
  checks.expect('so is a file that it copied', digest('copied') === digest('module'), digest('copied'));
  const again = digest('still');
  checks.expect('and still so for a driver loaded again', again === digest('written'), again);
  const counters = machine.disks?.controller.save().counters;
  const moved = (counters?.bytesWritten ?? 0) >= DATA_BYTES && (counters?.bytesRead ?? 0) >= DATA_BYTES;
  checks.expect(
    'both ways by the rings',
    moved,
    `${counters?.commands} commands, ${counters?.bytesWritten} bytes written, ${counters?.bytesRead} read`,
  );
}

function checkChanges(run: RoadRun, disks: Disks, checks: Checks): void {
  const first = run.console.reports('disc')[0];
  checks.expect('it reads the disc', first === DISC_TEXT.first, first);
  const second = run.console.reports('second')[0];
  checks.expect('it notices that the disc is another', second === DISC_TEXT.second, second);
  const more = units(run, 'more');
  checks.expect('it finds a disk that is added while it runs', same(more, [DISK, DVD, ADDED]), more.at(-1));
  const added = run.console.reports('added')[0];
  checks.expect('and reads what is on it', added === disks.addedDigest, added);
  const fewer = units(run, 'fewer');
  checks.expect('it gives up a disk that is taken away', same(fewer, [DISK, DVD]), `${fewer.length} left`);
  const again = units(run, 'again').sort();
  checks.expect('its driver, loaded again, finds the same', same(again, [DISK, DVD, ACCELERATED]), again.join(', '));
}

/** A disk of an IDE controller, by its accelerator: found by the same driver, on its own target; room that the guest gives up leaves the file. */
function checkAccelerator(run: RoadRun, disks: Disks, checks: Checks): void {
  const { console } = run;
  const offer = console.reports('late').find((line) => line.includes(`{${DeviceClass.Ide}}`));
  checks.expect('it knows the accelerator', offer?.startsWith('00000001-0001-8899-') === true, offer);
  const found = console.reports('ide').find((line) => /:0:1:0 type=0/.test(line));
  checks.expect('it finds its disk on target 1', found !== undefined, found);
  const thin = console.reports('thin').join(' ');
  const limits = 'queue/discard_granularity=1048576 queue/discard_max_bytes=4294966784';
  checks.expect('it knows how room is given back', thin === limits, thin);
  const gone = console.reports('discarded')[0];
  checks.expect('what it gives back reads as zeros', gone === ZEROS_OF_A_MEGABYTE, gone);
  const { file, empty, commands } = disks.acceleratedFacts();
  checks.expect(
    'the file has lost the megabytes that were given back',
    empty.join(' ') === '4 5 6',
    `${empty.join(' ')}, file of ${file} MB`,
  );
  checks.expect('by the rings of the accelerator', commands > 10, String(commands));
}

/** MD5 of 1,048,576 zeros. */
const ZEROS_OF_A_MEGABYTE = 'b6d81b360a5672d80c27430f39153e2c';

/** The file, when the guest is off, as programs see it that know nothing of us. */
function checkFile({ console }: RoadRun, { diskPath }: Disks, checks: Checks): void {
  const raw = `${diskPath}.raw`;
  const checked = tool('qemu-img', 'check', '-f', 'vhdx', diskPath);
  const converted = checked && tool('qemu-img', 'convert', '-f', 'vhdx', '-O', 'raw', diskPath, raw);
  if (!checked || !converted)
    return checks.note('qemu-img is not there (Debian package qemu-utils): the file is not judged from outside');
  checks.expect('qemu-img finds no error in the VHDX', checked.ok, checked.output.split('\n')[0]);
  checks.expect('and converts it', converted.ok, converted.output);
  const offset = firstPartition(raw);
  checks.expect('it has the partition that the guest made', offset !== null, `at byte ${offset}`);
  const fsck = offset === null ? null : tool('e2fsck', '-fn', `${raw}?offset=${offset}`);
  if (offset === null || !fsck)
    return checks.note('e2fsck is not there (Debian package e2fsprogs): the file system is not judged from outside');
  checks.expect('e2fsck finds no error in its file system', fsck.ok, fsck.output.split('\n').at(-1));
  for (const [name, kind] of [
    ['/random', 'written'],
    ['/folder/ext4.ko', 'module'],
  ] as const) {
    const digest = digestInside(raw, offset, name);
    checks.expect(
      `debugfs reads ${name} as the guest wrote it`,
      digest !== null && console.reports(kind)[0]?.startsWith(digest) === true,
      digest,
    );
  }
}
