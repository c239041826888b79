import type { FoundUnit } from '../vsc/storvsc/scan';
import type { DeviceState } from '../kernel/device';
import type { DriverContext } from '../kernel/driver';

/** Size as libata and the old IDE driver write it: decimal megabytes. */
function megabytes(sectors: number): number {
  return Math.round((sectors * 512) / 1_000_000);
}

/** Name of a drive in /dev: what its controller named it, or `hda` by its place, `sda` and `sr0` by kind. */
export function driveName(device: DeviceState, channel: number, isIde: boolean): string {
  if (device.node !== '') return device.node;
  if (isIde) return `hd${'abcd'[channel * 2 + device.address] ?? '?'}`;
  return device.drive?.kind === 'atapi' ? 'sr0' : `sd${'abcd'[channel * 2 + device.address] ?? '?'}`;
}

/** What a Linux kernel logs about a drive: drivers/ide of 2.6, or libata with sd and sr. */
export function driveLines(context: DriverContext): string[] {
  const { device, profile } = context;
  const channel = context.parentDevice()?.address ?? 0;
  if (!device.drive || !profile.linux) return [];
  if (device.node !== '') return scsiLines(device);
  const { kind, identity } = device.drive;
  const isIde = !profile.linux.isModern;
  const name = driveName(device, channel, isIde);
  const isDisk = kind === 'ata';
  if (isIde) {
    const kindText = isDisk ? 'ATA DISK drive' : 'ATAPI CD/DVD-ROM drive';
    const size = isDisk
      ? [`${name}: ${identity.sectors} sectors (${megabytes(identity.sectors)} MB), (U)DMA`, ` ${name}: ${name}1`]
      : [];
    return [
      `${name}: ${identity.model}, ${kindText}`,
      `ide${channel} at ${channel === 0 ? '0x1f0-0x1f7,0x3f6 on irq 14' : '0x170-0x177,0x376 on irq 15'}`,
      ...size,
    ];
  }
  const ata = `ata${channel + 1}.0${device.address}`;
  if (!isDisk)
    return [
      `${ata}: ATAPI: ${identity.model}, ${identity.firmware}, max MWDMA2`,
      `sr ${channel}:0:0:0: Attached scsi CD-ROM ${name}`,
    ];
  return [
    `${ata}: ATA-8: ${identity.model}, ${identity.firmware}, max MWDMA2`,
    `${ata}: ${identity.sectors} sectors, multi 128: LBA48`,
    `sd ${channel}:0:${device.address}:0: [${name}] ${identity.sectors} 512-byte logical blocks: (${megabytes(identity.sectors)} MB)`,
    ` ${name}: ${name}1`,
  ];
}

/** What scsi_scan says of a unit that it finds. */
export function scsiInquiryLine(place: string, { kind, vendor, product, revision, version }: FoundUnit): string {
  const type = (kind === 'disk' ? 'Direct-Access' : 'CD-ROM').padEnd(17);
  return `scsi ${place}: ${type} ${vendor.padEnd(8)} ${product.padEnd(16)} ${revision.padEnd(4)} PQ: 0 ANSI: ${version}`;
}

/** What sd and sr say of a drive behind a synthetic controller. */
function scsiLines({ location, node, drive }: DeviceState): string[] {
  if (drive?.kind !== 'ata') return [`sr ${location}: Attached scsi CD-ROM ${node}`];
  const bytes = drive.identity.sectors * 512;
  const size = `${(bytes / 1e9).toPrecision(3)} GB/${(bytes / 2 ** 30).toPrecision(3)} GiB`;
  return [
    `sd ${location}: [${node}] ${drive.identity.sectors} 512-byte logical blocks: (${size})`,
    `sd ${location}: [${node}] Write Protect is off`,
    `sd ${location}: [${node}] Attached SCSI disk`,
  ];
}
