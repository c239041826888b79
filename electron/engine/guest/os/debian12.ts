import { DEBIAN_SETUP_STEPS } from './debian4';
import { boardModules, module, pciAlias, vmbusAlias } from './linux-common';
import type { OsProfile } from './profile';
import { linuxOsId, VmbusClass } from './vmbus-classes';

const RELEASE = '6.1.0-18-amd64';

/** Debian GNU/Linux 12 "bookworm", with the kernel's own drivers for Hyper-V. */
export const DEBIAN_12: OsProfile = {
  id: 'debian12',
  family: 'linux',
  product: 'Debian GNU/Linux 12',
  versionText: RELEASE,
  buildText: '#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)',
  architecture: 'x64',
  processors: 64,
  minimumMemoryMB: 256,
  bootsUefi: true,
  idleMemoryMB: 130,
  theme: 'classic',
  computerName: 'debian12',
  userName: 'root',
  screen: { width: 720, height: 400 },
  loader: {
    path: 'boot/grub/core.img',
    missing:
      "GRUB loading.\nerror: file `/boot/grub/i386-pc/normal.mod' not found.\nEntering rescue mode...\ngrub rescue>",
    bytes: 32_768,
  },
  connectionName: 'eth',
  volumeLabel: 'debian12',
  partitionStart: 2048,
  kernel: { path: `boot/vmlinuz-${RELEASE}`, bytes: 131_072 },
  stages: [],
  enlightened: {
    guestOsId: linuxOsId(0x06_014c),
    vmbus: ['5.3', '5.2', '5.1', '5.0', '4.1', '4.0', '3.0', '2.4', '1.1', '0.13'],
    nvsp: ['6.1', '6', '5', '4', '2', '1'],
    vstor: '6.2',
  },
  drivers: [
    ...boardModules(RELEASE),
    { ...module(RELEASE, 'drivers/ata/ata_piix', 'HDC', 45_056, [pciAlias(0x8086, 0x7111)]), bootStart: true },
    { ...module(RELEASE, 'drivers/scsi/sd_mod', 'DiskDrive', 65_536, ['scsi:t-0x00*']), bootStart: true },
    module(RELEASE, 'drivers/scsi/sr_mod', 'CDROM', 28_672, ['scsi:t-0x05*']),
    {
      ...module(RELEASE, 'drivers/hv/hv_vmbus', 'System', 147_456, ['acpi*:VMBUS:*', 'acpi*:VMBus:*']),
      bootStart: true,
    },
    module(RELEASE, 'drivers/net/hyperv/hv_netvsc', 'Net', 110_592, [vmbusAlias(VmbusClass.network)]),
    module(RELEASE, 'drivers/hv/hv_balloon', 'System', 36_864, [vmbusAlias(VmbusClass.dynamicMemory)]),
    {
      ...module(RELEASE, 'drivers/scsi/hv_storvsc', 'SCSIAdapter', 32_768, [
        vmbusAlias(VmbusClass.scsi),
        vmbusAlias(VmbusClass.ide),
      ]),
      bootStart: true,
    },
    module(RELEASE, 'drivers/input/serio/hyperv-keyboard', 'Keyboard', 16_384, [vmbusAlias(VmbusClass.keyboard)]),
    module(RELEASE, 'drivers/hid/hid-hyperv', 'Mouse', 20_480, [vmbusAlias(VmbusClass.mouse)]),
    module(RELEASE, 'drivers/hv/hv_utils', 'System', 49_152, [
      vmbusAlias(VmbusClass.shutdown),
      vmbusAlias(VmbusClass.timeSync),
      vmbusAlias(VmbusClass.heartbeat),
      vmbusAlias(VmbusClass.dataExchange),
      vmbusAlias(VmbusClass.backup),
      vmbusAlias(VmbusClass.guestServices),
    ]),
  ],
  setup: { style: 'installer', title: 'Debian GNU/Linux installer', steps: DEBIAN_SETUP_STEPS },
  linux: {
    isModern: true,
    rootDevice: '/dev/sda1',
    init: [
      'systemd[1]: Detected virtualization microsoft.',
      '[  OK  ] Started systemd-journald.service - Journal Service.',
      '[  OK  ] Started systemd-udevd.service - Rule-based Manager for Device Events and Files.',
      '[  OK  ] Finished networking.service - Raise network interfaces.',
      '[  OK  ] Reached target multi-user.target - Multi-User System.',
    ],
    release: '12.5',
  },
  mediaFolder: 'DEBIAN',
  mediaLabel: 'DEBIAN12_LAB',
};
