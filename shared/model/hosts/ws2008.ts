import { derive } from './derive';
import { ws2008Beta } from './ws2008-beta';

/** Windows Server 2008 with Hyper-V as released in June 2008: integration services for Windows XP SP2/SP3 and 2003 arrive. */
export const ws2008 = derive(ws2008Beta, {
  id: 'ws2008',
  product: 'Windows Server 2008',
  build: '6.0.6002',
  computerName: 'HV2008',
  bootTime: '2009-06-01T09:00:00',
  versions: { integrationServices: { nt50: '6.0.6002.18005', nt51: '6.0.6002.18005', nt60: '6.0.6002.18005' } },
  hardware: { memoryMB: 16_384 },
});
