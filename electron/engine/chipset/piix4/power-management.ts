import type { InterruptLine } from '../../base/interrupt-line';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import { ConfigSpace, type ConfigState } from '../../bus/config-space';
import type { PciBus, PciFunction } from '../../bus/pci';
import type { AccessSize, PortDevice, PortRegion, PortSpace } from '../../bus/port-space';
import type { Alarm, Clock } from '../../clock/clock';
import { ticksIn, timeOf } from '../ticks';
import { PIIX4_MANUFACTURER, PIIX4_SLOT } from './isa-bridge';
import * as Pm from './pm-registers';
import { PM, PM_EVENT } from './pm-registers';

export interface PowerManagementOptions {
  /** Prefix of its alarm. */
  readonly name: string;
  readonly ports: PortSpace;
  readonly clock: Clock;
  /** The SCI: IRQ 9. */
  readonly interrupt: InterruptLine;
  /** The guest switched the machine off. Called from inside the port access. */
  readonly onPowerOff: () => void;
  /** Where its registers are on a machine without PCI, whatever its configuration space says. */
  readonly fixedBase?: number;
}

export interface PowerManagementState {
  /** The registers at PMBA, 16 bits each. */
  words: Uint16Array;
  /** How often the timer's highest bit has changed, as far as the status bit knows. */
  halves: number;
  /** Sleep states that this board does not have. */
  refusedSleeps: number;
}

export interface PowerManagementSave {
  pm: PowerManagementState;
  config: ConfigState;
}

const PMBA = 0x40;
const PMREGMISC = 0x80;

/** Registers 40h and up (82371AB data sheet, 7.1). */
const REGISTERS = [
  { offset: PMBA, reset: 0x0000_0001, writable: 0x0000_ffc0 },
  ...[0x44, 0x48, 0x4c, 0x50, 0x54, 0x58, 0x5c, 0x60, 0x64, 0x68, 0x6c, 0x70, 0x74, 0x78, 0x7c].map((offset) => {
    return { offset, reset: 0, writable: 0xffff_ffff };
  }),
  { offset: PMREGMISC, reset: 0, writable: 0x0000_0001 },
  { offset: 0x90, reset: 0x0000_0001, writable: 0x0000_fff0 }, // SMBBA
  { offset: 0xd0, reset: 0, writable: 0xffff_0000 }, // SMBHSTCFG and its slave registers
  PIIX4_MANUFACTURER,
];

function powerOn(): PowerManagementState {
  const words = new Uint16Array(Pm.PM_WINDOW / 2);
  for (const [offset, value] of Pm.PM_RESET) words[offset / 2] = value;
  return { words, halves: 0, refusedSleeps: 0 };
}

/** PIIX4 function 3: ACPI timer, events and sleep (82371AB data sheet, chapter 7; ACPI 1.0, 4.7). */
export class PowerManagement implements PciFunction, PortDevice, Unit<PowerManagementSave> {
  readonly name = 'PIIX4 power management';
  private state: PowerManagementState = powerOn();
  private readonly window: PortRegion;
  private readonly overflow: Alarm;
  private readonly config = new ConfigSpace(
    { vendor: 0x8086, device: 0x7113, revision: 0x02, classCode: 0x06_8000, status: 0x0280, commandMask: 0x0001 },
    [],
    REGISTERS,
  );

  constructor(private readonly options: PowerManagementOptions) {
    const { name, ports, clock } = options;
    this.overflow = clock.alarm(`${name}/overflow`, () => this.settle(), { background: true });
    this.window = ports.claim(name, options.fixedBase ?? null, Pm.PM_WINDOW, this);
  }

  attach(pci: PciBus): void {
    pci.attach({ device: PIIX4_SLOT, fn: 3 }, this);
  }

  configRead(register: number): number {
    return this.config.read(register);
  }

  configWrite(register: number, value: number, mask: number): void {
    this.config.write(register, value, mask);
    this.moveWindow();
  }

  private moveWindow(): void {
    if (this.options.fixedBase !== undefined) return;
    const base = this.config.read(PMBA) & 0xffc0;
    const isOn = (this.config.read(PMREGMISC) & 1) !== 0;
    this.window.move(isOn && base !== 0 ? base : null);
  }

  /** The machine's power button: an event for a guest that has switched ACPI on. */
  pressPowerButton(): void {
    this.raise(PM_EVENT.powerButton);
    this.settle();
  }

  private word(offset: number): number {
    return this.state.words[offset / 2] ?? 0;
  }

  private setWord(offset: number, value: number): void {
    this.state.words[offset / 2] = value;
  }

  private raise(event: number): void {
    this.setWord(PM.Status, this.word(PM.Status) | event);
  }

  private ticks(): number {
    return ticksIn(this.options.clock.now(), Pm.PM_TIMER_HZ);
  }

  /** Brings the timer's status bit, the SCI and the alarm for the next change up to date. */
  private settle(): void {
    const halves = Math.floor(this.ticks() / Pm.HALF_RANGE);
    if (halves !== this.state.halves) this.raise(PM_EVENT.timer);
    this.state.halves = halves;
    this.driveSci();
    const isAwaited = (this.word(PM.Enable) & ~this.word(PM.Status) & PM_EVENT.timer) !== 0;
    if (isAwaited) this.overflow.set(timeOf((halves + 1) * Pm.HALF_RANGE, Pm.PM_TIMER_HZ));
    else this.overflow.cancel();
  }

  private driveSci(): void {
    const active = this.word(PM.Status) & this.word(PM.Enable) & Pm.PM_EVENTS;
    this.options.interrupt.set(active !== 0 && (this.word(PM.Control) & Pm.SCI_EN) !== 0);
  }

  portRead(port: number, size: AccessSize): number {
    const offset = port & (Pm.PM_WINDOW - 1);
    const even = offset & ~1;
    const pair = this.readWord(even) + this.readWord(even + 2) * 0x1_0000;
    return offset & 1 ? Math.floor(pair / 0x100) : size === 4 ? pair : pair & 0xffff;
  }

  private readWord(offset: number): number {
    if (offset === PM.Status) this.settle();
    if (offset === PM.TimerLow) return this.ticks() & 0xffff;
    if (offset === PM.TimerHigh) return Math.floor(this.ticks() / 0x1_0000) & 0xff;
    return this.word(offset);
  }

  portWrite(port: number, size: AccessSize, value: number): void {
    const offset = port & (Pm.PM_WINDOW - 1);
    const even = offset & ~1;
    if (size === 1) this.writeWord(even, offset & 1 ? value << 8 : value, offset & 1 ? 0xff00 : 0x00ff);
    else this.writeWord(even, value & 0xffff, 0xffff);
    if (size === 4) this.writeWord(even + 2, value >>> 16, 0xffff);
    this.settle();
  }

  private writeWord(offset: number, value: number, mask: number): void {
    const next = Pm.storedWord(offset, this.word(offset), value, mask);
    if (offset === PM.Status) this.clearStatus(value & mask);
    else if (offset === PM.Control) this.writeControl(next);
    else if (offset === PM.Enable) this.setWord(offset, next & Pm.PM_EVENTS);
    else this.setWord(offset, next);
  }

  private clearStatus(bits: number): void {
    this.settle();
    this.setWord(PM.Status, this.word(PM.Status) & ~(bits & Pm.PM_STATUS_CLEARABLE));
  }

  private writeControl(value: number): void {
    this.setWord(PM.Control, value & Pm.CONTROL_WRITABLE);
    if ((value & Pm.SUS_EN) === 0) return;
    if (Pm.sleepType(value) === Pm.SOFT_OFF) this.options.onPowerOff();
    else this.state.refusedSleeps++;
  }

  /** What the firmware's handler for the APM control port does: gives the events to the guest's ACPI driver, or takes them back. */
  setAcpi(isOn: boolean): void {
    const control = this.word(PM.Control);
    this.setWord(PM.Control, isOn ? control | Pm.SCI_EN : control & ~Pm.SCI_EN);
    this.settle();
  }

  reset(): void {
    this.state = powerOn();
    this.state.halves = Math.floor(this.ticks() / Pm.HALF_RANGE);
    this.config.reset();
    this.moveWindow();
    this.settle();
  }

  save(): PowerManagementSave {
    return { pm: clonePlain(this.state), config: this.config.save() };
  }

  restore(saved: PowerManagementSave): void {
    this.state = clonePlain(saved.pm);
    this.config.restore(saved.config);
    this.moveWindow();
    this.driveSci();
  }

  inspect(): InspectNode {
    const { refusedSleeps } = this.state;
    return {
      config: this.config.inspect(),
      base: this.window.base,
      status: this.word(PM.Status),
      enable: this.word(PM.Enable),
      control: this.word(PM.Control),
      refusedSleeps,
    };
  }
}
