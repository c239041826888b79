import { boardModules, module, pciAlias } from './linux-common';
import type { OsProfile } from './profile';

const RELEASE = '2.6.18-6-686';

/** Texts of Debian's text-mode installer. */
export const DEBIAN_SETUP_STEPS = {
  partition: 'Partitioning disks',
  format: 'Formatting partition #1',
  copy: 'Installing the base system',
  finish: 'Finishing the installation',
};

/** Debian GNU/Linux 4.0 "etch": long before the kernel knew of Hyper-V. */
export const DEBIAN_4: OsProfile = {
  id: 'debian4',
  family: 'linux',
  product: 'Debian GNU/Linux 4.0',
  versionText: RELEASE,
  buildText: '#1 SMP Sun Feb 10 22:11:31 UTC 2008',
  architecture: 'x86',
  processors: 8,
  minimumMemoryMB: 48,
  bootsUefi: false,
  idleMemoryMB: 32,
  theme: 'classic',
  computerName: 'debian4',
  userName: 'root',
  screen: { width: 720, height: 400 },
  loader: { path: 'boot/grub/stage2', missing: 'GRUB Loading stage1.5.\n\nError 15', bytes: 32_768 },
  connectionName: 'eth',
  volumeLabel: 'debian4',
  partitionStart: 63,
  kernel: { path: `boot/vmlinuz-${RELEASE}`, bytes: 131_072 },
  stages: [],
  enlightened: null,
  drivers: [
    ...boardModules(RELEASE),
    { ...module(RELEASE, 'drivers/ide/pci/piix', 'HDC', 10_052, [pciAlias(0x8086, 0x7111)]), bootStart: true },
    { ...module(RELEASE, 'drivers/ide/ide-disk', 'DiskDrive', 16_960, ['ide:m-disk']), bootStart: true },
    module(RELEASE, 'drivers/ide/ide-cd', 'CDROM', 36_064, ['ide:m-cdrom']),
  ],
  setup: { style: 'installer', title: 'Debian GNU/Linux installer main menu', steps: DEBIAN_SETUP_STEPS },
  linux: {
    isModern: false,
    rootDevice: '/dev/hda1',
    init: [
      'INIT: version 2.86 booting',
      'Starting the hotplug events dispatcher: udevd.',
      'Setting the system clock..',
      'Activating swap...done.',
      'Configuring network interfaces...done.',
      'INIT: Entering runlevel: 2',
      'Starting system log daemon: syslogd.',
    ],
    release: '4.0',
  },
  mediaFolder: 'DEBIAN',
  mediaLabel: 'DEBIAN4_LAB',
};
