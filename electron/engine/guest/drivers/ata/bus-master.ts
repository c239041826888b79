import type { Processor } from '../../../hypervisor/processor';
import { BusMasterBit, BusMasterRegister } from './registers';

const BUFFER_OFFSET = 65_536; // the buffer follows the region table, on 64 KB of its own
const END_OF_TABLE = 0x8000_0000;

/** The bus master of one channel, with one region of 64 KB (82371AB data sheet, 5.2.1; Bus Master IDE 1.0). */
export class BusMasterEngine {
  /** @param area a page and 64 KB behind it, aligned to 64 KB */
  constructor(
    private readonly processor: Processor,
    private readonly base: number,
    private readonly area: number,
  ) {}

  /** Describes the transfer of `length` bytes; `data` is what goes to the device, null when it comes from there. */
  prepare(data: Uint8Array | null, length: number): void {
    const { memory } = this.processor;
    memory.writeU32(this.area, this.area + BUFFER_OFFSET);
    memory.writeU32(this.area + 4, (END_OF_TABLE | (length & 0xffff)) >>> 0);
    if (data) memory.write(this.area + BUFFER_OFFSET, data);
    this.processor.portWrite(this.base + BusMasterRegister.table, 4, this.area);
    this.out(BusMasterRegister.command, data ? 0 : BusMasterBit.toMemory);
    this.out(BusMasterRegister.status, BusMasterBit.error | BusMasterBit.interrupt);
  }

  start(toMemory: boolean): void {
    this.out(BusMasterRegister.command, BusMasterBit.start | (toMemory ? BusMasterBit.toMemory : 0));
  }

  /** Stops the engine. False when it met an error. */
  end(): boolean {
    const status = this.processor.portRead(this.base + BusMasterRegister.status, 1);
    this.out(BusMasterRegister.command, 0);
    this.out(BusMasterRegister.status, BusMasterBit.error | BusMasterBit.interrupt);
    return (status & BusMasterBit.error) === 0;
  }

  /** What came from the device. */
  take(length: number): Uint8Array {
    return this.processor.memory.read(this.area + BUFFER_OFFSET, length);
  }

  private out(register: number, value: number): void {
    this.processor.portWrite(this.base + register, 1, value);
  }
}
