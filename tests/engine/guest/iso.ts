import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { trainingBootImage, trainingMediaFiles } from '@engine/guest/disk/media';
import { osProfile } from '@engine/guest/os';
import { buildIso, type IsoImage } from '../../../electron/storage/iso/writer';

/** A disc in memory. */
export function disc(image: IsoImage): MemoryBlockStore {
  const content = buildIso(image);
  return new MemoryBlockStore({ sectorCount: content.length / 2048, sectorSize: 2048, readOnly: true, content });
}

/** The training medium of an operating system. */
export function trainingDisc(profileId: string): MemoryBlockStore {
  const profile = osProfile(profileId);
  if (!profile) throw new Error('no such system');
  return disc({
    volumeId: profile.mediaLabel,
    files: trainingMediaFiles(profile),
    bootImage: trainingBootImage(profile),
    timeMs: 0,
  });
}
