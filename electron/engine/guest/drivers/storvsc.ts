import { SECOND } from '../../clock/clock';
import { VSTOR_VERSIONS, VstorVersion } from '../../vmbus/protocol/vstor';
import type { BlockDevice } from '../disk/block-device';
import { Problem, type DeviceState, type FoundDevice } from '../kernel/device';
import type { Driver, DriverContext } from '../kernel/driver';
import { StorvscDisk } from '../vsc/storvsc/disk';
import { newScan, stepScan, type FoundUnit, type ScanState } from '../vsc/storvsc/scan';
import { newStorvsc, type StorvscState } from '../vsc/storvsc/state';
import { Storvsc } from '../vsc/storvsc/storvsc';
import { scsiInquiryLine } from './linux-drives';
import { VmbusDriver } from './vmbus';

/** A synthetic SCSI controller. Plain. */
export interface StorvscDriverState {
  kind: 'storvsc';
  adapter: StorvscState;
  /** The look at all units that is under way, or the latest one. */
  scan: ScanState;
  /** The host said that units came or went while a look was under way. */
  lookAgain: boolean;
}

export function newStorvscDriver(): StorvscDriverState {
  return { kind: 'storvsc', adapter: newStorvsc(), scan: newScan(), lookAgain: false };
}

const PATIENCE = 10 * SECOND;

/** The synthetic SCSI controller as a device of the tree: binds the storage VSC to its channel, and reports its disks. */
export class StorvscDriver implements Driver {
  private readonly adapter: Storvsc | null;

  constructor(
    private readonly context: DriverContext,
    private readonly state: StorvscDriverState,
  ) {
    const bus = context.parentDriver();
    const { processor, pages, device, profile } = context;
    const newest = versionOf(profile.enlightened?.vstor ?? '2.0');
    this.adapter =
      bus instanceof VmbusDriver
        ? new Storvsc({
            client: bus.client,
            relid: device.address,
            memory: processor.memory,
            pages,
            state: state.adapter,
            versions: VSTOR_VERSIONS.filter((version) => version <= newest),
            listener: {
              up: () => this.look(),
              failed: () => this.finish(Problem.cannotStart),
              finished: () => this.goOn(),
              changed: () => this.look(),
              removed: () => undefined, // the bus reports it
            },
          })
        : null;
  }

  start(): void {
    if (!this.adapter) return this.context.started(Problem.cannotStart);
    this.context.log(`hv_vmbus: registering driver ${this.context.device.service ?? ''}`);
    this.context.wakeAt(this.context.now() + PATIENCE);
    this.adapter.start();
  }

  private look(): void {
    const isLooking = this.state.scan.step !== 'done' && this.state.scan.ticket !== null;
    this.state.lookAgain = isLooking;
    if (isLooking) return;
    this.state.scan = newScan();
    this.goOn();
  }

  private goOn(): void {
    const { scan } = this.state;
    if (!this.adapter || scan.step === 'done' || !stepScan(scan, this.adapter)) return;
    this.report(scan.found);
    if (this.state.lookAgain) this.look();
    else this.finish(Problem.none);
  }

  /** Tells the tree of what is new, and of what is gone. */
  private report(found: readonly FoundUnit[]): void {
    const known = this.context.children();
    for (const { address } of known) if (!found.some(({ lun }) => lun === address)) this.context.removeChild(address);
    const isKnown = ({ lun }: FoundUnit): boolean => known.some(({ address }) => address === lun);
    for (const unit of found.filter((one) => !isKnown(one))) {
      this.context.log(scsiInquiryLine(unit));
      this.context.addChild(describeUnit(this.context, unit, found));
    }
  }

  private finish(problem: number): void {
    if (this.context.device.status !== 'starting') return;
    this.context.wakeAt(null);
    this.context.started(problem);
  }

  /** A disk among its units, as sectors. */
  blockDevice({ address: lun }: DeviceState): BlockDevice | null {
    const unit = this.state.scan.found.find((one) => one.lun === lun);
    if (!this.adapter || !unit) return null;
    return new StorvscDisk(this.adapter, { lun, sectorCount: unit.sectors, sectorSize: unit.sectorSize });
  }

  interrupt(): boolean {
    return false; // its packets come through the bus
  }

  wake(): void {
    this.finish(Problem.cannotStart);
  }

  stop(): void {
    this.adapter?.stop();
  }
}

/** `6.2` as the protocol's number. */
function versionOf(text: string): number {
  const [major = 0, minor = 0] = text.split('.').map(Number);
  return major * 256 + minor || VstorVersion.V2_0;
}

/** What plug and play is told of a unit: ids as in the INQUIRY data (Windows), or the type (Linux). */
function describeUnit(context: DriverContext, unit: FoundUnit, all: readonly FoundUnit[]): FoundDevice {
  const isDisk = unit.kind === 'disk';
  const isLinux = context.profile.family === 'linux';
  const padded = `${unit.vendor.padEnd(8, '_')}${unit.product.replaceAll(' ', '_').padEnd(16, '_')}`;
  const named = (text: string): string => text.toUpperCase().replaceAll(' ', '_');
  const id = `SCSI\\${isDisk ? 'Disk' : 'CdRom'}${padded}`;
  const windows = [
    `${id}${unit.revision.padEnd(4, '_')}`,
    id,
    `SCSI\\${isDisk ? 'Disk' : 'CdRom'}`,
    isDisk ? 'GenDisk' : 'GenCdRom',
  ];
  const instance = `SCSI\\${isDisk ? 'DISK' : 'CDROM'}&VEN_${named(unit.vendor)}&PROD_${named(unit.product)}`;
  const before = all.filter(({ kind, lun }) => kind === unit.kind && lun < unit.lun).length;
  return {
    bus: 'scsi',
    address: unit.lun,
    ids: isLinux ? [isDisk ? 'scsi:t-0x00' : 'scsi:t-0x05'] : windows,
    instance: `${instance}\\5&${context.device.address}&0&0000${unit.lun.toString(16).padStart(2, '0').toUpperCase()}`,
    location: isLinux ? `0:0:0:${unit.lun}` : `Bus Number 0, Target Id 0, LUN ${unit.lun}`,
    ownName: `${unit.vendor} ${unit.product}`,
    node: isDisk ? `sd${'abcdefghijklmnopqrstuvwxyz'[before] ?? '?'}` : `sr${before}`,
    drive: {
      kind: isDisk ? 'ata' : 'atapi',
      identity: { model: unit.product, firmware: unit.revision, serial: '', sectors: unit.sectors, hasDma: true },
    },
  };
}
