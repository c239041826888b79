import type { FramePort, FrameReceiver } from '@engine/base/backends';
import { MmioSpace } from '@engine/bus/mmio-space';
import { PciBus } from '@engine/bus/pci';
import { PortSpace } from '@engine/bus/port-space';
import { EngineClock } from '@engine/clock/clock';
import { Dec21140 } from '@engine/devices/dec21140/dec21140';
import { SparseMemory } from '@engine/memory/sparse-memory';
import { CostMeter } from '@engine/trace/cost';
import { Trace } from '@engine/trace/trace';

export const MAC = Uint8Array.from([0x00, 0x15, 0x5d, 0x0a, 0x0b, 0x0c]);
export const IO_BASE = 0xec00;
export const MEMORY_BASE = 0xfebf_f000;

/** A cable whose other end the test holds. */
export class Cable implements FramePort {
  readonly sent: Uint8Array[] = [];
  linkUp = true;
  receiver: FrameReceiver | null = null;
  onSend: (frame: Uint8Array) => void = () => undefined;

  send(frame: Uint8Array): void {
    this.sent.push(frame.slice());
    this.onSend(frame);
  }

  setReceiver(receiver: FrameReceiver | null): void {
    this.receiver = receiver;
  }

  deliver(frame: Uint8Array): void {
    this.receiver?.receive(frame);
  }
}

/** One adapter on a bus of its own, reached only as a driver reaches it: ports, memory, configuration space, cable. */
export class Bench {
  readonly memory = new SparseMemory([{ start: 0, length: 4 << 20 }]);
  readonly ports = new PortSpace();
  readonly mmio = new MmioSpace();
  readonly pci = new PciBus(this.ports);
  readonly clock = new EngineClock();
  readonly trace = new Trace(this.clock);
  readonly cost = new CostMeter();
  readonly cable = new Cable();
  readonly levels: boolean[] = [];
  readonly card: Dec21140;

  constructor(functionNumber = 0) {
    this.card = new Dec21140({
      name: 'vm-1/legacy/0',
      functionNumber,
      mac: MAC,
      memory: this.memory,
      ports: this.ports,
      mmio: this.mmio,
      interrupt: { set: (level) => this.levels.push(level) },
      clock: this.clock,
      trace: this.trace,
      port: this.cable,
      cost: this.cost,
    });
    this.card.attach(this.pci);
  }

  config(register: number, fn = 0): number {
    this.ports.write(0xcf8, 4, (0x8000_0000 | (0x0a << 11) | (fn << 8) | register) >>> 0);
    return this.ports.read(0xcfc, 4);
  }

  setConfig(register: number, value: number, size: 1 | 2 | 4 = 4, fn = 0): void {
    this.ports.write(0xcf8, 4, (0x8000_0000 | (0x0a << 11) | (fn << 8) | (register & 0xfc)) >>> 0);
    this.ports.write(0xcfc + (register & 3), size, value);
  }

  /** As firmware and the PCI core leave it: both windows decoded, bus master on. */
  enable(command = 7): this {
    this.setConfig(0x10, IO_BASE);
    this.setConfig(0x14, MEMORY_BASE);
    this.setConfig(0x04, command, 2);
    return this;
  }

  r(csr: number): number {
    return this.ports.read(IO_BASE + csr * 8, 4);
  }

  w(csr: number, value: number): void {
    this.ports.write(IO_BASE + csr * 8, 4, value);
  }

  /** Level of the interrupt pin. */
  get irq(): boolean {
    return this.levels.at(-1) ?? false;
  }

  /** Writes a descriptor and returns its address. */
  descriptor(at: number, status: number, control: number, buffer1 = 0, buffer2 = 0): number {
    [status, control, buffer1, buffer2].forEach((word, i) => this.memory.writeU32(at + i * 4, word >>> 0));
    return at;
  }

  counters(): Record<string, number> {
    const tree = this.card.inspect() as { counters: Record<string, number> }; // the inspect tree is for people; its shape is ours
    return tree.counters;
  }
}

export const OWN = 0x8000_0000;
export const TX_RING = 0x1000;
export const RX_RING = 0x2000;
export const TX_BUFFER = 0x1_0000;
export const RX_BUFFER = 0x2_0000;

export const FIRST_LAST = 0x6000_0000;
export const IC = 0x8000_0000;
export const END = 0x0200_0000;
export const CHAIN = 0x0100_0000;
export const SETUP = 0x0800_0000;

/** A frame of `length` bytes to `to`, with a pattern as its content. */
export function frame(length: number, to: readonly number[] | Uint8Array = MAC, type = 0x0800): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 0xff);
  bytes.set(to);
  bytes.set([0x02, 0, 0, 0, 0, 0x99], 6);
  bytes.set([type >> 8, type & 0xff], 12);
  return bytes;
}

/** A perfect-filtering setup frame: the addresses, and the last one repeated. */
export function perfectSetup(...addresses: (readonly number[] | Uint8Array)[]): Uint8Array {
  const bytes = new Uint8Array(192);
  for (let entry = 0; entry < 16; entry++) {
    const address = addresses[Math.min(entry, addresses.length - 1)] ?? [];
    for (let i = 0; i < 6; i++) bytes[entry * 12 + (i >> 1) * 4 + (i & 1)] = address[i] ?? 0;
  }
  return bytes;
}

export const BROADCAST = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

/** A started adapter: `receivers` receive descriptors of 1,536 bytes in a ring, own address and broadcast accepted. */
export function started(receivers = 4): Bench {
  const bench = new Bench().enable();
  for (let i = 0; i < receivers; i++) {
    bench.descriptor(RX_RING + i * 16, OWN, 1536 | (i === receivers - 1 ? END : 0), RX_BUFFER + i * 2048);
  }
  bench.w(3, RX_RING);
  loadSetup(bench, perfectSetup(BROADCAST, MAC));
  bench.w(5, 0x1ffff);
  bench.w(7, 0x1ebef);
  bench.w(6, 0x0384_2002);
  bench.w(5, 0x1ffff);
  return bench;
}

/** Has the adapter take a setup frame, with a transmit list of its own; the list is at TX_RING afterwards. */
export function loadSetup(bench: Bench, setup: Uint8Array, typeBits = 0): void {
  bench.memory.write(0x8000, setup);
  bench.descriptor(0x9000, OWN, (SETUP | END | typeBits | 192) >>> 0, 0x8000);
  bench.w(4, 0x9000);
  bench.w(6, bench.r(6) | 0x2000);
  bench.w(4, TX_RING);
}
