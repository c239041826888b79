import type { Processor } from '../../hypervisor/processor';
import { pulseReset } from './keyboard-controller';

const CONTROLLER_STATUS = 0x64;
const NOBODY = 0xff;
const RESET_CONTROL = 0xcf9;
const HARD_RESET = 0x06; // a full reset, and go

/** Restarts the machine: by the keyboard controller or, where there is none, by the reset control register. */
export function restartMachine(processor: Processor): void {
  const hasController = processor.portRead(CONTROLLER_STATUS, 1) !== NOBODY;
  if (hasController) pulseReset(processor);
  else processor.portWrite(RESET_CONTROL, 1, HARD_RESET);
}
