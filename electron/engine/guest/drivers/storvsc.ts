import { SECOND } from '../../clock/clock';
import { idePlaceOf, VSTOR_VERSIONS, VstorVersion, type IdePlace } from '../../vmbus/protocol/vstor';
import type { BlockDevice } from '../disk/block-device';
import { Problem, type DeviceState } from '../kernel/device';
import type { Driver, DriverContext } from '../kernel/driver';
import { StorvscDisk } from '../vsc/storvsc/disk';
import { DeviceClass } from '../../vmbus/protocol/classes';
import { newScan, stepScan, type FoundUnit, type ScanState } from '../vsc/storvsc/scan';
import { newStorvsc, type StorvscState } from '../vsc/storvsc/state';
import { Storvsc } from '../vsc/storvsc/storvsc';
import { scsiInquiryLine } from './linux-drives';
import { describeUnit, placeOf } from './scsi-unit';
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

/**
 * A synthetic SCSI controller, or the accelerator of an IDE disk, as a device of the tree: binds the storage VSC to its channel, and
 * reports its disks. Behind an accelerator Windows reports none: the disk of the emulated controller stays the one that is
 * seen, and its filter `storflt` sends requests here.
 */
export class StorvscDriver implements Driver {
  private readonly adapter: Storvsc | null;
  /** The disk that this accelerates; null for a SCSI controller. */
  readonly ide: IdePlace | null;

  constructor(
    private readonly context: DriverContext,
    private readonly state: StorvscDriverState,
  ) {
    const bus = context.parentDriver();
    const { processor, pages, device, profile } = context;
    const newest = versionOf(profile.enlightened?.vstor ?? '2.0');
    const { offer } = device;
    this.ide = offer?.type === DeviceClass.Ide ? idePlaceOf(offer.instance) : null;
    this.adapter =
      bus instanceof VmbusDriver
        ? new Storvsc({
            client: bus.client,
            relid: device.address,
            memory: processor.memory,
            pages,
            state: state.adapter,
            versions: VSTOR_VERSIONS.filter((version) => version <= newest),
            target: this.ide?.device,
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
    this.state.scan = newScan(this.ide ? [0] : []); // one disk an accelerator: it is not asked for a list
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
    if (this.ide && this.context.profile.family !== 'linux') return;
    const known = this.context.children();
    for (const { address } of known) if (!found.some(({ lun }) => lun === address)) this.context.removeChild(address);
    const isKnown = ({ lun }: FoundUnit): boolean => known.some(({ address }) => address === lun);
    for (const unit of found.filter((one) => !isKnown(one))) {
      this.context.log(scsiInquiryLine(placeOf(this.context, this.ide, unit.lun), unit));
      this.context.addChild(describeUnit(this.context, this.ide, unit));
    }
  }

  private finish(problem: number): void {
    if (this.context.device.status !== 'starting') return;
    this.context.wakeAt(null);
    this.context.started(problem);
  }

  /** A disk among its units, as sectors. */
  blockDevice({ address }: DeviceState): BlockDevice | null {
    return this.unit(this.ide ? 0 : address);
  }

  /** The disk that it accelerates, while requests can go this way. */
  accelerated(): BlockDevice | null {
    return this.ide && this.adapter?.isUp ? this.unit(0) : null;
  }

  private unit(lun: number): BlockDevice | null {
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
