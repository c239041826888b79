import { writeFileSync } from 'node:fs';
import { installOnto } from '@engine/guest/disk/installer';
import { setupDiskette } from '@engine/guest/disk/diskette';
import { trainingBootImage, trainingMediaFiles } from '@engine/guest/disk/media';
import { OS_PROFILES } from '@engine/guest/os';
import type { OsProfile } from '@engine/guest/os/profile';
import type { HostProfile } from '@shared/model/host-profile';
import type { DiskService } from '../../storage/disk/disk-service';
import type { HostFiles } from '../../storage/host-files/host-files';
import { writeIsoFile } from '../../storage/iso/writer';
import { joinPath } from './host-access';

/** Ready-made installed disks for labs lie here. */
export const LAB_DISKS = 'C:\\Labs\\Disks\\';
const LAB_DISK_BYTES = 8 * 1024 ** 3;
const MAKING = '.~making';

/** When the media and the lab disks were made, milliseconds since 1970 UTC: before every host of the lab. */
const MADE = Date.UTC(2008, 0, 1);

/** Systems whose setup could be begun from diskettes. */
const DISKETTE_SETUPS: readonly string[] = ['winxp-sp2', 'winxp-sp3'];

/** One thing that a new data folder needs: made under a temporary name, so that what has its name is whole. */
export interface ProvisionStep {
  readonly path: string;
  make(): void;
}

/** What is still missing on the simulated host: training media in its ISO folder, installed disks, and the default folders. */
export function missingSteps(host: HostProfile, files: HostFiles, disks: DiskService): ProvisionStep[] {
  for (const folder of [host.paths.iso, host.paths.virtualHardDisks, host.paths.virtualMachines, LAB_DISKS]) {
    if (files.kind(folder) === null) files.createFolder(folder);
  }
  const steps = OS_PROFILES.flatMap((profile) => [mediaStep(host, files, profile), diskStep(files, disks, profile)]);
  for (const profile of OS_PROFILES)
    if (DISKETTE_SETUPS.includes(profile.id)) steps.push(disketteStep(host, files, profile));
  return steps.filter(({ path }) => files.kind(path) === null);
}

function mediaStep(host: HostProfile, files: HostFiles, profile: OsProfile): ProvisionStep {
  const path = joinPath(host.paths.iso, `${profile.id}.iso`);
  return {
    path,
    make: () =>
      finished(files, path, (temporary) => {
        writeIsoFile(files.toReal(temporary), {
          volumeId: profile.mediaLabel,
          files: trainingMediaFiles(profile),
          bootImage: trainingBootImage(profile),
          timeMs: MADE,
        });
      }),
  };
}

function disketteStep(host: HostProfile, files: HostFiles, profile: OsProfile): ProvisionStep {
  const path = joinPath(host.paths.iso, `${profile.id}-setup.vfd`);
  return {
    path,
    make: () => finished(files, path, (temporary) => writeFileSync(files.toReal(temporary), setupDiskette(profile))),
  };
}

function diskStep(files: HostFiles, disks: DiskService, profile: OsProfile): ProvisionStep {
  const path = joinPath(LAB_DISKS, `${profile.id}.vhd`);
  return {
    path,
    make: () =>
      finished(files, path, (temporary) => {
        const real = files.toReal(temporary);
        disks.createDiskSync({ path: real, format: 'vhd', type: 'dynamic', sizeBytes: LAB_DISK_BYTES });
        const store = disks.openDisk(real);
        const reason = installOnto(store, profile, { installed: '2008-01-01 00:00' });
        store.close();
        if (reason !== null) throw new Error(`${path}: ${reason}`);
      }),
  };
}

function finished(files: HostFiles, path: string, write: (temporary: string) => void): void {
  const temporary = path + MAKING;
  if (files.kind(temporary) !== null) files.remove(temporary);
  write(temporary);
  files.rename(temporary, path);
  files.stamp(path, MADE);
  files.stamp(path.slice(0, path.lastIndexOf('\\')), MADE);
}
