import type { SyntheticStorage } from '@engine/machine/storage';
import { drivesOf, type VmSettings } from '@shared/model/vm-settings';
import type { Attachments } from './attachments';

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
 * Plugs in and takes out the SCSI disks by which two settings of a running machine differ; the guest is told. Throws a LabError when a
 * disk cannot be opened: what went before it has been done.
 */
export function plugDisks(storage: SyntheticStorage, attachments: Attachments, before: VmSettings, after: VmSettings): void {
  const [old, wanted] = [scsiDisks(before), scsiDisks(after)];
  for (const disk of old.filter((one) => !wanted.some((other) => isSame(one, other)))) {
    storage.unplug(disk.id);
    attachments.detach(disk.id);
  }
  for (const disk of wanted.filter((one) => !old.some((other) => isSame(one, other)))) {
    const store = attachments.attach({ id: disk.id, kind: 'hardDisk', path: disk.path });
    storage.plug(disk.controllerId, { id: disk.id, kind: 'hardDisk', place: disk.location, store });
  }
}
