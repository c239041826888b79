import { z } from 'zod';

/** Ids of the simulated hosts, oldest first. `ws2008-beta` is the pre-release host of the article. */
export const HOST_IDS = [
  'ws2008-beta',
  'ws2008',
  'ws2008r2',
  'ws2012r2',
  'ws2016',
  'ws2019',
  'ws2022',
  'ws2025',
] as const;
export const hostIdSchema = z.enum(HOST_IDS);
export type HostId = z.infer<typeof hostIdSchema>;

/** Columns of the Virtual Machines list, in the order in which a host of that age shows them. */
export const LIST_COLUMNS = [
  'name',
  'state',
  'cpuUsage',
  'assignedMemory',
  'memoryDemand',
  'memoryStatus',
  'uptime',
  'status',
  'configurationVersion',
] as const;

/**
 * What a host of one age is and can do. Everything that differs between ages is here, as data: pages, names, limits,
 * features, versions. Code asks the profile and never the id.
 */
export const hostProfileSchema = z.object({
  id: hostIdSchema,
  /** `Windows Server 2022`: a product name, the same in every language. */
  product: z.string(),
  /** Kernel version, `10.0.20348`. */
  build: z.string(),
  /** Name of the simulated computer, capitals. */
  computerName: z.string(),
  /** Wall clock at power-on of the simulated host, ISO 8601 without zone: first screens are always the same. */
  bootTime: z.string(),
  words: z.object({
    /** Points in time are called snapshots before 2012 R2. */
    pointInTime: z.enum(['snapshot', 'checkpoint']),
    /** Virtual Network Manager before 2012. */
    network: z.enum(['network', 'switch']),
  }),
  columns: z.array(z.enum(LIST_COLUMNS)),
  wizard: z.object({
    generationPage: z.boolean(),
    defaultGeneration: z.union([z.literal(1), z.literal(2)]),
    defaultMemoryMB: z.number().int(),
    minimumMemoryMB: z.number().int(),
    /** Memory the wizard prints as maximum, in MB. */
    maximumMemoryMB: z.number().int(),
    dynamicMemory: z.boolean(),
    dynamicMemoryDefault: z.boolean(),
    defaultDiskFormat: z.enum(['vhd', 'vhdx']),
    maximumDiskGB: z.number().int(),
    startAfterCreation: z.boolean(),
  }),
  settings: z.object({
    securityPage: z.boolean(),
    secureBootOnFirmware: z.boolean(),
    adapterSubPages: z.boolean(),
    bandwidthManagement: z.boolean(),
    smartPaging: z.boolean(),
    dynamicMemory: z.boolean(),
    /** Minimum memory below the startup memory, and both limits changed while it runs: since 2012. */
    dynamicMemoryMinimum: z.boolean(),
    checkpointsPage: z.enum(['snapshotLocation', 'checkpointLocation', 'checkpoints']),
    guestServices: z.boolean(),
    protectedNetwork: z.boolean(),
    deviceNaming: z.boolean(),
    hotAddNetworkAdapterGen2: z.boolean(),
    /** Disks of a SCSI controller come and go while the machine runs: since 2008 R2. */
    hotAddScsiDisk: z.boolean(),
    runtimeMemoryResize: z.boolean(),
    diskFormats: z.array(z.enum(['vhd', 'vhdx'])),
  }),
  limits: z.object({
    processorsGen1: z.number().int(),
    processorsGen2: z.number().int(),
    memoryGen1MB: z.number().int(),
    memoryGen2MB: z.number().int(),
    networkAdapters: z.number().int(),
    legacyAdapters: z.number().int(),
    scsiControllers: z.number().int(),
  }),
  features: z.object({
    integrationServicesDisk: z.boolean(),
    enhancedSession: z.boolean(),
    move: z.boolean(),
    replication: z.boolean(),
    virtualSan: z.boolean(),
    liveExport: z.boolean(),
    generation2: z.boolean(),
    macAddressRangePage: z.boolean(),
    integrationServicesState: z.boolean(),
    /** View > Zoom Level of the connection window: since 2016 [k]. */
    zoomLevel: z.boolean(),
  }),
  versions: z.object({
    /** Configuration version of new machines; null where the host shows none. */
    configuration: z.string().nullable(),
    configurationShown: z.boolean(),
    /** Highest VMBus protocol, `major.minor`. */
    vmbus: z.string(),
    /** Integration services that this host brings for guests of earlier ages, by guest family; empty: none. */
    integrationServices: z.record(z.string(), z.string()),
  }),
  paths: z.object({
    virtualMachines: z.string(),
    virtualHardDisks: z.string(),
    iso: z.string(),
  }),
  hardware: z.object({
    logicalProcessors: z.number().int(),
    memoryMB: z.number().int(),
    /** Memory the parent keeps for itself, in MB. */
    reservedMB: z.number().int(),
    nicDescription: z.string(),
    /** IPv4 of the host at installation: its last two octets are bytes 4 and 5 of dynamic MAC addresses. */
    ipv4: z.string(),
  }),
});
export type HostProfile = z.infer<typeof hostProfileSchema>;
