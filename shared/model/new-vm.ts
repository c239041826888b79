import { z } from 'zod';
import { hostPathSchema, idSchema, vmNameSchema } from './vm-settings';

/** What the New Virtual Machine Wizard asks management to make. */
export const newVmRequestSchema = z.object({
  name: vmNameSchema,
  /** Null: the host's default folder. */
  location: hostPathSchema.nullable(),
  generation: z.union([z.literal(1), z.literal(2)]),
  memoryMB: z.number().int(),
  dynamicMemory: z.boolean(),
  switchId: idSchema.nullable(),
  disk: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('create'),
      name: z.string().min(1),
      location: hostPathSchema,
      sizeGB: z.number().int().min(1),
    }),
    z.object({ kind: z.literal('existing'), path: hostPathSchema }),
    z.object({ kind: z.literal('later') }),
  ]),
  install: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('later') }),
    z.object({ kind: z.literal('image'), path: hostPathSchema }),
    /** Generation 1: a virtual floppy disk file. */
    z.object({ kind: z.literal('floppy'), path: hostPathSchema }),
    z.object({ kind: z.literal('network') }),
  ]),
  startAfterCreation: z.boolean(),
});
export type NewVmRequest = z.infer<typeof newVmRequestSchema>;
