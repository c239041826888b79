import { z } from 'zod';
import { diskPropertiesSchema, newDiskRequestSchema } from '@shared/model/new-disk';
import { hostPathSchema } from '@shared/model/vm-settings';
import { call } from './define';

/** The simulated host's file system, for Browse... dialogs. Nothing of the real computer is seen here. */
export const filesContract = {
  list: call(
    z.object({ path: hostPathSchema }),
    z.object({
      path: hostPathSchema,
      entries: z.array(
        z.object({ name: z.string(), kind: z.enum(['folder', 'file']), size: z.number(), modified: z.string() }),
      ),
    }),
    ['folderNotFound', 'pathInvalid'],
  ),
  createFolder: call(z.object({ path: hostPathSchema }), z.void(), ['pathInvalid', 'fileExists', 'diskFull']),
  /** `New > Floppy Disk...`: an empty 1.44 MB virtual floppy disk. */
  createFloppy: call(z.object({ path: hostPathSchema }), z.void(), [
    'pathInvalid',
    'fileExists',
    'folderNotFound',
    'diskFull',
  ]),
  /** The New Virtual Hard Disk Wizard. Answers when the disk is complete; a large fixed disk takes its time. */
  createDisk: call(newDiskRequestSchema, z.object({ path: hostPathSchema }), [
    'nameInvalid',
    'pathInvalid',
    'fileExists',
    'fileNotFound',
    'folderNotFound',
    'fileInUse',
    'diskFull',
    'diskTooLarge',
    'diskUnsupported',
    'diskDamaged',
    'diskParentMissing',
    'notOnThisHost',
    'cancelled',
  ]),
  /** How much of the disk that is being made at `path` is done, 0 to 1; null when none is. */
  diskProgress: call(z.object({ path: hostPathSchema }), z.object({ share: z.number().min(0).max(1).nullable() })),
  /** Gives up the disk that is being made at `path`. */
  cancelDisk: call(z.object({ path: hostPathSchema }), z.void()),
  /** Inspect Disk: what a virtual hard disk file is, also while a machine uses it. */
  inspectDisk: call(z.object({ path: hostPathSchema }), diskPropertiesSchema, [
    'pathInvalid',
    'fileNotFound',
    'folderNotFound',
    'diskDamaged',
    'diskUnsupported',
  ]),
  exists: call(z.object({ path: hostPathSchema }), z.object({ kind: z.enum(['folder', 'file']).nullable() }), [
    'pathInvalid',
  ]),
  /** Space left on the simulated volume, bytes. */
  freeSpace: call(z.void(), z.object({ bytes: z.number() })),
} as const;
