import { allOnes } from '../base/bytes';
import type { InspectNode, Unit } from '../base/unit';
import type { MmioDevice } from './mmio-space';
import type { AccessSize } from './port-space';

export interface DeviceMemoryState {
  /** Empty while nothing was ever written. */
  bytes: Uint8Array;
}

/**
 * Memory that belongs to devices and not to the guest's RAM: the picture. It appears wherever a device maps it: in the aperture of
 * the emulated adapter, or where a guest of the synthetic one wants it. Host memory is taken only when something is written.
 */
export class DeviceMemory implements MmioDevice, Unit<DeviceMemoryState> {
  /** Grows with every write. */
  generation = 0;
  private bytes: Uint8Array = new Uint8Array(0);

  /** @param size in bytes */
  constructor(readonly size: number) {}

  mmioRead(offset: number, size: AccessSize): number {
    if (offset + size > this.size) return allOnes(size); // behind its end the aperture floats
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = (value << 8) | (this.bytes[offset + i] ?? 0);
    return value >>> 0;
  }

  mmioWrite(offset: number, size: AccessSize, value: number): void {
    if (offset + size > this.size) return;
    if (this.bytes.length === 0) this.bytes = new Uint8Array(this.size);
    for (let i = 0; i < size; i++) this.bytes[offset + i] = (value >>> (i * 8)) & 0xff;
    this.generation++;
  }

  /** A copy of `length` bytes; zeros where nothing was written or the memory has ended. */
  read(offset: number, length: number): Uint8Array {
    const copy = new Uint8Array(length);
    copy.set(this.bytes.subarray(offset, offset + length));
    return copy;
  }

  reset(): void {
    this.bytes = new Uint8Array(0);
    this.generation++;
  }

  save(): DeviceMemoryState {
    return { bytes: this.bytes.slice() };
  }

  restore(saved: DeviceMemoryState): void {
    this.bytes = saved.bytes.slice();
    this.generation++;
  }

  inspect(): InspectNode {
    return { bytes: this.size, touched: this.bytes.length > 0 };
  }
}
