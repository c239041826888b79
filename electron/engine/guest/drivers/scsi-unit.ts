import type { IdePlace } from '../../vmbus/protocol/vstor';
import type { DeviceState, FoundDevice } from '../kernel/device';
import type { DriverContext } from '../kernel/driver';
import type { FoundUnit } from '../vsc/storvsc/scan';

/** Where Linux has a unit, `host:channel:target:lun`. Each channel of an IDE controller is a host too, and comes first. */
export function placeOf(context: DriverContext, ide: IdePlace | null, lun: number): string {
  const isEarlier = ({ driver, id }: DeviceState): boolean =>
    driver.kind === 'ideChannel' || (driver.kind === 'storvsc' && id < context.device.id);
  const host = context.devices().filter(isEarlier).length;
  return `${host}:0:${ide?.device ?? 0}:${lun}`;
}

/** What plug and play is told of a unit: ids as in the INQUIRY data (Windows), or the type (Linux). */
export function describeUnit(context: DriverContext, ide: IdePlace | null, unit: FoundUnit): FoundDevice {
  const isDisk = unit.kind === 'disk';
  const isLinux = context.profile.family === 'linux';
  return {
    bus: 'scsi',
    // An accelerated disk keeps its place on the IDE channel: the system finds what it was booted from by it.
    address: ide?.device ?? unit.lun,
    ids: isLinux ? [isDisk ? 'scsi:t-0x00' : 'scsi:t-0x05'] : windowsIds(unit),
    instance: instanceOf(context, unit),
    location: isLinux ? placeOf(context, ide, unit.lun) : `Bus Number 0, Target Id 0, LUN ${unit.lun}`,
    ownName: `${unit.vendor} ${unit.product}`,
    node: freeNode(context, isDisk),
    drive: {
      kind: isDisk ? 'ata' : 'atapi',
      identity: { model: unit.product, firmware: unit.revision, serial: '', sectors: unit.sectors, hasDma: true },
    },
  };
}

function windowsIds({ kind, vendor, product, revision }: FoundUnit): string[] {
  const isDisk = kind === 'disk';
  const padded = `${vendor.padEnd(8, '_')}${product.replaceAll(' ', '_').padEnd(16, '_')}`;
  const id = `SCSI\\${isDisk ? 'Disk' : 'CdRom'}${padded}`;
  return [`${id}${revision.padEnd(4, '_')}`, id, `SCSI\\${isDisk ? 'Disk' : 'CdRom'}`, isDisk ? 'GenDisk' : 'GenCdRom'];
}

function instanceOf({ device }: DriverContext, { kind, vendor, product, lun }: FoundUnit): string {
  const named = (text: string): string => text.toUpperCase().replaceAll(' ', '_');
  const id = `SCSI\\${kind === 'disk' ? 'DISK' : 'CDROM'}&VEN_${named(vendor)}&PROD_${named(product)}`;
  return `${id}\\5&${device.address}&0&0000${lun.toString(16).padStart(2, '0').toUpperCase()}`;
}

/** The first name that no drive of the system has: `sda`, `sr0`. */
function freeNode(context: DriverContext, isDisk: boolean): string {
  const taken = new Set(context.devices().flatMap(({ status, node }) => (status === 'gone' ? [] : [node])));
  const nameOf = (index: number): string => (isDisk ? `sd${'abcdefghijklmnopqrstuvwxyz'[index] ?? '?'}` : `sr${index}`);
  let index = 0;
  while (taken.has(nameOf(index)) && index < 25) index++;
  return nameOf(index);
}
