import type { GuestFiles } from './fetch';
import { writeCpio, type CpioEntry } from './cpio';
import { floppyWork } from './floppy-work';
import { humanWork } from './human-work';
import { networkWork } from './network-work';
import { storageWork } from './storage-work';

/** What a run is about: the two roads of a frame out of the guest, the ways to its disks and diskettes, and the person at its console. */
export type Road = 'legacy' | 'synthetic' | 'storage' | 'human' | 'floppy';

/** The modules that each road is loaded with; what they depend on comes first by itself. */
const ROAD_MODULES: Record<Road, readonly string[]> = {
  legacy: ['tulip'],
  synthetic: ['hv_vmbus', 'hv_netvsc'],
  storage: ['crc32c_generic', 'ext4', 'isofs', 'sd_mod', 'sr_mod', 'hv_vmbus', 'hv_storvsc'],
  human: ['evdev', 'hid_generic', 'hv_vmbus', 'hyperv_keyboard', 'hid_hyperv', 'hyperv_drm'],
  floppy: ['floppy'],
};

/** What each does when its modules are loaded; it is given the name of the last one. */
const WORK: Record<Road, (driver: string) => string> = {
  legacy: networkWork,
  synthetic: networkWork,
  storage: storageWork,
  human: humanWork,
  floppy: floppyWork,
};

/** Lines that begin with this are the guest's own report; all others are the kernel's. */
export const REPORT_MARK = '@@';

/** The last line of a guest that came to its end by itself. */
export const REPORT_END = `${REPORT_MARK} end`;

/** The programs that the scripts below use, all of them in busybox. */
export const APPLETS = [
  ...'sh grep insmod ip mount ping poweroff readlink rmmod sleep udhcpc uname usleep'.split(' '),
  ...'blkdiscard cat cp dd fdisk head hexdump md5sum mkdir mke2fs mknod nc seq sync umount wc'.split(' '),
];

/** What `udhcpc` runs when it has an answer: takes the address over and reports it. */
const LEASE_SCRIPT = `#!/bin/sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip addr flush dev $interface
ip addr add $ip/$mask dev $interface
[ -n "$router" ] && ip route add default via $router dev $interface
echo "@@ lease address=$ip mask=$mask router=$router dns=$dns server=$serverid seconds=$lease"
echo $router > /run/router
`;

/** The guest's first program: everything it does, it does with the packages' own programs. */
function initScript(order: readonly string[], road: Road): string {
  const lines = order.map((name) => `insmod /modules/${name}.ko || echo "@@ failed insmod ${name}"`);
  const driver = order.at(-1) ?? '';
  return `#!/bin/sh
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
echo "@@ started $(uname -r) road=${road}"
for d in /sys/bus/pci/devices/*; do
  [ -e $d ] && read vendor < $d/vendor && read device < $d/device && read class < $d/class
  [ -e $d ] && echo "@@ pci \${d##*/} $vendor $device $class"
done
${lines.join('\n')}
${WORK[road](driver)}
echo "${REPORT_END}"
poweroff -f
exec sleep 1000
`;
}

/** The guest's first root file system for one road. */
export function buildInitramfs(files: GuestFiles, road: Road): Buffer {
  const order = orderFor(files, ROAD_MODULES[road]);
  return writeCpio([
    ...baseEntries(files, order, APPLETS),
    script('lease', LEASE_SCRIPT),
    script('init', initScript(order, road)),
  ]);
}

/** An executable text file. */
export function script(path: string, content: string): CpioEntry {
  return { kind: 'file', path, bytes: Buffer.from(content), executable: true };
}

/** What every root file system has: directories, devices, busybox under the names of these programs, and these modules. */
export function baseEntries(files: GuestFiles, order: readonly string[], applets: readonly string[]): CpioEntry[] {
  return [
    ...['bin', 'dev', 'disc', 'mnt', 'modules', 'proc', 'run', 'sys'].map((path): CpioEntry => ({
      kind: 'directory',
      path,
    })),
    { kind: 'device', path: 'dev/console', major: 5, minor: 1 },
    { kind: 'device', path: 'dev/null', major: 1, minor: 3 },
    { kind: 'device', path: 'dev/urandom', major: 1, minor: 9 },
    { kind: 'file', path: 'bin/busybox', bytes: files.busybox, executable: true },
    ...applets.map((name): CpioEntry => ({ kind: 'link', path: `bin/${name}`, target: 'busybox' })),
    ...files.modules
      .filter((module) => order.includes(module.name))
      .map((module): CpioEntry => ({ kind: 'file', path: `modules/${module.name}.ko`, bytes: module.bytes })),
  ];
}

/** Modules with all that they depend on, in an order in which they can be loaded. */
export function orderFor(files: GuestFiles, names: readonly string[]): string[] {
  const needed = new Set<string>();
  const visit = (name: string): void => {
    files.modules.find((module) => module.name === name)?.depends.forEach(visit);
    needed.add(name);
  };
  names.forEach(visit);
  return [...needed];
}
