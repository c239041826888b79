import { z } from 'zod';
import { hostPathSchema } from './vm-settings';

export const DISK_FORMATS = ['vhd', 'vhdx'] as const;
export const DISK_TYPES = ['fixed', 'dynamic', 'differencing'] as const;
export type DiskFormat = (typeof DISK_FORMATS)[number];
export type DiskType = (typeof DISK_TYPES)[number];

/** What the New Virtual Hard Disk Wizard asks for. A differencing disk has a parent, and its parent's size. */
export const newDiskRequestSchema = z.object({
  format: z.enum(DISK_FORMATS),
  type: z.enum(DISK_TYPES),
  name: z.string().min(1).max(255),
  location: hostPathSchema,
  sizeGB: z.number().int().min(1).max(65_536),
  /** Null unless the disk is a differencing one. */
  parentPath: hostPathSchema.nullable(),
});
export type NewDiskRequest = z.infer<typeof newDiskRequestSchema>;

/** What Inspect Disk shows of a file. Sizes in bytes. */
export const diskPropertiesSchema = z.object({
  format: z.enum(DISK_FORMATS),
  type: z.enum(DISK_TYPES),
  fileBytes: z.number(),
  maximumBytes: z.number(),
  /** The parent as the file records it; null for a disk that stands alone. */
  parent: z.object({ path: z.string(), state: z.enum(['ok', 'missing', 'mismatch']) }).nullable(),
});
export type DiskProperties = z.infer<typeof diskPropertiesSchema>;
