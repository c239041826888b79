import { allOnes } from '../base/bytes';
import type { Disposable } from '../base/disposable';
import type { InspectNode } from '../base/unit';

/** Width of an access in bytes. */
export type AccessSize = 1 | 2 | 4;

/** A device that answers port I/O. `port` is absolute. Unknown registers answer all ones, never an exception. */
export interface PortDevice {
  portRead(port: number, size: AccessSize): number;
  portWrite(port: number, size: AccessSize, value: number): void;
}

/** A range of ports that a device answers. A BAR moves it or switches it off. */
export interface PortRegion extends Disposable {
  /** First port, or null while the range is not decoded. */
  readonly base: number | null;
  move(base: number | null): void;
}

interface Entry {
  readonly owner: string;
  readonly length: number;
  readonly device: PortDevice;
  base: number | null;
}

/**
 * The 64 K I/O ports of one machine. A port that several ranges cover belongs to the range claimed first, as on a board
 * where the chipset decodes before the bus; a port that nobody covers reads all ones.
 */
export class PortSpace {
  private readonly entries: Entry[] = [];
  private byPort = new Map<number, Entry>();

  /**
   * @param owner name for inspection, for example `dec21140`
   * @param base first port, or null to claim without decoding yet
   */
  claim(owner: string, base: number | null, length: number, device: PortDevice): PortRegion {
    const entry: Entry = { owner, length, device, base };
    this.entries.push(entry);
    this.rebuild();
    return {
      get base() {
        return entry.base;
      },
      move: (to) => {
        if (entry.base === to) return;
        entry.base = to;
        this.rebuild();
      },
      dispose: () => {
        const index = this.entries.indexOf(entry);
        if (index >= 0) this.entries.splice(index, 1);
        this.rebuild();
      },
    };
  }

  private rebuild(): void {
    this.byPort = new Map();
    for (const entry of this.entries) {
      if (entry.base === null) continue;
      for (let i = 0; i < entry.length; i++) {
        const port = (entry.base + i) & 0xffff;
        if (!this.byPort.has(port)) this.byPort.set(port, entry);
      }
    }
  }

  /** The device that answers `port`, or undefined when it floats. */
  deviceAt(port: number): PortDevice | undefined {
    return this.byPort.get(port & 0xffff)?.device;
  }

  /** Value of a read, `size` bytes wide, unsigned. */
  read(port: number, size: AccessSize): number {
    const entry = this.byPort.get(port & 0xffff);
    return entry ? (entry.device.portRead(port & 0xffff, size) & allOnes(size)) >>> 0 : allOnes(size);
  }

  write(port: number, size: AccessSize, value: number): void {
    this.byPort.get(port & 0xffff)?.device.portWrite(port & 0xffff, size, (value & allOnes(size)) >>> 0);
  }

  /** All ranges that are decoded now, in order of claim. */
  ranges(): { owner: string; base: number; length: number }[] {
    return this.entries.flatMap(({ owner, base, length }) => (base === null ? [] : [{ owner, base, length }]));
  }

  inspect(): InspectNode {
    return this.ranges();
  }
}
