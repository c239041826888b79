import type { BlockStore } from '../base/block-store';
import { DvdUnit } from '../parent/vsp/storvsp/dvd-unit';
import { diskUnit, ideAccelerator, scsiController } from '../parent/vsp/storvsp/offers';
import type { Storvsp } from '../parent/vsp/storvsp/storvsp';
import { HOST_VSTOR_VERSION, VstorVersion } from '../vmbus/protocol/vstor';
import type { VmbusServer } from '../vmbus/server/server';
import type { DriveDescription } from './description';
import type { MachineParts } from './parts';

/** Where a drive is plugged in now. */
interface Place {
  readonly controller: Storvsp;
  readonly lun: number;
}

/**
 * The synthetic SCSI controllers of one machine with their drives (a drive's location is its LUN), and the accelerators of its IDE
 * disks.
 */
export class SyntheticStorage {
  private readonly controllers = new Map<string, Storvsp>(); // by id
  private readonly places = new Map<string, Place>(); // by drive id
  private readonly dvds = new Map<string, DvdUnit>();
  private readonly version: number;

  private readonly ejected: (driveId: string) => void;

  constructor({ description, units, discEjected }: MachineParts, vmbus: VmbusServer) {
    this.ejected = discEjected;
    this.version = HOST_VSTOR_VERSION[description.hostId] ?? VstorVersion.V6_2;
    description.scsi.forEach(({ id, drives }, index) => {
      const name = `storvsp-${index}`;
      const controller = units.add(name, scsiController(name, id, this.version, description.processors - 1));
      this.controllers.set(id, controller);
      for (const drive of drives) this.plug(id, drive);
      vmbus.add(controller);
    });
    for (const drive of description.ide) {
      const accelerator = this.accelerator(drive);
      if (accelerator) vmbus.add(units.add(accelerator.offer.name, accelerator));
    }
  }

  /**
   * The other door to a disk of the emulated IDE controller, for guests with a driver for it. Both doors lead to one store, which
   * writes through, so either may be used; DVD drives have only the emulated one.
   */
  private accelerator({ id, kind, place, store }: DriveDescription): Storvsp | null {
    if (kind !== 'hardDisk' || !store) return null;
    const where = { channel: place >> 1, device: place & 1 };
    return ideAccelerator(`storvsp-ide-${place}`, where, diskUnit(store, id, this.version), this.version);
  }

  /** Plugs a drive in; a guest at work is told. False when there is no such controller, or no disk in the drive. */
  plug(controllerId: string, { id, kind, place, store }: DriveDescription): boolean {
    const controller = this.controllers.get(controllerId);
    if (!controller || (kind === 'hardDisk' && !store)) return false;
    if (kind === 'dvd') {
      const dvd = new DvdUnit(store, () => this.ejected(id));
      this.dvds.set(id, dvd);
      controller.plug(place, dvd);
    } else if (store) controller.plug(place, diskUnit(store, id, this.version));
    this.places.set(id, { controller, lun: place });
    return true;
  }

  /** Takes a drive out; a guest at work is told. False when it is not here. */
  unplug(driveId: string): boolean {
    const place = this.places.get(driveId);
    this.places.delete(driveId);
    this.dvds.delete(driveId);
    return place?.controller.unplug(place.lun) ?? false;
  }

  /** Ids of all drives that are plugged in. */
  get drives(): readonly string[] {
    return [...this.places.keys()];
  }

  /** Puts a disc into a DVD drive, or takes it out. False when it is not here. */
  setDisc(driveId: string, store: BlockStore | null): boolean {
    const dvd = this.dvds.get(driveId);
    dvd?.setDisc(store);
    return dvd !== undefined;
  }
}
