import { allOnes } from '../base/bytes';
import type { Disposable } from '../base/disposable';
import type { InspectNode } from '../base/unit';
import type { AccessSize } from './port-space';

/** A device that answers memory-mapped I/O; `offset` counts from the start of its region. */
export interface MmioDevice {
  mmioRead(offset: number, size: AccessSize): number;
  mmioWrite(offset: number, size: AccessSize, value: number): void;
}

export interface MmioRegion extends Disposable {
  readonly base: number | null;
  move(base: number | null): void;
}

export interface MmioOptions {
  /** False for memory that the parent maps into the guest (video memory): accesses cost no intercept. Default true. */
  readonly intercepts?: boolean;
}

interface Entry {
  readonly owner: string;
  readonly length: number;
  readonly device: MmioDevice;
  readonly intercepts: boolean;
  base: number | null;
}

/** Where an address leads. */
export interface MmioHit {
  readonly device: MmioDevice;
  readonly offset: number;
  readonly intercepts: boolean;
}

/** The memory-mapped regions of one machine. They lie over RAM; the region claimed first wins where two overlap. */
export class MmioSpace {
  private readonly entries: Entry[] = [];

  claim(owner: string, base: number | null, length: number, device: MmioDevice, options: MmioOptions = {}): MmioRegion {
    const entry: Entry = { owner, length, device, base, intercepts: options.intercepts ?? true };
    this.entries.push(entry);
    return {
      get base() {
        return entry.base;
      },
      move: (to) => {
        entry.base = to;
      },
      dispose: () => {
        const index = this.entries.indexOf(entry);
        if (index >= 0) this.entries.splice(index, 1);
      },
    };
  }

  /** The region that answers `address`, or null when RAM (or nothing) does. */
  find(address: number): MmioHit | null {
    for (const { base, length, device, intercepts } of this.entries) {
      if (base !== null && address >= base && address < base + length)
        return { device, offset: address - base, intercepts };
    }
    return null;
  }

  /** A read that some region must answer; all ones when none does. */
  read(address: number, size: AccessSize): number {
    const hit = this.find(address);
    return hit ? (hit.device.mmioRead(hit.offset, size) & allOnes(size)) >>> 0 : allOnes(size);
  }

  write(address: number, size: AccessSize, value: number): void {
    const hit = this.find(address);
    hit?.device.mmioWrite(hit.offset, size, (value & allOnes(size)) >>> 0);
  }

  ranges(): { owner: string; base: number; length: number }[] {
    return this.entries.flatMap(({ owner, base, length }) => (base === null ? [] : [{ owner, base, length }]));
  }

  inspect(): InspectNode {
    return this.ranges();
  }
}
