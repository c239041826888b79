import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { Random } from '@engine/base/random';
import { BusMaster } from '@engine/bus/bus-master';
import { PortSpace } from '@engine/bus/port-space';
import { IsaDma } from '@engine/chipset/dma/isa-dma';
import { FloppyDrive } from '@engine/chipset/floppy/drive';
import { I82077 } from '@engine/chipset/floppy/i82077';
import { EngineClock, MILLISECOND } from '@engine/clock/clock';
import { SparseMemory } from '@engine/memory/sparse-memory';
import { Trace } from '@engine/trace/trace';

/** What a read or write names: cylinder, head, record, last record; the command's first byte. */
export interface Access {
  readonly command: number;
  readonly c?: number;
  readonly h?: number;
  readonly r?: number;
  readonly eot?: number;
}

/** A random image of this many sectors. */
export function image(sectorCount = 2880, readOnly = false): MemoryBlockStore {
  return new MemoryBlockStore({ sectorCount, readOnly, content: new Random(5).bytes(sectorCount * 512) });
}

/** Controller, drive and DMA with everything that a driver can touch; out of reset, with DMA ready to pass. */
export class FloppyBoard {
  readonly clock = new EngineClock();
  readonly ports = new PortSpace();
  readonly memory = new SparseMemory([{ start: 0, length: 1 << 20 }]);
  readonly trace = new Trace(this.clock);
  readonly bus = new BusMaster({
    memory: this.memory,
    trace: this.trace,
    actor: this.trace.actor('dma'),
    enabled: () => true,
  });
  readonly dma = new IsaDma({ name: 'dma', ports: this.ports, dma: this.bus });
  readonly drive: FloppyDrive;
  readonly controller: I82077;
  line = false;
  edges = 0;

  constructor(readonly disk: MemoryBlockStore | null = image()) {
    this.drive = new FloppyDrive('floppy/0', this.trace, disk);
    const set = (level: boolean): void => {
      if (level && !this.line) this.edges++;
      this.line = level;
    };
    const { ports, clock, dma } = this;
    this.controller = new I82077({ name: 'fdc', ports, clock, interrupt: { set }, dma, drives: [this.drive] });
    this.out(0xd6, 0xc0);
    this.out(0xd4, 0);
    this.out(0x3f7, 0);
    this.out(0x3f2, 0x1c);
    for (let drive = 0; drive < 4; drive++) this.command(0x08);
    this.command(0x03, 0xdf, 0x02);
    this.command(0x07, 0);
    this.command(0x08);
  }

  out(port: number, value: number): void {
    this.ports.write(port, 1, value);
  }

  in(port: number): number {
    return this.ports.read(port, 1);
  }

  /** Sends a command and takes its result as long as the controller offers one. */
  command(...bytes: readonly number[]): number[] {
    for (const byte of bytes) this.out(0x3f5, byte);
    return this.result();
  }

  result(): number[] {
    const result: number[] = [];
    while ((this.in(0x3f4) & 0xf0) === 0xd0) result.push(this.in(0x3f5));
    return result;
  }

  /** Channel 2: mode 46h moves to memory, 4Ah from it, 42h verifies. */
  program(mode: number, address: number, length: number): void {
    const bytes = [
      [0x0a, 6],
      [0x0b, mode],
      [0x0c, 0],
      [0x04, address & 0xff],
      [0x04, (address >> 8) & 0xff],
      [0x81, address >> 16],
    ];
    const count = [
      [0x05, (length - 1) & 0xff],
      [0x05, (length - 1) >> 8],
      [0x0a, 2],
    ];
    for (const [port = 0, value = 0] of [...bytes, ...count]) this.out(port, value);
  }

  access({ command, c = 0, h = 0, r = 1, eot = 18 }: Access): number[] {
    return this.command(command, h << 2, c, h, r, 2, eot, 0x1b, 0xff);
  }

  pass(milliseconds: number): void {
    this.clock.advanceTo(this.clock.now() + milliseconds * MILLISECOND);
  }
}
