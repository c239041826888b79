import type { BlockDevice } from '../disk/block-device';
import { Pci, PciConfig } from '../hardware/pci-config';
import { Problem, type DeviceState, type DriverState, type FoundDevice } from '../kernel/device';
import type { Driver, DriverContext } from '../kernel/driver';
import { runsOnHyperV } from '../hardware/hypervisor';
import { AcceleratedDisk } from './accelerated-disk';
import { AtaChannel } from './ata/channel';
import { newChannel } from './ata/command';
import { AtaDisk } from './ata/devices';
import { driveLines } from './linux-drives';
import { newProbe, stepProbe, type FoundDrive } from './ata/probe';
import { StorvscDriver } from './storvsc';

/** The PIIX4's IDE function: `intelide`, `piix`, `ata_piix`. It only finds the channels; they have drivers of their own. */
export class IdeController implements Driver {
  constructor(private readonly context: DriverContext) {}

  start(): void {
    const { context } = this;
    const { device } = context;
    const config = new PciConfig(context.processor);
    const timing = config.read(device.address >> 3, device.address & 7, 0x40); // IDETIM: bit 15 of each half decodes
    const busMaster = device.resources.find((resource) => resource.kind === 'io')?.start ?? 0;
    config.write(device.address >> 3, device.address & 7, Pci.command, 0x05, 2);
    device.driver = { kind: 'ideController', busMaster };
    if ((timing & 0x8000) !== 0) context.addChild(channelDevice(context, 0, busMaster));
    if ((timing & 0x8000_0000) !== 0) context.addChild(channelDevice(context, 1, busMaster));
    if (leavesDisks(context)) {
      context.log(`ata_piix 0000:${device.location}: Hyper-V Virtual Machine detected, ATA device ignore set`);
    }
    context.started(Problem.none);
  }

  interrupt(): boolean {
    return false;
  }

  wake(): void {
    // Nothing is asked for.
  }

  stop(): void {
    // The channels stop themselves.
  }
}

/**
 * A Linux with a driver for the accelerator leaves the disks to it, and drives only what is no disk: drivers/ata/ata_piix.c,
 * piix_ignore_devices_quirk. That one goes by DMI's names; this board has no DMI, so the hypervisor is asked.
 */
function leavesDisks({ profile, processor }: DriverContext): boolean {
  return profile.drivers.some(({ service }) => service === 'hv_storvsc') && runsOnHyperV(processor);
}

function channelDevice(context: DriverContext, channel: number, busMaster: number): FoundDevice {
  const base = channel === 0 ? 0x1f0 : 0x170;
  const control = channel === 0 ? 0x3f6 : 0x376;
  return {
    bus: 'ide',
    address: channel,
    ids: [channel === 0 ? 'Primary_IDE_Channel' : 'Secondary_IDE_Channel'],
    instance: `PCIIDE\\IDECHANNEL\\4&10BF2F88&0&${channel}`,
    location: channel === 0 ? 'Primary Channel' : 'Secondary Channel',
    resources: [
      { kind: 'io', start: base, length: 8 },
      { kind: 'io', start: control, length: 1 },
      ...(busMaster === 0 ? [] : [{ kind: 'io', start: busMaster + channel * 8, length: 8 } as const]),
      { kind: 'irq', start: 14 + channel, length: 1 },
    ],
    service: context.profile.family === 'linux' ? 'ide-channel' : undefined,
  };
}

const DMA_AREA = 2 * 65_536; // region table, then a buffer that does not cross 64 KB

/** One channel with its drives: `atapi`, `ataport`, or the channel part of a Linux driver. Interrupts and bus mastering. */
export class IdeChannel implements Driver {
  private made: AtaChannel | null = null;

  constructor(private readonly context: DriverContext) {}

  private get state(): Extract<DriverState, { kind: 'ideChannel' }> {
    const { driver } = this.context.device;
    if (driver.kind !== 'ideChannel') throw new Error('the channel has not been started');
    return driver;
  }

  /** The channel's command queue. Wiring: made again after a restore. */
  get channel(): AtaChannel {
    return (this.made ??= this.makeChannel());
  }

  private makeChannel(): AtaChannel {
    const [command, control, busMaster] = this.context.device.resources.filter((resource) => resource.kind === 'io');
    const ports = { command: command?.start ?? 0, control: control?.start ?? 0, busMaster: busMaster?.start ?? null };
    const { dmaArea, channel } = this.state;
    return new AtaChannel(this.context.processor, { ports, interrupts: true, dmaArea }, channel);
  }

  start(): void {
    const { context } = this;
    const dmaArea = context.allocate(DMA_AREA, 65_536);
    if (dmaArea === null) return context.started(Problem.cannotStart);
    context.device.driver = { kind: 'ideChannel', dmaArea, channel: newChannel(), probe: newProbe() };
    context.enableInterrupt();
    this.probe();
  }

  private probe(): void {
    const { probe } = this.state;
    while (!probe.done) {
      const before = `${probe.device}${probe.ticket}${probe.asPacket}`;
      const found = stepProbe(probe, [this.channel], this.context.now());
      if (found && !(found.kind === 'ata' && leavesDisks(this.context)))
        this.context.addChild(driveDevice(this.context, found));
      if (!probe.done && before === `${probe.device}${probe.ticket}${probe.asPacket}`) break; // the drive has not answered yet
    }
    if (probe.done && this.context.device.status === 'starting') this.context.started(Problem.none);
    this.schedule();
  }

  private schedule(): void {
    if (this.context.device.driver.kind !== 'ideChannel') return;
    this.context.wakeAt(this.channel.nextLook(this.context.now()));
  }

  interrupt(): boolean {
    const isMine = this.channel.service('interrupt', this.context.now());
    this.goOn();
    return isMine;
  }

  wake(): void {
    this.channel.service('poll', this.context.now());
    this.goOn();
  }

  /** Called after anything may have changed. */
  goOn(): void {
    if (this.state.probe.done) this.schedule();
    else this.probe();
  }

  settle(): void {
    this.schedule();
  }

  blockDevice({ address, drive }: DeviceState): BlockDevice | null {
    return drive && new AtaDisk(this.channel, address, drive.identity.sectors, () => this.context.now());
  }

  stop(): void {
    // Queued writes have been waited for by whoever stops the system.
  }
}

function driveDevice(context: DriverContext, found: FoundDrive): FoundDevice {
  const { model, firmware } = found.identity;
  const padded = `${model.replaceAll(' ', '_').padEnd(40, '_')}${firmware.padEnd(8, '_')}`;
  const isDisk = found.kind === 'ata';
  const windows = [`IDE\\${isDisk ? 'Disk' : 'CdRom'}${padded}`, isDisk ? 'GenDisk' : 'GenCdRom'];
  const linux = context.profile.drivers.some((driver) => driver.service === 'ide-disk')
    ? [isDisk ? 'ide:m-disk' : 'ide:m-cdrom']
    : [isDisk ? 'scsi:t-0x00' : 'scsi:t-0x05'];
  const channel = context.device.address;
  return {
    bus: context.profile.family === 'linux' && linux[0]?.startsWith('scsi') ? 'scsi' : 'ide',
    address: found.device,
    ids: context.profile.family === 'linux' ? linux : windows,
    instance: `${windows[0] ?? ''}\\5&${channel}&0.${found.device}.0`,
    location: String(found.device),
    ownName: model,
    drive: { kind: found.kind, identity: found.identity },
  };
}

/** Windows has the filter `storflt` above its IDE disks. */
function hasFilter({ profile }: DriverContext): boolean {
  return profile.drivers.some(({ service }) => service === 'storflt');
}

/** A hard disk on a channel or controller: `disk`, `ide-disk`, `sd_mod`. */
export class DiskDriver implements Driver {
  constructor(private readonly context: DriverContext) {}

  /** The disk as sectors; null when its controller has gone. */
  disk(): BlockDevice | null {
    const { context } = this;
    const disk = context.parentDriver()?.blockDevice?.(context.device) ?? null;
    const isFiltered = disk && context.device.bus === 'ide' && hasFilter(context);
    return isFiltered ? new AcceleratedDisk(disk, () => this.accelerator()) : disk;
  }

  /** The driver of this very disk's accelerator, once there is one. */
  private accelerator(): BlockDevice | null {
    const { context } = this;
    const channel = context.parentDevice()?.address;
    for (const device of context.devices()) {
      const driver = device.driver.kind === 'storvsc' ? context.driverOf(device) : null;
      if (!(driver instanceof StorvscDriver) || !driver.ide) continue;
      if (driver.ide.channel === channel && driver.ide.device === context.device.address) return driver.accelerated();
    }
    return null;
  }

  start(): void {
    const hasSectors = (this.context.device.drive?.identity.sectors ?? 0) > 0;
    this.context.device.driver = { kind: 'disk' };
    for (const line of driveLines(this.context)) this.context.log(line);
    this.context.started(hasSectors ? Problem.none : Problem.cannotStart);
  }

  interrupt(): boolean {
    return false;
  }

  wake(): void {
    // Nothing is asked for.
  }

  stop(): void {
    // Caches have been written back before.
  }
}
