import type { VmRecord } from '@shared/model/inventory';
import { drivesOf } from '@shared/model/vm-settings';
import type { Running } from './running-machine';

/**
 * The guest has taken a disc out, in a step of its own: what follows outside waits until that step is over (`takeEjected`). Until
 * then the drive is empty and the settings still name the disc.
 */
export function noteEjected({ vm, ejected }: Running, driveId: string): void {
  const path = pathIn(vm, driveId);
  if (path !== null) ejected.set(driveId, path);
}

/** The drives out of which the guest took a disc since the last call, less those that have been given another one since. */
export function takeEjected({ vm, ejected }: Running): string[] {
  const discs = [...ejected];
  ejected.clear();
  return discs.filter(([driveId, path]) => pathIn(vm, driveId) === path).map(([driveId]) => driveId);
}

/** What the settings put into a drive; null for an empty one, or none. */
function pathIn({ settings }: VmRecord, driveId: string): string | null {
  return drivesOf(settings).find(({ drive }) => drive.id === driveId)?.drive.path ?? null;
}
