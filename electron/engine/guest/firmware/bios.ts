import { MILLISECOND } from '../../clock/clock';
import { HelperRegister } from '../../devices/bios-helper';
import type { Processor } from '../../hypervisor/processor';
import { writeAcpiTables, writeMemoryMap } from '../acpi/tables';
import { TextConsole } from '../console/text-console';
import { setTextMode } from '../console/vga-mode3';
import { stepProbe } from '../drivers/ata/probe';
import { initKeyboard, readScanCodes } from '../hardware/keyboard-controller';
import { PciConfig } from '../hardware/pci-config';
import { BiosBoot } from './bios-boot';
import { BiosDisks } from './bios-disks';
import { testDiskettes } from './bios-floppy';
import type { BiosState, BootTarget } from './bios-state';
import type { BootDrive, BootServices } from './services';
import { closeShadow, openShadow, PM_BASE, programPic, programPiix4, programPit, recordMemory } from './board';
import { buildDsdt } from './dsdt';
import { readHelper } from './helper';
import { banner, driveList, pciList, POST_DONE } from './post-screen';
import { configurePci } from './pci-setup';

const KEYBOARD_VECTOR = 0x09; // IRQ 1 with the master 8259 at 08h
const ACPI_RESERVED = 0x1_0000; // bytes at the top of low RAM for the tables
const MEGABYTE = 0x10_0000;

/**
 * The firmware of a Generation 1 machine: POST, then the boot order. It runs on a processor like everything in a guest, and
 * learns about the machine only by its ports. One call of `step` is one stretch of work without waiting.
 */
export class Bios implements BootServices {
  readonly isUefi = false;
  readonly console: TextConsole;
  readonly disks: BiosDisks;
  private readonly boot: BiosBoot;

  constructor(
    private readonly processor: Processor,
    private readonly state: BiosState,
    private readonly now: () => number,
  ) {
    this.console = new TextConsole(processor, state.console);
    this.disks = new BiosDisks(processor, state, now);
    this.boot = new BiosBoot(processor, state, this.disks, this.console, now);
  }

  get bootDrives(): readonly BootDrive[] {
    return this.state.drives.map(({ kind, channel, device, identity: { sectors } }) => ({
      kind: kind === 'ata' ? 'disk' : 'optical',
      sectors,
      controller: '',
      channel,
      device,
    }));
  }

  get memoryMB(): number {
    const { facts } = this.state;
    return (facts?.memoryBelowGapMB ?? 0) + (facts?.memoryAbove4GbMB ?? 0);
  }

  get memoryEnd(): number {
    return (this.state.facts?.memoryBelowGapMB ?? 0) * MEGABYTE - ACPI_RESERVED;
  }

  /** What was booted; null before. */
  get target(): BootTarget | null {
    return this.state.target;
  }

  /** Does what can be done now; returns when to go on, or null to wait for an interrupt. */
  step(): number | null {
    const now = this.now();
    if (now < this.state.until && this.state.phase !== 'boot') return this.state.until;
    switch (this.state.phase) {
      case 'power':
        return this.powerOn();
      case 'banner':
        return this.showBanner();
      case 'pci':
        return this.findPci();
      case 'drives':
        return this.findDrives();
      case 'tables':
        return this.writeTables();
      case 'boot':
      case 'failed':
        return this.boot.step();
      default:
        return null;
    }
  }

  /** An interrupt of the board: only the keyboard's is let through. */
  interrupt(vector: number): void {
    if (vector !== KEYBOARD_VECTOR) return;
    const codes = readScanCodes(this.processor);
    this.processor.portWrite(0x20, 1, 0x20);
    if (codes.some((code) => code < 0x80)) this.boot.keyPressed();
  }

  private next(phase: BiosState['phase'], milliseconds: number): number {
    this.state.phase = phase;
    this.state.until = this.now() + milliseconds * MILLISECOND;
    return this.state.until;
  }

  private powerOn(): number {
    programPic(this.processor);
    programPit(this.processor);
    setTextMode(this.processor);
    this.console.clear();
    programPiix4(this.processor);
    openShadow(this.processor);
    return this.next('banner', 400);
  }

  private showBanner(): number {
    const facts = readHelper(this.processor);
    this.state.facts = facts;
    banner(this.console, facts.processors, facts.memoryBelowGapMB + facts.memoryAbove4GbMB);
    testDiskettes(this.processor);
    recordMemory(this.processor, facts.memoryBelowGapMB);
    initKeyboard(this.processor, facts.numLock);
    return this.next('pci', 300);
  }

  private findPci(): number {
    this.state.pci = configurePci(new PciConfig(this.processor));
    return this.next('drives', 0);
  }

  private findDrives(): number {
    for (;;) {
      const found = stepProbe(this.state.probe, this.disks.channels, this.now());
      if (found) this.state.drives.push(found);
      if (this.state.probe.done) break;
      const look = this.disks.poll();
      if (look !== null) return look;
    }
    driveList(this.console, this.state.drives);
    pciList(this.console, this.state.pci);
    return this.next('tables', 1500);
  }

  private writeTables(): number {
    const { facts } = this.state;
    const top = (facts?.memoryBelowGapMB ?? 0) * MEGABYTE;
    const acpi = top - ACPI_RESERVED;
    const aml = buildDsdt(this.processor, facts?.hasGenerationCounter ?? false);
    writeAcpiTables(this.processor, acpi, aml, {
      sciInterrupt: 9,
      smiCommand: 0xb2,
      acpiEnable: 0xe1,
      pmBase: PM_BASE,
    });
    const high = (facts?.memoryAbove4GbMB ?? 0) * MEGABYTE;
    writeMemoryMap(this.processor, [
      { base: 0, length: 0x9fc00, type: 1 },
      { base: 0x9fc00, length: 0x400, type: 2 },
      { base: 0xe0000, length: 0x20000, type: 2 },
      { base: MEGABYTE, length: acpi - MEGABYTE, type: 1 },
      { base: acpi, length: ACPI_RESERVED, type: 3 },
      ...(high > 0 ? [{ base: 2 ** 32, length: high, type: 1 }] : []),
    ]);
    closeShadow(this.processor);
    this.processor.portWrite(0x80, 4, POST_DONE);
    this.processor.portWrite(0x21, 1, 0xfd); // the keyboard's interrupt from here on
    this.console.clear();
    this.processor.portWrite(0x28, 4, HelperRegister.bootAttempt);
    this.processor.portWrite(0x2c, 4, 0);
    return this.next('boot', 0);
  }
}
