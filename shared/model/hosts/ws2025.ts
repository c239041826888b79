import { derive } from './derive';
import { ws2022 } from './ws2022';

/** Windows Server 2025: Generation 2 is the wizard's default; disks of new machines go below ProgramData. */
export const ws2025 = derive(ws2022, {
  id: 'ws2025',
  product: 'Windows Server 2025',
  build: '10.0.26100',
  computerName: 'HV2025',
  bootTime: '2025-03-03T09:00:00',
  wizard: { defaultGeneration: 2 },
  limits: { processorsGen2: 2048 },
  versions: { configuration: '12.0', vmbus: '5.3' }, // [k] 6.0 is also seen; every guest here stops at 5.3
  paths: { virtualHardDisks: 'C:\\ProgramData\\Microsoft\\Windows\\Virtual Hard Disks\\' },
});
