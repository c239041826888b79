import { derive } from './derive';
import { ws2019 } from './ws2019';

/** Windows Server 2022: the default host. */
export const ws2022 = derive(ws2019, {
  id: 'ws2022',
  product: 'Windows Server 2022',
  build: '10.0.20348',
  computerName: 'HV2022',
  bootTime: '2022-10-03T09:00:00',
  wizard: { maximumMemoryMB: 251_658_240 },
  limits: { processorsGen2: 1024, memoryGen2MB: 251_658_240 },
  versions: { configuration: '10.0', vmbus: '5.3' },
});
