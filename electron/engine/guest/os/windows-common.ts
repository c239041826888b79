import type { DeviceClass, DriverModel, DriverPackage } from './profile';

const DRIVERS = 'WINDOWS/system32/drivers';

/** A Windows driver package with its binary in the usual place. */
export function windowsDriver(
  inf: string,
  service: string,
  className: DeviceClass,
  kilobytes: number,
  models: readonly DriverModel[],
  options: { readonly file?: string; readonly bootStart?: boolean } = {},
): DriverPackage {
  const file = `${DRIVERS}/${options.file ?? `${service}.sys`}`;
  return { inf, service, file, bytes: kilobytes * 1024, className, models, bootStart: options.bootStart };
}

function model(id: string, name: string): DriverModel {
  return { id, name };
}

/** What every Windows with plug and play knows of a PC's board: names as in `machine.inf`. */
export const BOARD_DRIVERS: readonly DriverPackage[] = [
  windowsDriver(
    'machine.inf',
    'pci',
    'System',
    66,
    [
      model('*PNP0A03', 'PCI bus'),
      model('PCI\\VEN_8086&DEV_7192', 'Intel 82443BX Pentium(R) II Processor to PCI Bridge'),
      model('PCI\\VEN_8086&DEV_7113', 'Intel 82371AB/EB Power Management Controller'),
    ],
    { bootStart: true },
  ),
  windowsDriver(
    'isapnp.inf',
    'isapnp',
    'System',
    35,
    [model('PCI\\VEN_8086&DEV_7110', 'Intel 82371AB/EB PCI to ISA bridge (ISA mode)')],
    { bootStart: true },
  ),
  windowsDriver('machine2.inf', 'swenum', 'System', 5, [
    model('*PNP0000', 'Programmable interrupt controller'),
    model('*PNP0100', 'System timer'),
    model('*PNP0200', 'Direct memory access controller'),
    model('*PNP0B00', 'System CMOS/real time clock'),
    model('*PNP0C02', 'Motherboard resources'),
  ]),
];

/** Disk, optical and floppy drives. A disk's name is what it says of itself plus `diskSuffix`. */
export function driveDrivers(diskSuffix: string): readonly DriverPackage[] {
  return [
    windowsDriver('disk.inf', 'disk', 'DiskDrive', 36, [model('GenDisk', diskSuffix)], { bootStart: true }),
    windowsDriver('cdrom.inf', 'cdrom', 'CDROM', 49, [model('GenCdRom', diskSuffix)]),
    windowsDriver('fdc.inf', 'fdc', 'FDC', 27, [model('*PNP0700', 'Standard floppy disk controller')]),
    windowsDriver('flpydisk.inf', 'flpydisk', 'FloppyDisk', 20, [
      model('FDC\\GENERIC_FLOPPY_DRIVE', 'Floppy disk drive'),
    ]),
  ];
}

/** The PIIX4's IDE function and its two channels; port driver `atapi` or `ataport`. */
export function ideDrivers(primary: string, secondary: string): readonly DriverPackage[] {
  return [
    windowsDriver(
      'mshdc.inf',
      'intelide',
      'HDC',
      6,
      [model('PCI\\VEN_8086&DEV_7111', 'Intel(R) 82371AB/EB PCI Bus Master IDE Controller')],
      { bootStart: true },
    ),
    windowsDriver(
      'mshdc2.inf',
      'atapi',
      'HDC',
      94,
      [model('Primary_IDE_Channel', primary), model('Secondary_IDE_Channel', secondary)],
      { bootStart: true },
    ),
  ];
}

/** Keyboard, mouse and serial ports; the keyboard's name differs between generations. */
export function inputDrivers(keyboardName: string): readonly DriverPackage[] {
  return [
    windowsDriver('keyboard.inf', 'i8042prt', 'Keyboard', 53, [model('*PNP0303', keyboardName)]),
    windowsDriver('msmouse.inf', 'mouclass', 'Mouse', 23, [model('*PNP0F03', 'Microsoft PS/2 Mouse')]),
    windowsDriver('msports.inf', 'serial', 'Ports', 64, [model('*PNP0501', 'Communications Port')]),
  ];
}

/** The line of the computer itself. */
export function computerDriver(name: string): DriverPackage {
  return windowsDriver('hal.inf', 'hal', 'Computer', 129, [model('ROOT\\ACPI_HAL', name)], {
    file: '../hal.dll',
    bootStart: true,
  });
}

/** Device Manager's names of the set-up classes. */
export const WINDOWS_CATEGORIES: Readonly<Record<DeviceClass, string>> = {
  Computer: 'Computer',
  System: 'System devices',
  HDC: 'IDE ATA/ATAPI controllers',
  DiskDrive: 'Disk drives',
  CDROM: 'DVD/CD-ROM drives',
  Net: 'Network adapters',
  Keyboard: 'Keyboards',
  Mouse: 'Mice and other pointing devices',
  Display: 'Display adapters',
  Ports: 'Ports (COM & LPT)',
  FDC: 'Floppy disk controllers',
  FloppyDisk: 'Floppy disk drives',
  SCSIAdapter: 'SCSI and RAID controllers',
  HIDClass: 'Human Interface Devices',
  Unknown: 'Other devices',
};
