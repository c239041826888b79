import { drivesOf, type VmSettings } from '@shared/model/vm-settings';

/** One entry of the firmware's boot order. */
export interface BootEntry {
  readonly kind: 'hardDisk' | 'dvd' | 'network';
  /** The file of a drive; null when there is none. */
  readonly path: string | null;
  readonly switchId: string | null;
  /** How the firmware reaches the device, as UEFI writes it. */
  readonly devicePath: string;
}

/** What Hyper-V's firmware calls every device on VMBus (vendor-defined hardware), and its classes of devices (linux include/linux/hyperv.h). */
const VMBUS_VENDOR = '9B17E5A2-0891-42DD-B653-80B5C22809BA';
const SCSI_CLASS = 'ba6163d9-04a1-4d29-b605-72e2ffb1dc7f';
const NETWORK_CLASS = 'f8615163-df3e-46c5-913f-f2d2f965ed0e';

/** Bytes of a GUID as they lie in memory, in hexadecimal: the first three parts are little-endian (UEFI, EFI_GUID). */
function guidBytes(guid: string): string {
  const [a = '', b = '', c = '', ...rest] = guid.split('-');
  const turned = (part: string): string => (part.match(/../g) ?? []).reverse().join('');
  return [turned(a), turned(b), turned(c), ...rest].join('').toUpperCase();
}

/** A device on VMBus: its class and its instance are the vendor's data. */
function onVmbus(deviceClass: string, instance: string): string {
  return `\\AcpiEx(VMBus,0,0)\\VenHw(${VMBUS_VENDOR},${guidBytes(deviceClass)}${guidBytes(instance)})`;
}

/** What an id of the firmware's boot order stands for, or null when it is gone. */
export function bootEntry(settings: VmSettings, id: string): BootEntry | null {
  const place = drivesOf(settings).find(({ drive }) => drive.id === id);
  if (place) {
    const { drive, controller, location } = place;
    const devicePath = `${onVmbus(SCSI_CLASS, controller.id)}\\Scsi(0,${location})`;
    return { kind: drive.kind, path: drive.path, switchId: null, devicePath };
  }
  const adapter = settings.adapters.find((each) => each.id === id);
  if (!adapter) return null;
  const mac = (adapter.mac.address ?? '').replaceAll('-', '') || '000000000000';
  const devicePath = `${onVmbus(NETWORK_CLASS, adapter.id)}\\MAC(${mac},0)`;
  return { kind: 'network', path: null, switchId: adapter.switchId, devicePath };
}
