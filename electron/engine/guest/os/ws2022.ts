import type { OsProfile } from './profile';
import { BOARD_DRIVERS, computerDriver, driveDrivers, ideDrivers, inputDrivers, windowsDriver } from './windows-common';
import { windowsOsId } from './vmbus-classes';
import { enlightenedDrivers, humanDrivers, NAMES_OF_6_2 } from './windows-enlightened';
import { EMULATED_21140, NT6_SETUP_STEPS } from './ws2008r2';

/** Windows Server 2022 Standard. */
export const WINDOWS_SERVER_2022: OsProfile = {
  id: 'ws2022',
  family: 'nt6',
  product: 'Windows Server 2022 Standard',
  versionText: 'Microsoft Windows [Version 10.0.20348]',
  buildText: '10.0.20348 N/A Build 20348',
  architecture: 'x64',
  processors: 4,
  minimumMemoryMB: 512,
  bootsUefi: true,
  idleMemoryMB: 620,
  theme: 'fluent',
  computerName: 'SRV2022-LAB',
  userName: 'Administrator',
  screen: { width: 1024, height: 768 },
  loader: { path: 'bootmgr', missing: 'BOOTMGR is missing\nPress Ctrl+Alt+Del to restart', bytes: 65_536 },
  connectionName: 'Ethernet',
  volumeLabel: 'SRV2022',
  partitionStart: 2048,
  kernel: { path: 'WINDOWS/system32/ntoskrnl.exe', bytes: 131_072 },
  stages: [
    { kind: 'splash', title: '', caption: '', ms: 5000 },
    { kind: 'splash', title: '', caption: 'Please wait', ms: 2500 },
  ],
  enlightened: {
    guestOsId: windowsOsId(10, 0, 0, 20348),
    vmbus: ['5.3', '5.2', '5.1', '5.0', '4.1', '4.0', '3.0', '2.4'],
    nvsp: ['6.1', '6', '5', '4', '2', '1'],
    vstor: '6.2',
  },
  drivers: [
    computerDriver('ACPI x64-based PC'),
    ...BOARD_DRIVERS,
    ...ideDrivers('ATA Channel 0', 'ATA Channel 1'),
    ...driveDrivers('ATA Device'),
    ...inputDrivers('Standard PS/2 Keyboard'),
    EMULATED_21140,
    windowsDriver('display.inf', 'BasicDisplay', 'Display', 68, [
      { id: 'PCI\\CC_0300', name: 'Microsoft Basic Display Adapter' },
    ]),
    windowsDriver('wgencounter.inf', 'gencounter', 'System', 22, [
      { id: '*VM_GEN_COUNTER', name: 'Microsoft Hyper-V Generation Counter' },
    ]),
    ...enlightenedDrivers(NAMES_OF_6_2, 'netvsc.sys'),
    ...humanDrivers(NAMES_OF_6_2),
  ],
  setup: { style: 'splash', title: 'Microsoft Server Operating System Setup', steps: NT6_SETUP_STEPS },
  linux: null,
  mediaFolder: 'SOURCES',
  mediaLabel: 'WS2022_LAB',
};
