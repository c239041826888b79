import { Random } from '@engine/base/random';
import type { InspectNode } from '@engine/base/unit';
import { MmioSpace } from '@engine/bus/mmio-space';
import { PciBus } from '@engine/bus/pci';
import { PortSpace } from '@engine/bus/port-space';
import { I440bx } from '@engine/chipset/i440bx/i440bx';
import { I8042 } from '@engine/chipset/i8042/i8042';
import { Pic } from '@engine/chipset/pic/pic';
import { Apm } from '@engine/chipset/piix4/apm';
import { IsaBridge } from '@engine/chipset/piix4/isa-bridge';
import { PirqRouter } from '@engine/chipset/piix4/pirq-router';
import { PowerManagement } from '@engine/chipset/piix4/power-management';
import { Pit } from '@engine/chipset/pit/pit';
import { ResetControl } from '@engine/chipset/reset-control';
import { Rtc } from '@engine/chipset/rtc/rtc';
import { Uart16550 } from '@engine/chipset/uart/uart16550';
import { EngineClock, MILLISECOND } from '@engine/clock/clock';
import { SparseMemory } from '@engine/memory/sparse-memory';
import { Trace } from '@engine/trace/trace';
import { describe, expect, it } from 'vitest';

/** The board of a PC without its disks and cards, wired as a machine wires it. */
class Board {
  readonly clock = new EngineClock();
  readonly trace = new Trace(this.clock);
  readonly ports = new PortSpace();
  readonly reset = new ResetControl({ ports: this.ports, onReset: () => undefined });
  readonly pci = new PciBus(this.ports);
  readonly memory = new SparseMemory([{ start: 0, length: 1 << 20 }]);
  readonly mmio = new MmioSpace();
  readonly pic = new Pic({ name: 'pic', ports: this.ports, trace: this.trace });
  readonly router = new PirqRouter((irq) => this.pic.line(irq));
  readonly bridge = new I440bx({ memory: this.memory, mmio: this.mmio });
  readonly isa = new IsaBridge(this.router);
  readonly pm = new PowerManagement({ name: 'pm', ...this.timed(9), onPowerOff: () => undefined });
  readonly apm = new Apm({ ports: this.ports, onAcpi: (isOn) => this.pm.setAcpi(isOn), onPowerOff: () => undefined });
  readonly pit = new Pit({ name: 'pit', ...this.timed(0) });
  readonly rtc = new Rtc({ name: 'rtc', ...this.timed(8), wallClock: () => 1.2e12 + this.clock.now() / MILLISECOND });
  readonly uart = new Uart16550({ name: 'com1', base: 0x3f8, ...this.timed(4), sink: () => undefined });
  readonly i8042 = new I8042({
    name: 'i8042',
    ports: this.ports,
    keyboardInterrupt: this.pic.line(1),
    mouseInterrupt: this.pic.line(12),
    keys: { onKey: () => ({ dispose: () => undefined }) },
    onReset: () => undefined,
  });

  constructor() {
    for (const fn of [this.bridge, this.isa, this.pm]) fn.attach(this.pci);
    this.pic.watch(0, (isOpen) => this.pit.setObserved(isOpen));
  }

  private timed(irq: number) {
    return { ports: this.ports, clock: this.clock, interrupt: this.pic.line(irq) };
  }

  units() {
    return [
      this.reset,
      this.pci,
      this.pic,
      this.bridge,
      this.isa,
      this.pm,
      this.apm,
      this.pit,
      this.rtc,
      this.uart,
      this.i8042,
    ];
  }

  inspect(): InspectNode {
    return this.units().map((unit) => unit.inspect());
  }
}

function numbersOf(node: InspectNode): number[] {
  if (typeof node === 'number') return [node];
  return typeof node === 'object' && node !== null ? Object.values(node).flatMap(numbersOf) : [];
}

const SIZES = [1, 2, 4] as const;
const PORTS = [
  0x20, 0x21, 0xa0, 0xa1, 0x40, 0x42, 0x43, 0x60, 0x61, 0x64, 0x70, 0x71, 0x72, 0x73, 0x92, 0xb2, 0xb3, 0x4d0, 0x4d1,
];

/** Writes and reads ports at random, in the machine's own ranges most of the time. */
function rage(seed: number, steps: number): Board {
  const random = new Random(seed);
  const board = new Board();
  for (let i = 0; i < steps; i++) {
    const port =
      [
        PORTS[random.below(PORTS.length)] ?? 0,
        0x3f8 + random.below(8),
        0x400 + random.below(64),
        0xcf8 + random.below(8),
      ][random.below(4)] ?? 0;
    const size = SIZES[random.below(5)] ?? 1;
    if (random.below(3) === 0) board.ports.read(port, size);
    else
      board.ports.write(
        port,
        port === 0xcf8 ? 4 : size,
        port === 0xcf8 ? 0x8000_0000 + random.below(0x4000) : random.next(),
      );
    if (random.below(20) === 0) board.clock.advanceBy(random.below(20_000_000));
    if (random.below(10) === 0) board.pic.acknowledge();
    if (random.below(30) === 0)
      board.i8042.moveMouse({ dx: random.below(900) - 450, dy: 3, wheel: 1, buttons: random.below(8) });
    if (random.below(30) === 0) board.uart.receive(random.bytes(random.below(20)));
    if (random.below(50) === 0) board.mmio.write(0xc0000 + random.below(0x3fffc), size, random.next());
  }
  return board;
}

describe('a guest that has lost its mind', () => {
  it.each([1, 2, 3])('breaks nothing on the board (%i)', (seed) => {
    const board = rage(seed, 8000);
    board.clock.advanceBy(1_000_000_000);
    expect(numbersOf(board.inspect()).every(Number.isFinite)).toBe(true);
    for (const unit of board.units()) unit.reset();
    expect(board.pic.pending()).toBe(false);
    expect(board.ports.read(0x21, 1)).toBe(0xff);
    expect(board.ports.read(0x64, 1)).toBe(0x14);
  });

  it('leaves the same trace every time', () => {
    expect(rage(5, 3000).trace.digest()).toBe(rage(5, 3000).trace.digest());
  });

  it('leaves a state that can be saved and taken up', () => {
    const board = rage(6, 3000);
    const saved = board.units().map((unit) => unit.save());
    const other = new Board();
    other.pic.restore(board.pic.save());
    other.bridge.restore(board.bridge.save());
    other.isa.restore(board.isa.save());
    other.pm.restore(board.pm.save());
    other.apm.restore(board.apm.save());
    other.pit.restore(board.pit.save());
    other.rtc.restore(board.rtc.save());
    other.uart.restore(board.uart.save());
    other.i8042.restore(board.i8042.save());
    other.reset.restore(board.reset.save());
    other.pci.restore(board.pci.save());
    expect(other.units().map((unit) => unit.save())).toEqual(saved);
  });
});
