import type { DeviceMemory } from '@engine/bus/device-memory';
import type { MmioSpace } from '@engine/bus/mmio-space';
import { PciBus } from '@engine/bus/pci';
import type { PortSpace } from '@engine/bus/port-space';
import type { InterruptLine } from '@engine/base/interrupt-line';
import { BusMaster } from '@engine/bus/bus-master';
import { IsaDma } from '@engine/chipset/dma/isa-dma';
import type { FloppyDrive } from '@engine/chipset/floppy/drive';
import { I82077 } from '@engine/chipset/floppy/i82077';
import { I440bx } from '@engine/chipset/i440bx/i440bx';
import { I8042 } from '@engine/chipset/i8042/i8042';
import { Piix4Ide } from '@engine/chipset/ide/piix4-ide';
import { Apm } from '@engine/chipset/piix4/apm';
import { IsaBridge } from '@engine/chipset/piix4/isa-bridge';
import { PirqRouter } from '@engine/chipset/piix4/pirq-router';
import { PowerManagement } from '@engine/chipset/piix4/power-management';
import { Pit } from '@engine/chipset/pit/pit';
import { ResetControl } from '@engine/chipset/reset-control';
import { Rtc } from '@engine/chipset/rtc/rtc';
import { Uart16550 } from '@engine/chipset/uart/uart16550';
import type { Clock } from '@engine/clock/clock';
import { Vga } from '@engine/devices/vga/vga';
import type { GuestMemory } from '@engine/memory/guest-memory';
import type { Trace } from '@engine/trace/trace';

/** What the board is built from. */
export interface BoardParts {
  readonly name: string;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly memory: GuestMemory;
  readonly ports: PortSpace;
  readonly mmio: MmioSpace;
  readonly vram: DeviceMemory;
  /** Drive A. */
  readonly diskette: FloppyDrive;
  /** The wire to an input of the interrupt controllers, which are the processor package's. */
  line(input: number): InterruptLine;
  /** A byte that the guest sent through its first serial port. */
  serial(byte: number): void;
  /** The guest asked for a reset, or switched the machine off. */
  ended(how: string): void;
}

/** What an adapter is plugged into. */
export interface Board {
  readonly pci: PciBus;
  readonly router: PirqRouter;
}

/**
 * A Generation 1 board of the engine's own units, all but the interrupt controllers: the processor's package has those
 * inside. Wired as `machine/generation1` wires them; the disk controller has no drives.
 */
export function buildBoard(parts: BoardParts): Board {
  const { name, ports, mmio, memory, clock, trace, vram, line, ended } = parts;
  new ResetControl({ ports, onReset: () => ended('reset') });
  const pci = new PciBus(ports);
  const router = new PirqRouter(line);
  new I440bx({ memory, mmio }).attach(pci);
  new IsaBridge(router).attach(pci);
  new Piix4Ide({
    name: `${name}/ide`,
    ports,
    memory,
    trace,
    interrupts: [line(14), line(15)],
    drives: [null, null, null, null],
  }).attach(pci);
  const onPowerOff = (): void => ended('power off');
  const power = new PowerManagement({ name: 'piix4-pm', ports, clock, interrupt: line(9), onPowerOff });
  power.attach(pci);
  new Apm({ ports, onAcpi: (isOn) => power.setAcpi(isOn), onPowerOff });
  new Vga({ name: `${name}/vga`, ports, mmio, vram }).attach(pci);
  addLegacyDevices(parts);
  addFloppy(parts);
  return { pci, router };
}

function addLegacyDevices({ ports, clock, line, serial, ended }: BoardParts): void {
  new Pit({ name: 'pit', ports, clock, interrupt: line(0) });
  new Rtc({ name: 'rtc', ports, clock, interrupt: line(8), wallClock: () => Date.now() });
  new Uart16550({ name: 'com1', ports, base: 0x3f8, interrupt: line(4), sink: serial });
  new I8042({
    name: 'i8042',
    ports,
    keyboardInterrupt: line(1),
    mouseInterrupt: line(12),
    keys: { onKey: () => ({ dispose: () => undefined }) },
    onReset: () => ended('reset'),
  });
}

function addFloppy({ name, clock, ports, memory, trace, line, diskette }: BoardParts): void {
  const bus = new BusMaster({ memory, trace, actor: trace.actor(`${name}/isa-dma`), enabled: () => true });
  const dma = new IsaDma({ name: 'dma', ports, dma: bus });
  new I82077({ name: `${name}/floppy`, ports, clock, interrupt: line(6), dma, drives: [diskette] });
}
