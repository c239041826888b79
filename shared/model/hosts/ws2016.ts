import { derive } from './derive';
import { ws2012r2 } from './ws2012r2';

/** Windows Server 2016: no setup disk any more, hot add of adapters (Generation 2) and memory, Security page. */
export const ws2016 = derive(ws2012r2, {
  id: 'ws2016',
  product: 'Windows Server 2016',
  build: '10.0.14393',
  computerName: 'HV2016',
  bootTime: '2017-02-06T09:00:00',
  columns: ['name', 'state', 'cpuUsage', 'assignedMemory', 'uptime', 'status', 'configurationVersion'],
  wizard: { defaultMemoryMB: 1024, maximumMemoryMB: 12_582_912 },
  settings: {
    securityPage: true,
    secureBootOnFirmware: false,
    checkpointsPage: 'checkpoints',
    deviceNaming: true,
    hotAddNetworkAdapterGen2: true,
    runtimeMemoryResize: true,
  },
  limits: { processorsGen2: 240, memoryGen2MB: 12_582_912 },
  features: { integrationServicesDisk: false, integrationServicesState: false, zoomLevel: true },
  versions: { configuration: '8.0', configurationShown: true, vmbus: '4.0', integrationServices: {} },
});
