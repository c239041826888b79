import type { Processor } from '../../hypervisor/processor';

const DATA = 0x60;
const STATUS = 0x64;
const OUTPUT_FULL = 0x01;
const FROM_MOUSE = 0x20;

/** Answers that are no keys: acknowledge, resend, and the controller's self-test. AAh is none of them: it is left Shift going up. */
const ANSWERS: readonly number[] = [0xfa, 0xfe, 0x55];

/** Puts controller and keyboard into the state that a BIOS leaves: translation, keyboard interrupt on, lights as told. */
export function initKeyboard(processor: Processor, numLock: boolean): boolean {
  const out = (port: number, value: number): void => processor.portWrite(port, 1, value);
  out(STATUS, 0xaa);
  const passed = readByte(processor) === 0x55;
  out(STATUS, 0x60);
  out(DATA, 0x65); // translate to set 1, mouse off, system flag, keyboard interrupt
  out(STATUS, 0xae);
  out(DATA, 0xed);
  readByte(processor);
  out(DATA, numLock ? 0x02 : 0x00);
  readByte(processor);
  return passed;
}

/** One byte from the controller, or null when it has none. */
export function readByte(processor: Processor): number | null {
  return (processor.portRead(STATUS, 1) & OUTPUT_FULL) === 0 ? null : processor.portRead(DATA, 1);
}

/** All scan codes that wait; answers to commands and the mouse's bytes are dropped. */
export function readScanCodes(processor: Processor): number[] {
  const codes: number[] = [];
  for (let i = 0; i < 64; i++) {
    const status = processor.portRead(STATUS, 1);
    if ((status & OUTPUT_FULL) === 0 || status === 0xff) break;
    const code = processor.portRead(DATA, 1);
    if ((status & FROM_MOUSE) === 0 && !ANSWERS.includes(code)) codes.push(code);
  }
  return codes;
}

/** Resets the machine through the keyboard controller's output port. */
export function pulseReset(processor: Processor): void {
  processor.portWrite(STATUS, 1, 0xfe);
}
