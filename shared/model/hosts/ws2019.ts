import { derive } from './derive';
import { ws2016 } from './ws2016';

/** Windows Server 2019: 64 synthetic adapters. */
export const ws2019 = derive(ws2016, {
  id: 'ws2019',
  product: 'Windows Server 2019',
  build: '10.0.17763',
  computerName: 'HV2019',
  bootTime: '2019-09-02T09:00:00',
  limits: { networkAdapters: 64 },
  versions: { configuration: '9.0', vmbus: '5.2' },
  hardware: { nicDescription: 'Intel(R) Ethernet Controller X710' },
});
