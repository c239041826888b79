import type { OsProfile } from './profile';
import { BOARD_DRIVERS, computerDriver, driveDrivers, ideDrivers, inputDrivers, windowsDriver } from './windows-common';
import { windowsOsId } from './vmbus-classes';
import { enlightenedDrivers, humanDrivers, NAMES_OF_6_1 } from './windows-enlightened';

/** The four ids of the emulated 21140 that Windows has matched since Vista: a real card of that chip gets no driver. */
export const EMULATED_21140 = windowsDriver(
  'dc21x4vm.inf',
  'dc21x4vm',
  'Net',
  106,
  ['SUBSYS_21140A00&REV_20', 'SUBSYS_21140A01&REV_20', 'SUBSYS_21140A02&REV_20', 'SUBSYS_21140A03&REV_20'].map(
    (tail) => ({
      id: `PCI\\VEN_1011&DEV_0009&${tail}`,
      name: 'Intel 21140-Based PCI Fast Ethernet Adapter (Emulated)',
    }),
  ),
);

/** Texts of the installer since Vista. */
export const NT6_SETUP_STEPS = {
  partition: 'Preparing the disk',
  format: 'Formatting the partition',
  copy: 'Expanding Windows files',
  finish: 'Completing installation',
};

/** Windows Server 2008 R2 Standard with Service Pack 1: VMBus 1.1, network and services in the box. */
export const WINDOWS_SERVER_2008_R2: OsProfile = {
  id: 'ws2008r2',
  family: 'nt6',
  product: 'Windows Server 2008 R2 Standard',
  versionText: 'Microsoft Windows [Version 6.1.7601]',
  buildText: '6.1.7601 Service Pack 1 Build 7601',
  architecture: 'x64',
  processors: 4,
  minimumMemoryMB: 512,
  bootsUefi: false,
  idleMemoryMB: 400,
  theme: 'aero',
  computerName: 'SRV2008R2-LAB',
  userName: 'Administrator',
  screen: { width: 1024, height: 768 },
  loader: { path: 'bootmgr', missing: 'BOOTMGR is missing\nPress Ctrl+Alt+Del to restart', bytes: 65_536 },
  connectionName: 'Local Area Connection',
  volumeLabel: 'SRV2008R2',
  partitionStart: 2048,
  kernel: { path: 'WINDOWS/system32/ntoskrnl.exe', bytes: 131_072 },
  stages: [
    { kind: 'splash', title: 'Starting Windows', caption: '', ms: 7000 },
    { kind: 'splash', title: 'Windows Server 2008 R2', caption: 'Please wait for the Group Policy Client', ms: 3000 },
  ],
  enlightened: { guestOsId: windowsOsId(6, 1, 1, 7601), vmbus: ['1.1', '0.13'], nvsp: ['2', '1'], vstor: '4.2' },
  drivers: [
    computerDriver('ACPI x64-based PC'),
    ...BOARD_DRIVERS,
    ...ideDrivers('ATA Channel 0', 'ATA Channel 1'),
    ...driveDrivers('ATA Device'),
    ...inputDrivers('Standard PS/2 Keyboard'),
    EMULATED_21140,
    windowsDriver('display.inf', 'vgapnp', 'Display', 29, [
      { id: 'PCI\\CC_0300', name: 'Standard VGA Graphics Adapter' },
    ]),
    ...enlightenedDrivers(NAMES_OF_6_1, 'netvsc60.sys'),
    ...humanDrivers(NAMES_OF_6_1),
  ],
  setup: { style: 'splash', title: 'Install Windows', steps: NT6_SETUP_STEPS },
  linux: null,
  mediaFolder: 'SOURCES',
  mediaLabel: 'WS2008R2_LAB',
};
