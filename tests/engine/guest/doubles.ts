import type { BlockStore } from '@engine/base/block-store';
import type { InterruptLine } from '@engine/base/interrupt-line';
import { readBe32, readU16, readU32, writeBe32, writeU16, writeU32 } from '@engine/base/bytes';
import { ConfigSpace, type ConfigIdentity } from '@engine/bus/config-space';
import type { MmioDevice } from '@engine/bus/mmio-space';
import type { PciFunction } from '@engine/bus/pci';
import type { AccessSize, PortDevice, PortSpace } from '@engine/bus/port-space';
import type { GuestMemory } from '@engine/memory/guest-memory';

/** Stand-ins for devices of the board that are not in the tree yet: just the registers that the guest touches. */

export class PlainFunction implements PciFunction {
  readonly config: ConfigSpace;
  constructor(readonly name: string, identity: ConfigIdentity, registers: { offset: number; reset: number; writable: number }[] = []) {
    this.config = new ConfigSpace(identity, [], registers);
  }
  configRead(register: number): number {
    return this.config.read(register);
  }
  configWrite(register: number, value: number, mask: number): void {
    this.config.write(register, value, mask);
  }
}

export class TextMemory implements MmioDevice {
  readonly bytes = new Uint8Array(32768);
  mmioRead(offset: number, size: AccessSize): number {
    return size === 4 ? readU32(this.bytes, offset) : size === 2 ? readU16(this.bytes, offset) : (this.bytes[offset] ?? 0);
  }
  mmioWrite(offset: number, size: AccessSize, value: number): void {
    for (let i = 0; i < size; i++) this.bytes[offset + i] = (value >>> (8 * i)) & 0xff;
  }
  row(row: number): string {
    let text = '';
    for (let i = 0; i < 80; i++) text += String.fromCharCode(this.bytes[(row * 80 + i) * 2] || 32);
    return text.trimEnd();
  }
  text(): string {
    return Array.from({ length: 25 }, (_, i) => this.row(i)).join('\n');
  }
}

export class Cmos implements PortDevice {
  readonly bytes = new Uint8Array(128);
  private index = 0;
  constructor(ports: PortSpace) {
    ports.claim('cmos', 0x70, 2, this);
    this.bytes.set([0, 0, 0x30, 0, 0x14, 0, 6, 0x15, 0x03, 0x08, 0x26, 0x02, 0, 0x80]);
    this.bytes[0x32] = 0x20;
  }
  portRead(port: number): number {
    return port === 0x71 ? (this.bytes[this.index] ?? 0) : 0xff;
  }
  portWrite(port: number, _size: AccessSize, value: number): void {
    if (port === 0x70) this.index = value & 0x7f;
    else this.bytes[this.index] = value;
  }
}

export class KeyboardController implements PortDevice {
  private readonly queue: number[] = [];
  private command = -1;
  private mode = 0x47;
  constructor(ports: PortSpace, private readonly line: InterruptLine, private readonly onReset: () => void) {
    ports.claim('i8042', 0x60, 1, this);
    ports.claim('i8042', 0x64, 1, this);
  }
  key(code: number): void {
    this.put(code);
  }
  private put(value: number): void {
    this.queue.push(value);
    this.line.set(false);
    if (this.mode & 1) this.line.set(true);
  }
  portRead(port: number): number {
    if (port === 0x64) return this.queue.length > 0 ? 0x1d : 0x1c;
    const value = this.queue.shift() ?? 0;
    this.line.set(false);
    if (this.queue.length > 0 && this.mode & 1) this.line.set(true);
    return value;
  }
  portWrite(port: number, _size: AccessSize, value: number): void {
    if (port === 0x64) {
      this.command = value;
      if (value === 0xaa) this.put(0x55);
      if (value === 0xfe) this.onReset();
    } else if (this.command === 0x60) {
      this.mode = value;
      this.command = -1;
    } else this.put(0xfa);
  }
}

interface Drive {
  store: BlockStore;
  packet: boolean;
}

/** Two drives on a channel: enough of ATA and ATAPI for the guest's driver. Completes at once. */
export class IdeChannelDouble implements PortDevice {
  private readonly regs = new Uint8Array(8);
  private hob = new Uint8Array(8);
  private status = 0x50;
  private error = 0;
  private device = 0;
  private noIrq = false;
  private out: Uint8Array = new Uint8Array(0);
  private at = 0;
  private sink: ((data: Uint8Array) => void) | null = null;
  private bm = { command: 0, status: 0, table: 0 };
  private dma: ((memory: GuestMemory) => void) | null = null;
  commands: number[] = [];

  constructor(
    private readonly base: number,
    private readonly control: number,
    private readonly drives: (Drive | null)[],
    ports: PortSpace,
    private readonly memory: GuestMemory,
    private readonly line: InterruptLine,
  ) {
    ports.claim('ide', base, 8, this);
    ports.claim('ide', control, 1, this);
  }

  private get drive(): Drive | null {
    return this.drives[this.device] ?? null;
  }

  private irq(): void {
    this.bm.status |= 4;
    if (this.noIrq) return;
    this.line.set(false);
    this.line.set(true);
  }

  busMasterRead(offset: number): number {
    return offset === 0 ? this.bm.command : offset === 2 ? this.bm.status : this.bm.table;
  }

  busMasterWrite(offset: number, value: number): void {
    if (offset === 2) this.bm.status &= ~(value & 6);
    else if (offset === 4) this.bm.table = value;
    else {
      this.bm.command = value;
      if (value & 1 && this.dma) {
        this.dma(this.memory);
        this.dma = null;
        this.status = 0x50;
        this.irq();
      }
    }
  }

  portRead(port: number, size: AccessSize): number {
    const reg = port === this.control ? 8 : port - this.base;
    if (reg === 0) return this.pull(size);
    if (!this.drives.some((drive) => drive)) return 0xff;
    if (!this.drive) return 0;
    if (reg === 7) this.line.set(false);
    if (reg >= 7) return this.status;
    return reg === 1 ? this.error : (this.regs[reg] ?? 0);
  }

  portWrite(port: number, size: AccessSize, value: number): void {
    const reg = port === this.control ? 8 : port - this.base;
    if (reg === 8) this.noIrq = (value & 2) !== 0;
    else if (reg === 0) this.push(value, size);
    else if (reg === 7) this.run(value);
    else {
      this.hob[reg] = this.regs[reg] ?? 0;
      this.regs[reg] = value;
      if (reg === 6) this.device = (value >> 4) & 1;
    }
  }

  private pull(size: AccessSize): number {
    const value = size === 4 ? readU32(this.out, this.at) : readU16(this.out, this.at);
    this.at += size;
    if (this.at % 512 === 0 || this.at >= this.out.length) {
      if (this.at >= this.out.length) {
        this.status = 0x50;
        if (this.drive?.packet && this.regs[2] === 2) {
          this.regs[2] = 3;
          this.irq();
        }
      } else if (!this.drive?.packet) this.irq();
    }
    return value;
  }

  private push(value: number, size: AccessSize): void {
    writeU16(this.out, this.at, value & 0xffff);
    if (size === 4) writeU16(this.out, this.at + 2, value >>> 16);
    this.at += size;
    if (this.at < this.out.length) {
      if (this.at % 512 === 0) this.irq();
      return;
    }
    this.status = 0x50;
    const { sink } = this;
    this.sink = null;
    sink?.(this.out.slice());
  }

  private abort(): void {
    this.status = 0x51;
    this.error = 4;
    if (this.drive?.packet) this.regs.set([0x14, 0xeb], 4);
    this.irq();
  }

  private lba(long: boolean): number {
    const low = (this.regs[3] ?? 0) | ((this.regs[4] ?? 0) << 8) | ((this.regs[5] ?? 0) << 16);
    return long ? low + (this.hob[3] ?? 0) * 2 ** 24 : low + ((this.regs[6] ?? 0) & 15) * 2 ** 24;
  }

  private run(command: number): void {
    const { drive } = this;
    this.commands.push(command);
    if (!drive) return;
    this.error = 0;
    const long = [0x24, 0x25, 0x34, 0x35].includes(command);
    const count = ((this.regs[2] ?? 0) | (long ? (this.hob[2] ?? 0) << 8 : 0)) || (long ? 65536 : 256);
    const lba = this.lba(long);
    if (command === 0xec && !drive.packet) this.give(this.identity('Virtual HD', drive.store.sectorCount));
    else if (command === 0xa1 && drive.packet) this.give(this.identity('Virtual CD', 0));
    else if (command === 0xa0 && drive.packet) this.take(12, (cdb) => this.packet(cdb, drive.store));
    else if (drive.packet) this.abort();
    else if (command === 0x20 || command === 0x24) this.give(drive.store.read(lba, count));
    else if (command === 0x30 || command === 0x34) this.take(count * 512, (data) => (drive.store.write(lba, data), this.irq()));
    else if (command === 0xc8 || command === 0x25) this.startDma((memory) => memory.write(this.region(memory), drive.store.read(lba, count)));
    else if (command === 0xca || command === 0x35) {
      this.startDma((memory) => drive.store.write(lba, memory.read(this.region(memory), count * 512)));
    } else if (command === 0xe7) this.irq();
    else this.abort();
  }

  private region(memory: GuestMemory): number {
    return memory.readU32(this.bm.table);
  }

  private startDma(transfer: (memory: GuestMemory) => void): void {
    this.status = 0xd0;
    this.dma = transfer;
  }

  private give(data: Uint8Array): void {
    this.out = data;
    this.at = 0;
    this.status = 0x58;
    this.irq();
  }

  private take(bytes: number, sink: (data: Uint8Array) => void): void {
    this.out = new Uint8Array(bytes);
    this.at = 0;
    this.status = 0x58;
    this.sink = sink;
  }

  private packet(cdb: Uint8Array, store: BlockStore): void {
    const reply = (data: Uint8Array): void => {
      this.regs[2] = 2;
      this.regs[4] = data.length & 0xff;
      this.regs[5] = data.length >> 8;
      this.give(data);
    };
    if (cdb[0] === 0x12) {
      const data = new Uint8Array(36).fill(32, 8);
      data[0] = 5;
      'Msft    Virtual CD/ROM  1.0 '.split('').forEach((c, i) => (data[8 + i] = c.charCodeAt(0)));
      reply(data);
    } else if (store.sectorCount === 0) this.abort();
    else if (cdb[0] === 0x25) {
      const data = new Uint8Array(8);
      writeBe32(data, 0, store.sectorCount - 1);
      writeBe32(data, 4, 2048);
      reply(data);
    } else if (cdb[0] === 0x28) reply(store.read(readBe32(cdb, 2), ((cdb[7] ?? 0) << 8) | (cdb[8] ?? 0)));
    else this.irq();
  }

  private identity(model: string, sectors: number): Uint8Array {
    const data = new Uint8Array(512);
    const name = model.padEnd(40);
    for (let i = 0; i < 40; i += 2) data.set([name.charCodeAt(i + 1), name.charCodeAt(i)], 54 + i);
    writeU16(data, 98, 0x0f00);
    writeU32(data, 120, sectors);
    return data;
  }
}

/** The PIIX4's IDE function with its bus-master block. */
export class IdeFunctionDouble implements PciFunction, PortDevice {
  readonly name = 'ide';
  private readonly config: ConfigSpace;
  private base = 0;
  constructor(ports: PortSpace, private readonly channels: IdeChannelDouble[]) {
    const region = ports.claim('ide-bm', null, 16, this);
    this.config = new ConfigSpace(
      { vendor: 0x8086, device: 0x7111, revision: 1, classCode: 0x010180 },
      [{ index: 4, kind: 'io', size: 16, onChange: (base) => (region.move(base), (this.base = base ?? 0)) }],
      [{ offset: 0x40, reset: 0, writable: 0xffffffff }],
    );
  }
  configRead(register: number): number {
    return this.config.read(register);
  }
  configWrite(register: number, value: number, mask: number): void {
    this.config.write(register, value, mask);
  }
  portRead(port: number): number {
    const offset = port - this.base;
    return this.channels[offset >> 3]?.busMasterRead(offset & 7) ?? 0xff;
  }
  portWrite(port: number, _size: AccessSize, value: number): void {
    const offset = port - this.base;
    this.channels[offset >> 3]?.busMasterWrite(offset & 7, value);
  }
}
