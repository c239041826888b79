import type { Partition } from '../../disk/mbr';
import { driveName } from '../../drivers/linux-drives';
import type { DeviceState } from '../../kernel/device';
import type { ShellContext } from '../context';

const SECTOR = 512;
/** What sr takes for the size of a drive that nobody has opened yet: drivers/scsi/sr.c, sr_probe. */
const UNOPENED_SECTORS = 0x1f_ffff;
/** Numbers of the kernel's Documentation/admin-guide/devices.txt: sd, sr. */
const DISK_MAJOR = 8;
const OPTICAL_MAJOR = 11;
const MINORS_OF_A_DISK = 16;

/** A size as lsblk shortens it: one decimal, powers of 1024. */
export function shortSize(bytes: number): string {
  const units = ['B', 'K', 'M', 'G', 'T'];
  let index = 0;
  let size = bytes;
  while (size >= 1024 && index < units.length - 1) {
    size /= 1024;
    index++;
  }
  const text = size.toFixed(1).replace(/\.0$/, '');
  return `${text}${units[index] ?? ''}`;
}

interface Row {
  readonly name: string;
  readonly numbers: string;
  readonly removable: boolean;
  readonly bytes: number;
  readonly type: 'disk' | 'part' | 'rom';
  readonly mount: string;
}

function line({ name, numbers, removable, bytes, type, mount }: Row): string {
  const left = `${name.padEnd(6)} ${numbers.padStart(7)} ${removable ? ' 1' : ' 0'} ${shortSize(bytes).padStart(6)}`;
  return `${left}  0 ${type} ${mount}`.trimEnd();
}

function rowOf(name: string, drive: NonNullable<DeviceState['drive']>): Row {
  const isDisk = drive.kind === 'ata';
  const index = isDisk ? 'abcdefghijklmnopqrstuvwxyz'.indexOf(name.slice(2)) * MINORS_OF_A_DISK : Number(name.slice(2));
  const sectors = isDisk ? drive.identity.sectors : UNOPENED_SECTORS;
  const numbers = `${isDisk ? DISK_MAJOR : OPTICAL_MAJOR}:${index}`.replace(/:(\d)$/, ':$1  ');
  return { name, numbers, removable: !isDisk, bytes: sectors * SECTOR, type: isDisk ? 'disk' : 'rom', mount: '' };
}

/** Partitions, which the kernel knows of the disk that it was booted from. Throws `SectorFault` through the volume. */
function partRows(disk: string, parts: readonly Partition[], root: number): string[] {
  return parts.map(({ start, count }, i) => {
    const minor = 'abcdefghijklmnopqrstuvwxyz'.indexOf(disk.slice(2)) * MINORS_OF_A_DISK + i + 1;
    const name = `${i === parts.length - 1 ? '`' : '|'}-${disk}${i + 1}`;
    const numbers = `${DISK_MAJOR}:${minor}`.replace(/:(\d)$/, ':$1  ');
    return line({
      name,
      numbers,
      removable: false,
      bytes: count * SECTOR,
      type: 'part',
      mount: start === root ? '/' : '',
    });
  });
}

/** util-linux's list of block devices: what the kernel's drivers have found. Older systems than 2010 do not have it. */
export function lsblk(_args: readonly string[], { kernel, profile, terminal }: ShellContext): void {
  if (profile.linux?.isModern !== true) return terminal.line('-bash: lsblk: command not found');
  const { devices, boot } = kernel.state;
  const found = devices.flatMap((device) => {
    if (!device.drive || device.status !== 'started') return [];
    return [
      { device, name: driveName(device, devices[device.parent ?? -1]?.address ?? 0, false), drive: device.drive },
    ];
  });
  const isRoot = kernel.volume.device();
  const lines = found
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ device, name, drive }) => [
      line(rowOf(name, drive)),
      ...(device === isRoot ? partRows(name, kernel.volume.partitions(), boot.partition) : []),
    ]);
  for (const text of ['NAME   MAJ:MIN RM   SIZE RO TYPE MOUNTPOINTS', ...lines]) terminal.line(text);
}
