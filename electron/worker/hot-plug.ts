import type { BlockStore } from '@engine/base/block-store';
import { parseMac } from '@engine/base/mac';
import type { Machine } from '@engine/machine/machine';
import { drivesOf, type VmSettings } from '@shared/model/vm-settings';
import type { AttachmentReservation } from './attachments';
import { DISKETTE_DRIVE } from './describe';

/** A hard disk at a place of a SCSI controller. */
interface ScsiDisk {
  readonly controllerId: string;
  readonly location: number;
  readonly id: string;
  readonly path: string | null;
}

function scsiDisks(settings: VmSettings): ScsiDisk[] {
  return drivesOf(settings).flatMap(({ controller, location, drive: { id, kind, path } }) =>
    controller.kind === 'scsi' && kind === 'hardDisk' ? [{ controllerId: controller.id, location, id, path }] : [],
  );
}

const isSame = (a: ScsiDisk, b: ScsiDisk): boolean =>
  a.id === b.id && a.controllerId === b.controllerId && a.location === b.location && a.path === b.path;

/**
 * Plugs in and takes out the SCSI disks by which two settings of a running machine differ; the guest is told. The files of the new
 * ones are open already; those of the old ones are closed afterwards.
 */
export function plugDisks(
  { storage }: Machine,
  files: AttachmentReservation,
  before: VmSettings,
  after: VmSettings,
): void {
  const [old, wanted] = [scsiDisks(before), scsiDisks(after)];
  for (const disk of old.filter((one) => !wanted.some((other) => isSame(one, other)))) storage.unplug(disk.id);
  for (const { id, controllerId, location: place } of wanted.filter(
    (one) => !old.some((other) => isSame(one, other)),
  )) {
    storage.plug(controllerId, { id, kind: 'hardDisk', place, store: files.store(id) });
  }
}

/**
 * Takes out and puts in the synthetic network adapters by which two settings of a running machine differ; `removed` is told of each that
 * went. The new ones are connected afterwards, with all others.
 */
export function plugAdapters(
  machine: Machine,
  before: VmSettings,
  after: VmSettings,
  removed: (adapterId: string) => void,
): void {
  const isIn = ({ adapters }: VmSettings, id: string): boolean => adapters.some((adapter) => adapter.id === id);
  for (const { id } of before.adapters.filter((adapter) => !isIn(after, adapter.id))) {
    if (machine.removeAdapter(id)) removed(id);
  }
  for (const { id, kind, mac } of after.adapters.filter((adapter) => !isIn(before, adapter.id))) {
    const address = mac.address === null ? null : parseMac(mac.address);
    if (kind === 'synthetic' && address) machine.addAdapter({ id, kind, mac: address });
  }
}

/** Puts into the drives what the later settings have in them; `inserted` is told of each disc and diskette (null: taken out). */
export function changeMedia(
  machine: Machine,
  files: AttachmentReservation,
  before: VmSettings,
  after: VmSettings,
  inserted: (store: BlockStore | null) => void,
): void {
  const held = new Map(drivesOf(before).map(({ drive }) => [drive.id, drive.path]));
  for (const { drive } of drivesOf(after)) {
    if (drive.kind !== 'dvd' || held.get(drive.id) === drive.path) continue;
    const store = files.store(drive.id);
    inserted(store);
    machine.setDisc(drive.id, store);
  }
  if (after.diskette.path === before.diskette.path) return;
  const store = files.store(DISKETTE_DRIVE);
  inserted(store);
  machine.setDiskette(store);
}
