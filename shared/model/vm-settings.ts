import { z } from 'zod';

/** Ids made by the application: UUIDs in lower case. */
export const idSchema = z.uuid();

export const NAME_MAX = 100;
export const vmNameSchema = z
  .string()
  .min(1)
  .max(NAME_MAX)
  .refine((name) => name.trim().length > 0);

/** A path on the simulated host: `C:\…`. */
export const hostPathSchema = z.string().min(3).max(260);

export const BOOT_DEVICES = ['cd', 'ide', 'legacyNetwork', 'floppy'] as const;
export type BootDevice = (typeof BOOT_DEVICES)[number];

/** What sits at one place of a controller. `path` of a DVD drive is null when it is empty. */
export const driveSchema = z.discriminatedUnion('kind', [
  z.object({ id: idSchema, kind: z.literal('hardDisk'), path: hostPathSchema.nullable() }),
  z.object({ id: idSchema, kind: z.literal('dvd'), path: hostPathSchema.nullable() }),
]);
export type Drive = z.infer<typeof driveSchema>;

/** A drive at a place: IDE locations 0-1, SCSI locations 0-63. */
export const attachedDriveSchema = z.object({ location: z.number().int().min(0).max(63), drive: driveSchema });
export type AttachedDrive = z.infer<typeof attachedDriveSchema>;

/** `ide` controllers 0 and 1 always exist on Generation 1; SCSI controllers are added and removed. */
export const controllerSchema = z.object({
  id: idSchema,
  kind: z.enum(['ide', 'scsi']),
  number: z.number().int().min(0).max(3),
  drives: z.array(attachedDriveSchema),
});
export type Controller = z.infer<typeof controllerSchema>;

export const macTextSchema = z.string().regex(/^([0-9A-F]{2}-){5}[0-9A-F]{2}$/);

/** Megabits a second that the boxes of Bandwidth Management take at most [estimate: 100 Gbit/s]. */
export const HIGHEST_BANDWIDTH = 100_000;
const bandwidthSchema = z.number().int().min(0).max(HIGHEST_BANDWIDTH);

/** Mirroring mode of an adapter, in the order of the list. */
export const MIRROR_MODES = ['none', 'destination', 'source'] as const;

export const networkAdapterSchema = z.object({
  id: idSchema,
  kind: z.enum(['synthetic', 'legacy']),
  /** Name in the list: `Network Adapter` or `Legacy Network Adapter`, as given when it was made. */
  name: z.string().min(1).max(NAME_MAX),
  switchId: idSchema.nullable(),
  vlan: z.object({ enabled: z.boolean(), id: z.number().int().min(1).max(4094) }),
  /** Dynamic: the address is null until the first start takes one from the host's pool. */
  mac: z.object({ mode: z.enum(['dynamic', 'static']), address: macTextSchema.nullable() }),
  macSpoofing: z.boolean(),
  dhcpGuard: z.boolean(),
  routerGuard: z.boolean(),
  /** Megabits a second that are kept for what the adapter sends, and that it may send at most; 0: no bound. */
  bandwidth: z
    .object({ enabled: z.boolean(), minimum: bandwidthSchema, maximum: bandwidthSchema })
    .default({ enabled: false, minimum: 0, maximum: 0 }),
  mirror: z.enum(MIRROR_MODES).default('none'),
});
export type NetworkAdapter = z.infer<typeof networkAdapterSchema>;

export const SERVICES = ['shutdown', 'timeSync', 'dataExchange', 'heartbeat', 'backup', 'guestServices'] as const;

/** Everything that the Settings dialog shows and changes, of one virtual machine. */
export const vmSettingsSchema = z.object({
  name: vmNameSchema,
  notes: z.string().max(10_000),
  generation: z.union([z.literal(1), z.literal(2)]),
  bios: z.object({ numLock: z.boolean(), startupOrder: z.array(z.enum(BOOT_DEVICES)).length(4) }),
  /** Generation 2: ids of drives and adapters, first tried first. */
  firmware: z.object({ secureBoot: z.boolean(), bootOrder: z.array(idSchema) }),
  memory: z.object({
    startupMB: z.number().int().min(8),
    dynamic: z.boolean(),
    minimumMB: z.number().int().min(8),
    maximumMB: z.number().int().min(8),
    bufferPercent: z.number().int().min(5).max(2000),
    weight: z.number().int().min(0).max(10_000),
  }),
  processor: z.object({
    count: z.number().int().min(1),
    reservePercent: z.number().int().min(0).max(100),
    limitPercent: z.number().int().min(0).max(100),
    relativeWeight: z.number().int().min(1).max(10_000),
  }),
  controllers: z.array(controllerSchema),
  /** What is in the diskette drive of Generation 1; null: empty. Documents from before the drive have none. */
  diskette: z.object({ path: hostPathSchema.nullable() }).default({ path: null }),
  adapters: z.array(networkAdapterSchema),
  services: z.record(z.enum(SERVICES), z.boolean()),
  autoStart: z.object({
    action: z.enum(['nothing', 'ifRunning', 'always']),
    delaySeconds: z.number().int().min(0).max(1_000_000_000),
  }),
  autoStop: z.enum(['save', 'turnOff', 'shutDown']),
});
export type VmSettings = z.infer<typeof vmSettingsSchema>;

/** Every drive of the machine with the place where it sits. */
export function drivesOf(settings: VmSettings): { controller: Controller; location: number; drive: Drive }[] {
  return settings.controllers.flatMap((controller) =>
    controller.drives.map(({ location, drive }) => ({ controller, location, drive })),
  );
}
