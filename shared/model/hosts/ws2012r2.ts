import { derive } from './derive';
import { ws2008r2 } from './ws2008r2';

/** Windows Server 2012 R2: Generation 2, VHDX, checkpoints by that name, switches, adapter sub-pages; last setup disk. */
export const ws2012r2 = derive(ws2008r2, {
  id: 'ws2012r2',
  product: 'Windows Server 2012 R2',
  build: '6.3.9600',
  computerName: 'HV2012R2',
  bootTime: '2014-05-05T09:00:00',
  words: { pointInTime: 'checkpoint', network: 'switch' },
  columns: ['name', 'state', 'cpuUsage', 'assignedMemory', 'uptime', 'status'],
  wizard: {
    generationPage: true,
    minimumMemoryMB: 32,
    maximumMemoryMB: 1_048_576,
    dynamicMemory: true,
    defaultDiskFormat: 'vhdx',
    maximumDiskGB: 65_536,
    startAfterCreation: false,
  },
  settings: {
    secureBootOnFirmware: true,
    adapterSubPages: true,
    bandwidthManagement: true,
    smartPaging: true,
    dynamicMemoryMinimum: true,
    checkpointsPage: 'checkpointLocation',
    guestServices: true,
    protectedNetwork: true,
    diskFormats: ['vhd', 'vhdx'],
  },
  limits: { processorsGen1: 64, processorsGen2: 64, memoryGen1MB: 1_048_576, memoryGen2MB: 1_048_576 },
  features: {
    enhancedSession: true,
    move: true,
    replication: true,
    virtualSan: true,
    liveExport: true,
    generation2: true,
    integrationServicesState: true,
  },
  versions: {
    configuration: '5.0',
    configurationShown: false,
    vmbus: '3.0',
    integrationServices: {
      nt51: '6.3.9600.16384',
      nt60: '6.3.9600.16384',
      nt61: '6.3.9600.16384',
      nt62: '6.3.9600.16384',
    },
  },
  hardware: { logicalProcessors: 16, memoryMB: 65_536, nicDescription: 'Intel(R) I350 Gigabit Network Connection' },
});
