import { derive } from './derive';
import { ws2008 } from './ws2008';

/** Windows Server 2008 R2 with Service Pack 1: Dynamic Memory, the MAC address range page, hot add of SCSI disks. */
export const ws2008r2 = derive(ws2008, {
  id: 'ws2008r2',
  product: 'Windows Server 2008 R2',
  build: '6.1.7601',
  computerName: 'HV2008R2',
  bootTime: '2011-03-07T09:00:00',
  columns: ['name', 'state', 'cpuUsage', 'assignedMemory', 'memoryDemand', 'memoryStatus', 'uptime', 'status'],
  wizard: { maximumMemoryMB: 65_536 },
  settings: { dynamicMemory: true, hotAddScsiDisk: true },
  features: { macAddressRangePage: true },
  versions: {
    vmbus: '1.1',
    integrationServices: {
      nt50: '6.1.7601.17514',
      nt51: '6.1.7601.17514',
      nt60: '6.1.7601.17514',
      nt61: '6.1.7601.17514',
    },
  },
  hardware: {
    logicalProcessors: 8,
    memoryMB: 32_768,
    nicDescription: 'Intel(R) 82576 Gigabit Dual Port Network Connection',
  },
});
