import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { Random } from '@engine/base/random';
import { PciBus } from '@engine/bus/pci';
import { PortSpace } from '@engine/bus/port-space';
import { AtaDisk } from '@engine/chipset/ide/ata-disk';
import { AtapiDrive } from '@engine/chipset/ide/atapi-drive';
import { Piix4Ide } from '@engine/chipset/ide/piix4-ide';
import { EngineClock } from '@engine/clock/clock';
import { SparseMemory } from '@engine/memory/sparse-memory';
import { Trace } from '@engine/trace/trace';

export const DISK_SECTORS = 20_000;
export const DISC_SECTORS = 300;

/** A disk as primary device 0 and a CD drive as secondary device 0, with everything a driver can touch. */
export class IdeBoard {
  readonly ports = new PortSpace();
  readonly memory = new SparseMemory([{ start: 0, length: 1 << 20 }]);
  readonly trace = new Trace(new EngineClock());
  readonly lines = [false, false];
  readonly edges = [0, 0];
  readonly disk = new MemoryBlockStore({ sectorCount: DISK_SECTORS });
  readonly disc = new MemoryBlockStore({ sectorCount: DISC_SECTORS, sectorSize: 2048 });
  readonly ata: AtaDisk;
  readonly cd: AtapiDrive;
  readonly ide: Piix4Ide;
  ejected = 0;

  constructor(seed = 1) {
    const random = new Random(seed);
    this.disk.write(0, random.bytes(512 * 600));
    this.disc.write(0, random.bytes(2048 * DISC_SECTORS));
    this.ata = new AtaDisk({ name: 'vm/ide/0', trace: this.trace }, this.disk);
    this.cd = new AtapiDrive({ name: 'vm/ide/2', trace: this.trace }, this.disc, () => this.ejected++);
    const line = (i: 0 | 1) => ({
      set: (level: boolean) => {
        if (level && !this.lines[i]) this.edges[i] = (this.edges[i] ?? 0) + 1;
        this.lines[i] = level;
      },
    });
    const pci = new PciBus(this.ports);
    this.ide = new Piix4Ide({
      name: 'vm/ide',
      ports: this.ports,
      memory: this.memory,
      trace: this.trace,
      interrupts: [line(0), line(1)],
      drives: [this.ata, null, this.cd, null],
    });
    this.ide.attach(pci);
    this.ide.reset();
    this.config(0x40, 0x8000_8000);
    this.config(0x20, 0xffa0);
    this.config(0x04, 5);
  }

  config(register: number, value: number): void {
    this.ports.write(0xcf8, 4, 0x8000_0000 + (7 << 11) + (1 << 8) + register);
    this.ports.write(0xcfc, 4, value);
  }

  readConfig(register: number): number {
    this.ports.write(0xcf8, 4, 0x8000_0000 + (7 << 11) + (1 << 8) + register);
    return this.ports.read(0xcfc, 4);
  }

  out(port: number, value: number): void {
    this.ports.write(port, 1, value);
  }

  in(port: number): number {
    return this.ports.read(port, 1);
  }

  /** Writes the task file of a 28-bit command. */
  lba28(lba: number, count: number, base = 0x1f0): void {
    this.out(base + 2, count);
    for (let i = 0; i < 3; i++) this.out(base + 3 + i, (lba >> (i * 8)) & 0xff);
    this.out(base + 6, 0xe0 | ((lba >> 24) & 0x0f));
  }

  words(count: number, base = 0x1f0): Uint8Array {
    const bytes = new Uint8Array(count * 2);
    for (let i = 0; i < count; i++) {
      const word = this.ports.read(base, 2);
      bytes[i * 2] = word & 0xff;
      bytes[i * 2 + 1] = word >> 8;
    }
    return bytes;
  }

  send(bytes: Uint8Array, base = 0x1f0): void {
    for (let i = 0; i < bytes.length; i += 2) this.ports.write(base, 2, (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8));
  }

  /** PACKET with programmed I/O; returns the data and the status at the end. */
  packet(cdb: readonly number[], limit = 0xfffe): { data: Uint8Array; status: number; error: number; reason: number } {
    this.out(0x171, 0);
    this.out(0x174, limit & 0xff);
    this.out(0x175, limit >> 8);
    this.out(0x177, 0xa0);
    this.send(
      Uint8Array.from({ length: 12 }, (_, i) => cdb[i] ?? 0),
      0x170,
    );
    const parts: number[] = [];
    while ((this.in(0x177) & 0x08) !== 0)
      parts.push(...this.words((this.in(0x174) | (this.in(0x175) << 8)) / 2, 0x170));
    return { data: Uint8Array.from(parts), status: this.in(0x177), error: this.in(0x171), reason: this.in(0x172) };
  }

  sense(): number[] {
    const { data } = this.packet([0x03, 0, 0, 0, 18]);
    return [data[2] ?? 0, data[12] ?? 0, data[13] ?? 0];
  }

  /** Sets up a region table at 0x1000 and starts the primary bus master. */
  busMaster(regions: readonly (readonly [number, number])[], toMemory: boolean, end = true): number {
    regions.forEach(([gpa, length], i) => {
      this.memory.writeU32(0x1000 + i * 8, gpa);
      this.memory.writeU16(0x1004 + i * 8, length & 0xffff);
      this.memory.writeU16(0x1006 + i * 8, end && i === regions.length - 1 ? 0x8000 : 0);
    });
    this.ports.write(0xffa4, 4, 0x1000);
    this.out(0xffa2, 0x06);
    this.out(0xffa0, toMemory ? 8 : 0);
    this.out(0xffa0, toMemory ? 9 : 1);
    return this.in(0xffa2);
  }
}
