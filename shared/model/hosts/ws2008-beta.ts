import { hostProfileSchema } from '../host-profile';

/**
 * Windows Server 2008 with the Hyper-V beta of December 2007: the host of the article. No integration services for
 * Windows XP exist yet. Values marked [k] in comments are from knowledge, not from a page that was read.
 */
export const ws2008Beta = hostProfileSchema.parse({
  id: 'ws2008-beta',
  product: 'Windows Server 2008 (Hyper-V beta)',
  build: '6.0.6001',
  computerName: 'HVBETA01',
  bootTime: '2008-02-04T09:00:00',
  words: { pointInTime: 'snapshot', network: 'network' },
  columns: ['name', 'state', 'cpuUsage', 'uptime', 'status'], // [k] the last one was headed Operations
  wizard: {
    generationPage: false,
    defaultGeneration: 1,
    defaultMemoryMB: 512, // [k]
    minimumMemoryMB: 8,
    maximumMemoryMB: 31_744, // [k] 31 GB of a Standard edition host
    dynamicMemory: false,
    dynamicMemoryDefault: false,
    defaultDiskFormat: 'vhd',
    maximumDiskGB: 2040,
    startAfterCreation: true, // [k]
  },
  settings: {
    securityPage: false,
    secureBootOnFirmware: false,
    adapterSubPages: false,
    bandwidthManagement: false,
    smartPaging: false,
    dynamicMemory: false,
    dynamicMemoryMinimum: false,
    checkpointsPage: 'snapshotLocation',
    guestServices: false,
    protectedNetwork: false,
    deviceNaming: false,
    hotAddNetworkAdapterGen2: false,
    hotAddScsiDisk: false,
    runtimeMemoryResize: false,
    diskFormats: ['vhd'],
  },
  limits: {
    processorsGen1: 4,
    processorsGen2: 4,
    memoryGen1MB: 65_536,
    memoryGen2MB: 65_536,
    networkAdapters: 8,
    legacyAdapters: 4,
    scsiControllers: 4,
  },
  features: {
    integrationServicesDisk: true,
    enhancedSession: false,
    move: false,
    replication: false,
    virtualSan: false,
    liveExport: false,
    generation2: false,
    macAddressRangePage: false,
    integrationServicesState: false,
    zoomLevel: false,
  },
  versions: {
    configuration: null,
    configurationShown: false,
    vmbus: '0.13',
    integrationServices: { nt60: '6.0.6001.17101' },
  },
  paths: {
    virtualMachines: 'C:\\ProgramData\\Microsoft\\Windows\\Hyper-V\\',
    virtualHardDisks: 'C:\\Users\\Public\\Documents\\Hyper-V\\Virtual Hard Disks\\',
    iso: 'C:\\ISO\\',
  },
  hardware: {
    logicalProcessors: 4,
    memoryMB: 8192,
    reservedMB: 1024,
    nicDescription: 'Broadcom BCM5708C NetXtreme II GigE',
    ipv4: '192.168.1.20',
  },
});
