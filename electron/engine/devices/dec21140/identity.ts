import { ConfigSpace } from '../../bus/config-space';
import { CSR_WINDOW } from './registers';
import { SUBSYSTEM_ID, SUBSYSTEM_VENDOR } from './srom-image';

/** The adapter's two windows on its registers; null while not decoded. */
export interface Windows {
  readonly io: (base: number | null) => void;
  readonly memory: (base: number | null) => void;
}

/** Configuration space of an adapter (21140A HRM, 3.1), with the identity that Windows' driver file for virtual machines names. */
export function adapterConfig(functionNumber: number, multifunction: boolean, windows: Windows): ConfigSpace {
  const identity = {
    vendor: 0x1011,
    device: 0x0009,
    revision: 0x20,
    classCode: 0x02_0000,
    status: 0x0280,
    subsystemVendor: SUBSYSTEM_VENDOR + functionNumber,
    subsystem: SUBSYSTEM_ID,
    multifunction,
    interruptPin: 1,
    minGrant: 0x14,
    maxLatency: 0x28,
  };
  return new ConfigSpace(
    identity,
    [
      { index: 0, kind: 'io', size: CSR_WINDOW, onChange: windows.io },
      { index: 1, kind: 'memory', size: CSR_WINDOW, onChange: windows.memory },
    ],
    [{ offset: 0x40, reset: 0, writable: 0xc000_ff00 }], // CFDD: sleep, snooze, room for the driver
  );
}
