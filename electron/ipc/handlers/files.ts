import { LabError } from '@shared/model/errors';
import type { HostDisks, HostFiles } from '../../management/host/host-access';
import type { NewDisks } from '../../management/host/new-disks';
import type { DomainHandlers } from './types';

/** The simulated host's files, for Browse... dialogs. */
export function filesHandlers(files: HostFiles, disks: HostDisks, newDisks: NewDisks): DomainHandlers<'files'> {
  return {
    list: ({ path }) => {
      if (files.kind(path) !== 'folder') throw new LabError('folderNotFound', { path });
      return { path, entries: files.list(path) };
    },
    createFolder: ({ path }) => {
      if (files.kind(path) !== null) throw new LabError('fileExists', { path });
      files.createFolder(path);
    },
    createFloppy: ({ path }) => {
      if (!/\.vfd$/i.test(path)) throw new LabError('pathInvalid', { path });
      disks.createFloppy(path);
    },
    createDisk: async (request) => ({ path: await newDisks.create(request) }),
    diskProgress: ({ path }) => ({ share: newDisks.share(path) }),
    cancelDisk: ({ path }) => newDisks.cancel(path),
    inspectDisk: ({ path }) => newDisks.inspect(path),
    exists: ({ path }) => ({ kind: files.kind(path) }),
    freeSpace: () => ({ bytes: files.freeBytes() }),
  };
}
