import type { DriverPackage } from './profile';
import { VmbusClass, vmbusId } from './vmbus-classes';
import { windowsDriver } from './windows-common';

/** Names of the enlightened parts, which changed with Windows 8. */
interface EnlightenedNames {
  readonly bus: string;
  readonly network: string;
  readonly scsi: string;
  /** Name of a disk and of a DVD drive behind it; one that does not begin with the maker follows the drive's own. */
  readonly scsiDisk: string;
  readonly scsiDvd: string;
  readonly video: string;
  readonly input: string;
  /** Null: the keyboard came with the drivers of Windows 8. */
  readonly keyboard: string | null;
  /** Service of the screen's driver. */
  readonly videoService: string;
  /** Prefix of the integration components' nodes. */
  readonly service: string;
}

export const NAMES_OF_6_1: EnlightenedNames = {
  bus: 'Virtual Machine Bus',
  network: 'Microsoft Virtual Machine Bus Network Adapter',
  scsi: 'Microsoft Synthetic SCSI Controller',
  scsiDisk: 'SCSI Disk Device',
  scsiDvd: 'SCSI CdRom Device',
  video: 'Microsoft Virtual Machine Bus Video Device',
  input: 'Microsoft VMBus HID Miniport',
  keyboard: null,
  videoService: 'VMBusVideoM',
  service: 'Virtual Machine',
};

export const NAMES_OF_6_2: EnlightenedNames = {
  bus: 'Microsoft Hyper-V Virtual Machine Bus',
  network: 'Microsoft Hyper-V Network Adapter',
  scsi: 'Microsoft Hyper-V SCSI Controller',
  scsiDisk: 'Microsoft Virtual Disk',
  scsiDvd: 'Microsoft Virtual DVD-ROM',
  video: 'Microsoft Hyper-V Video',
  input: 'Microsoft Hyper-V Input',
  keyboard: 'Microsoft Hyper-V Virtual Keyboard',
  videoService: 'HyperVideo',
  service: 'Microsoft Hyper-V',
};

/**
 * The drivers for the synthetic devices that can be driven here: bus, network and integration components. Devices that an
 * operating system has a driver for, but which this list leaves out, show as what they are without one.
 */
export function enlightenedDrivers(names: EnlightenedNames, netvsc: string): readonly DriverPackage[] {
  const service = (title: string): string => `${names.service} ${title}`;
  return [
    windowsDriver(
      'wvmbus.inf',
      'vmbus',
      'System',
      196,
      [
        { id: 'ACPI\\VMBUS', name: names.bus },
        { id: '*VMBUS', name: names.bus },
      ],
      { bootStart: true },
    ),
    windowsDriver('wnetvsc.inf', 'netvsc', 'Net', 158, [{ id: vmbusId(VmbusClass.network), name: names.network }], {
      file: netvsc,
    }),
    // One driver for both: the class of an accelerator is a compatible id of the SCSI controller (driver store of Windows 11).
    windowsDriver(
      'wstorvsc.inf',
      'storvsc',
      'SCSIAdapter',
      38,
      [
        { id: vmbusId(VmbusClass.scsi), name: names.scsi },
        { id: vmbusId(VmbusClass.ide), name: names.scsi },
      ],
      { bootStart: true },
    ),
    // "Microsoft Hyper-V Storage Accelerator": a filter above disks, of no device of its own.
    windowsDriver('wstorflt.inf', 'storflt', 'System', 48, [], { file: 'vmstorfl.sys', bootStart: true }),
    windowsDriver('disk2.inf', 'disk', 'DiskDrive', 36, [{ id: 'SCSI\\Disk', name: names.scsiDisk }], {
      bootStart: true,
    }),
    windowsDriver('cdrom2.inf', 'cdrom', 'CDROM', 49, [{ id: 'SCSI\\CdRom', name: names.scsiDvd }]),
    windowsDriver(
      'wvmic.inf',
      'vmic',
      'System',
      240,
      [
        { id: vmbusId(VmbusClass.heartbeat), name: service('Heartbeat') },
        { id: vmbusId(VmbusClass.shutdown), name: service('Guest Shutdown') },
        { id: vmbusId(VmbusClass.timeSync), name: service('Time Synchronization') },
        { id: vmbusId(VmbusClass.dataExchange), name: service('Data Exchange') },
        { id: vmbusId(VmbusClass.backup), name: service('Volume Shadow Copy Requestor') },
        { id: vmbusId(VmbusClass.guestServices), name: service('Guest Service Interface') },
      ],
      { file: '../icsvc.dll' },
    ),
    windowsDriver('wdmvsc.inf', 'dmvsc', 'System', 62, [
      { id: vmbusId(VmbusClass.dynamicMemory), name: 'Microsoft Hyper-V Dynamic Memory' },
    ]),
  ];
}

/** Screen, keyboard and mouse on VMBus; the mouse is a HID device below its miniport. */
export function humanDrivers({ video, videoService, input, keyboard }: EnlightenedNames): readonly DriverPackage[] {
  const mouse = [{ id: 'HID_DEVICE_SYSTEM_MOUSE', name: 'HID-compliant mouse' }];
  const drivers = [
    windowsDriver('wvmbusvideo.inf', videoService, 'Display', 33, [{ id: vmbusId(VmbusClass.video), name: video }]),
    windowsDriver('wvmbushid.inf', 'vmbushid', 'HIDClass', 36, [{ id: vmbusId(VmbusClass.mouse), name: input }]),
    windowsDriver('msmouse2.inf', 'mouhid', 'Mouse', 33, mouse),
  ];
  if (keyboard === null) return drivers;
  const models = [{ id: vmbusId(VmbusClass.keyboard), name: keyboard }];
  return [...drivers, windowsDriver('whyperkbd.inf', 'hyperkbd', 'Keyboard', 27, models)];
}
