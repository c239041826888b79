import type { Processor } from '../../hypervisor/processor';

const CHANNEL = 2;
const PAGE = 0x81;
const MODE = { single: 0x40, toMemory: 0x04, fromMemory: 0x08 } as const;

/**
 * Programs channel 2 of the 8237A for one transfer: mask, mode, flip-flop, address, page, count, unmask (Intel 8237A data sheet,
 * software commands). The bytes must lie below 16 MB and not cross 64 KB.
 */
export function programFloppyDma(
  processor: Processor,
  direction: 'toMemory' | 'fromMemory',
  address: number,
  length: number,
): void {
  const out = (port: number, value: number): void => processor.portWrite(port, 1, value & 0xff);
  out(0x0a, 0x04 | CHANNEL);
  out(0x0b, MODE.single | MODE[direction] | CHANNEL);
  out(0x0c, 0);
  out(0x04, address);
  out(0x04, address >> 8);
  out(PAGE, address >> 16);
  out(0x0c, 0);
  out(0x05, length - 1);
  out(0x05, (length - 1) >> 8);
  out(0x0a, CHANNEL);
}

/** Both controllers cleared, and channel 4 made the way of the first one to the bus: as POST leaves them. */
export function programDma(processor: Processor): void {
  processor.portWrite(0x0d, 1, 0);
  processor.portWrite(0xda, 1, 0);
  processor.portWrite(0xd6, 1, 0xc0);
  processor.portWrite(0xd4, 1, 0x00);
}
