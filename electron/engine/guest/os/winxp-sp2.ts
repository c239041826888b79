import type { OsProfile } from './profile';
import { BOARD_DRIVERS, computerDriver, driveDrivers, ideDrivers, inputDrivers, windowsDriver } from './windows-common';

/** Everything that the NT 5 systems of this list share: they know the plain PCI id of the 21140 and nothing of VMBus. */
export const NT5_DRIVERS = [
  computerDriver('ACPI Uniprocessor PC'),
  ...BOARD_DRIVERS,
  ...ideDrivers('Primary IDE Channel', 'Secondary IDE Channel'),
  ...driveDrivers(''),
  ...inputDrivers('Standard 101/102-Key or Microsoft Natural PS/2 Keyboard'),
  windowsDriver('net21x4.inf', 'dc21x4', 'Net', 68, [
    { id: 'PCI\\VEN_1011&DEV_0009', name: 'Intel 21140-Based PCI Fast Ethernet Adapter (Generic)' },
  ]),
];

/** Texts of text-mode setup, the same for all NT 5 systems. */
export const NT5_SETUP_STEPS = {
  partition: 'Setup is preparing the partition.',
  format: 'Please wait while Setup formats the partition.',
  copy: 'Please wait while Setup copies files to the Windows installation folders.',
  finish: 'This portion of Setup has completed successfully.',
};

/** Windows XP Professional with Service Pack 2, 32 bits. */
export const WINDOWS_XP_SP2: OsProfile = {
  id: 'winxp-sp2',
  family: 'nt5',
  product: 'Microsoft Windows XP Professional',
  versionText: 'Microsoft Windows XP [Version 5.1.2600]',
  buildText: '5.1.2600 Service Pack 2 Build 2600',
  architecture: 'x86',
  processors: 1,
  minimumMemoryMB: 64,
  bootsUefi: false,
  idleMemoryMB: 120,
  theme: 'xp',
  computerName: 'XP-LAB',
  userName: 'Administrator',
  screen: { width: 800, height: 600 },
  loader: { path: 'ntldr', missing: 'NTLDR is missing\nPress Ctrl+Alt+Del to restart', bytes: 47_564 },
  connectionName: 'Local Area Connection',
  volumeLabel: 'XP',
  partitionStart: 63,
  kernel: { path: 'WINDOWS/system32/ntoskrnl.exe', bytes: 131_072 },
  stages: [
    { kind: 'black', title: '', caption: '', ms: 1500 },
    { kind: 'splash', title: 'Microsoft Windows XP', caption: '', ms: 8000 },
    { kind: 'splash', title: 'Windows XP', caption: 'Welcome', ms: 2500 },
  ],
  enlightened: null,
  drivers: NT5_DRIVERS,
  setup: { style: 'text', title: 'Windows XP Professional Setup', steps: NT5_SETUP_STEPS },
  linux: null,
  mediaFolder: 'I386',
  mediaLabel: 'XP_SP2_LAB',
};
