import type { OsProfile } from './profile';
import { NT5_DRIVERS, NT5_SETUP_STEPS } from './winxp-sp2';

/** Windows Server 2003 with Service Pack 2, 32 bits. */
export const WINDOWS_SERVER_2003_SP2: OsProfile = {
  id: 'ws2003-sp2',
  family: 'nt5',
  product: 'Microsoft Windows Server 2003 Standard Edition',
  versionText: 'Microsoft Windows [Version 5.2.3790]',
  buildText: '5.2.3790 Service Pack 2 Build 3790',
  architecture: 'x86',
  processors: 1,
  minimumMemoryMB: 128,
  bootsUefi: false,
  idleMemoryMB: 140,
  theme: 'classic',
  computerName: 'SRV2003-LAB',
  userName: 'Administrator',
  screen: { width: 800, height: 600 },
  loader: { path: 'ntldr', missing: 'NTLDR is missing\nPress Ctrl+Alt+Del to restart', bytes: 47_564 },
  connectionName: 'Local Area Connection',
  volumeLabel: 'SRV2003',
  partitionStart: 63,
  kernel: { path: 'WINDOWS/system32/ntoskrnl.exe', bytes: 131_072 },
  stages: [
    { kind: 'black', title: '', caption: '', ms: 1500 },
    { kind: 'splash', title: 'Windows Server 2003', caption: '', ms: 8000 },
    { kind: 'splash', title: 'Windows Server 2003', caption: 'Applying computer settings...', ms: 2500 },
  ],
  enlightened: null,
  drivers: NT5_DRIVERS,
  setup: { style: 'text', title: 'Windows Server 2003, Standard Edition Setup', steps: NT5_SETUP_STEPS },
  linux: null,
  mediaFolder: 'I386',
  mediaLabel: 'WS2003_LAB',
};
