import { z } from 'zod';
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
  exists: call(z.object({ path: hostPathSchema }), z.object({ kind: z.enum(['folder', 'file']).nullable() }), [
    'pathInvalid',
  ]),
  /** Space left on the simulated volume, bytes. */
  freeSpace: call(z.void(), z.object({ bytes: z.number() })),
} as const;
