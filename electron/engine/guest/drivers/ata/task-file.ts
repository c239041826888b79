import { readU32 } from '../../../base/bytes';
import type { Processor } from '../../../hypervisor/processor';
import { Register, type AtaPorts } from './registers';

/** The ports of one channel: command block, control block, and the data register by words. */
export class TaskFile {
  constructor(
    private readonly processor: Processor,
    private readonly ports: AtaPorts,
  ) {}

  read(register: number): number {
    return this.processor.portRead(this.ports.command + register, 1);
  }

  write(register: number, value: number): void {
    this.processor.portWrite(this.ports.command + register, 1, value);
  }

  /** The status register: reading it acknowledges the interrupt. */
  get status(): number {
    return this.read(Register.status);
  }

  /** The same without acknowledging. */
  get alternateStatus(): number {
    return this.processor.portRead(this.ports.control, 1);
  }

  set control(value: number) {
    this.processor.portWrite(this.ports.control, 1, value);
  }

  /** Byte count that a packet device offers, or the signature after an abort. */
  get byteCount(): number {
    return this.read(Register.mid) | (this.read(Register.high) << 8);
  }

  /** Reads `bytes` from the data register, two words at a time, into `data` from `at` on; what does not fit is dropped. */
  pull(data: Uint8Array, at: number, bytes: number): number {
    let moved = 0;
    for (let left = bytes; left > 0;) {
      const size = left >= 4 ? 4 : 2;
      const value = this.processor.portRead(this.ports.command, size);
      const wanted = Math.min(size, data.length - at - moved);
      for (let i = 0; i < wanted; i++) data[at + moved + i] = (value >>> (8 * i)) & 0xff;
      moved += wanted;
      left -= size;
    }
    return moved;
  }

  push(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i += 4) this.processor.portWrite(this.ports.command, 4, readU32(bytes, i));
  }
}
