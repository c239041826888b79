import { allOnes } from '../base/bytes';
import type { AccessSize } from '../bus/port-space';
import type { Intercepts } from './intercepts';
import type { VpHost } from './vp-host';

/** Loads and stores of one VP: to RAM without crossing, to mapped device memory likewise, to registers by an intercept. */
export class MemoryAccess {
  constructor(
    private readonly host: VpHost,
    private readonly intercepts: Intercepts,
  ) {}

  read(gpa: number, size: AccessSize): number {
    const { mmio, trace } = this.host;
    const hit = mmio.find(gpa);
    if (!hit) return this.readRam(gpa, size);
    if (!hit.intercepts) return mmio.read(gpa, size);
    const outer = trace.cause;
    const number = this.intercepts.enter('mmioRead', gpa >>> 0, size, 0, highHalf(gpa));
    const value = mmio.read(gpa, size);
    trace.amend(number, 2, value);
    trace.cause = outer;
    return value;
  }

  write(gpa: number, size: AccessSize, value: number): void {
    const { mmio, trace } = this.host;
    const hit = mmio.find(gpa);
    if (!hit) return this.writeRam(gpa, size, value);
    if (!hit.intercepts) return mmio.write(gpa, size, value);
    const outer = trace.cause;
    this.intercepts.enter('mmioWrite', gpa >>> 0, size, value, highHalf(gpa));
    mmio.write(gpa, size, value);
    trace.cause = outer;
  }

  /** Nobody answers where there is neither RAM nor a device: all ones. The worker finds that out. */
  private readRam(gpa: number, size: AccessSize): number {
    const { memory } = this.host;
    if (!memory.isRam(gpa, size)) this.intercepts.pass('unmappedRead', gpa >>> 0, size, allOnes(size), highHalf(gpa));
    return size === 4 ? memory.readU32(gpa) : size === 2 ? memory.readU16(gpa) : memory.readU8(gpa);
  }

  private writeRam(gpa: number, size: AccessSize, value: number): void {
    const { memory } = this.host;
    if (!memory.isRam(gpa, size)) this.intercepts.pass('unmappedWrite', gpa >>> 0, size, value, highHalf(gpa));
    if (size === 4) memory.writeU32(gpa, value);
    else if (size === 2) memory.writeU16(gpa, value);
    else memory.writeU8(gpa, value);
  }
}

function highHalf(gpa: number): number {
  return Math.floor(gpa / 0x1_0000_0000);
}
