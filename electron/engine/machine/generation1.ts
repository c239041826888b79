import type { InterruptLine } from '../base/interrupt-line';
import { MMIO_GAP_START } from '../memory/ram-layout';
import { BusMaster } from '../bus/bus-master';
import { PciBus } from '../bus/pci';
import { IsaDma } from '../chipset/dma/isa-dma';
import { FloppyDrive } from '../chipset/floppy/drive';
import { I82077 } from '../chipset/floppy/i82077';
import { AtaDisk } from '../chipset/ide/ata-disk';
import { AtapiDrive } from '../chipset/ide/atapi-drive';
import type { Drive } from '../chipset/ide/drive';
import { Piix4Ide } from '../chipset/ide/piix4-ide';
import { I440bx } from '../chipset/i440bx/i440bx';
import { I8042 } from '../chipset/i8042/i8042';
import { Pic } from '../chipset/pic/pic';
import { Apm } from '../chipset/piix4/apm';
import { IsaBridge } from '../chipset/piix4/isa-bridge';
import { PirqRouter } from '../chipset/piix4/pirq-router';
import { PowerManagement } from '../chipset/piix4/power-management';
import { Pit } from '../chipset/pit/pit';
import { ResetControl } from '../chipset/reset-control';
import { Rtc } from '../chipset/rtc/rtc';
import { Uart16550 } from '../chipset/uart/uart16550';
import { BiosHelper, BootPlace } from '../devices/bios-helper';
import { Dec21140, DEC21140_SLOT } from '../devices/dec21140/dec21140';
import { Vga } from '../devices/vga/vga';
import { guidBytes } from '../vmbus/protocol/guid';
import type { BootSource, DriveDescription } from './description';
import type { MachineParts } from './parts';

const MEGABYTE = 1024 * 1024;
const BOOT_PLACES: Readonly<Record<BootSource, number>> = {
  floppy: BootPlace.floppy,
  cd: BootPlace.optical,
  ide: BootPlace.hardDisk,
  legacyNetwork: BootPlace.network,
};

/** What the rest of the machine reaches on the board. */
export interface Generation1Board {
  readonly vga: Vga;
  /** Keyboard and pointing device of a guest that has no drivers for the synthetic ones. */
  readonly i8042: I8042;
  readonly cdDrives: ReadonlyMap<string, AtapiDrive>;
  readonly diskette: FloppyDrive;
  readonly legacyAdapters: ReadonlyMap<string, Dec21140>;
  readonly powerManagement: PowerManagement;
}

/**
 * The board of a Generation 1 machine: 440BX and PIIX4 with what hangs on them, and a function of the network card for each
 * legacy adapter. Order matters where ports overlap: the reset control register lies inside the PCI address port.
 */
export function buildGeneration1(parts: MachineParts): Generation1Board {
  const { ports, mmio, memory, trace, clock, name, units } = parts;
  units.add('reset', new ResetControl({ ports, onReset: parts.requestReset }));
  const pci = units.add('pci', new PciBus(ports));
  const pic = units.add('pic', new Pic({ name: `${name}/pic`, ports, trace }));
  parts.partition.connectExternalInterrupts(pic);
  const router = new PirqRouter((input) => pic.line(input));
  units.add('i440bx', new I440bx({ memory, mmio })).attach(pci);
  units.add('piix4-isa', new IsaBridge(router)).attach(pci);
  const powerManagement = units.add(
    'piix4-pm',
    new PowerManagement({ name: 'piix4-pm', ports, clock, interrupt: pic.line(9), onPowerOff: parts.requestPowerOff }),
  );
  powerManagement.attach(pci);
  units.add(
    'apm',
    new Apm({ ports, onAcpi: (isOn) => powerManagement.setAcpi(isOn), onPowerOff: parts.requestPowerOff }),
  );
  addTimers(parts, pic);
  const i8042 = units.add(
    'i8042',
    new I8042({
      name: 'i8042',
      ports,
      keyboardInterrupt: pic.line(1),
      mouseInterrupt: pic.line(12),
      keys: parts.keys,
      onReset: parts.requestReset,
    }),
  );
  addSerialPorts(parts, pic);
  const cdDrives = addIde(parts, pci, [pic.line(14), pic.line(15)]);
  const diskette = addDiskette(parts, pic);
  const vga = units.add('vga', new Vga({ name: `${name}/vga`, ports, mmio, vram: parts.vram }));
  vga.attach(pci);
  addHelper(parts);
  const legacyAdapters = addLegacyAdapters(parts, pci, router);
  return { vga, i8042, cdDrives, diskette, legacyAdapters, powerManagement };
}

function addTimers({ ports, clock, units, wallClock }: MachineParts, pic: Pic): void {
  const pit = units.add('pit', new Pit({ name: 'pit', ports, clock, interrupt: pic.line(0) }));
  pic.watch(0, (isOpen) => pit.setObserved(isOpen));
  units.add('rtc', new Rtc({ name: 'rtc', ports, clock, interrupt: pic.line(8), wallClock }));
}

/** COM 1 and COM 2. Neither is connected to a pipe: what a guest sends goes nowhere, as with `None` in the real settings. */
function addSerialPorts({ ports, units }: MachineParts, pic: Pic): void {
  const sink = (): void => undefined;
  units.add('com1', new Uart16550({ name: 'COM1', ports, base: 0x3f8, interrupt: pic.line(4), sink }));
  units.add('com2', new Uart16550({ name: 'COM2', ports, base: 0x2f8, interrupt: pic.line(3), sink }));
}

function addIde(
  parts: MachineParts,
  pci: PciBus,
  interrupts: readonly [InterruptLine, InterruptLine],
): Map<string, AtapiDrive> {
  const { ports, memory, trace, meter, name, units, description } = parts;
  const cdDrives = new Map<string, AtapiDrive>();
  const make = (place: number): Drive | null => {
    const found = description.ide.find((drive) => drive.place === place);
    return found ? makeDrive(parts, found, cdDrives) : null;
  };
  const drives = [make(0), make(1), make(2), make(3)] as const;
  const ide = units.add(
    'piix4-ide',
    new Piix4Ide({ name: `${name}/ide`, ports, memory, trace, cost: meter, interrupts, drives }),
  );
  ide.attach(pci);
  return cdDrives;
}

function makeDrive(
  { trace, meter, name, units, discEjected }: MachineParts,
  drive: DriveDescription,
  cdDrives: Map<string, AtapiDrive>,
): Drive | null {
  const options = { name: `${name}/ide/${drive.place}`, trace, cost: meter };
  if (drive.kind === 'dvd') {
    const cd = units.add(`ide-${drive.place}`, new AtapiDrive(options, drive.store, () => discEjected(drive.id)));
    cdDrives.set(drive.id, cd);
    return cd;
  }
  return drive.store ? units.add(`ide-${drive.place}`, new AtaDisk(options, drive.store)) : null;
}

/** The controllers of ISA DMA, and the diskette controller with its one drive on channel 2. */
function addDiskette(
  { ports, memory, clock, trace, meter, name, units, description }: MachineParts,
  pic: Pic,
): FloppyDrive {
  const bus = new BusMaster({ memory, trace, cost: meter, actor: trace.actor(`${name}/isa-dma`), enabled: () => true });
  const dma = units.add('isa-dma', new IsaDma({ name: `${name}/isa-dma`, ports, dma: bus }));
  const drive = new FloppyDrive(`${name}/floppy/0`, trace, description.diskette);
  units.add(
    'floppy',
    new I82077({ name: `${name}/floppy`, ports, clock, interrupt: pic.line(6), dma, drives: [drive] }),
  );
  return drive;
}

function addHelper({ ports, units, description, generationCounter }: MachineParts): void {
  const bytes = description.memoryMB * MEGABYTE;
  const below = Math.min(bytes, MMIO_GAP_START) / MEGABYTE;
  const settings = {
    bootOrder: description.bootOrder.map((source) => BOOT_PLACES[source]),
    numLock: description.numLock,
    guid: guidBytes(description.id),
    processorCount: description.processors,
    memoryBelowGapMB: below,
    memoryAbove4GbMB: description.memoryMB - below,
    generationCounter,
  };
  units.add('bios-helper', new BiosHelper(ports, settings));
}

function addLegacyAdapters(parts: MachineParts, pci: PciBus, router: PirqRouter): Map<string, Dec21140> {
  const { ports, mmio, memory, trace, clock, meter, name, units, description } = parts;
  const adapters = description.adapters.filter(({ kind }) => kind === 'legacy');
  return new Map(
    adapters.map(({ id, mac }, index) => {
      const card = units.add(
        `legacy-${index}`,
        new Dec21140({
          name: `${name}/legacy/${index}`,
          functionNumber: index,
          multifunction: adapters.length > 1,
          mac,
          memory,
          ports,
          mmio,
          // The functions of one card share its slot; the board brings the slot's INTA to PIRQA, the only one that is routed.
          interrupt: router.line(1),
          clock,
          trace,
          port: parts.cableOf(id),
          cost: meter,
        }),
      );
      card.attach(pci, DEC21140_SLOT);
      return [id, card] as const;
    }),
  );
}
