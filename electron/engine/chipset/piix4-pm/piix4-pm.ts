import { allOnes } from '../../base/bytes';
import type { InterruptLine } from '../../base/interrupt-line';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import { ConfigSpace, type ConfigState } from '../../bus/config-space';
import type { PciBus, PciFunction } from '../../bus/pci';
import type { AccessSize, PortDevice, PortRegion, PortSpace } from '../../bus/port-space';
import type { Clock } from '../../clock/clock';
import { ticksIn } from '../ticks';

export interface Piix4PmOptions {
  readonly ports: PortSpace;
  readonly clock: Clock;
  /** IRQ 9. */
  readonly sci: InterruptLine;
  /** The guest has switched the machine off: SLP_EN with the type of soft off. */
  readonly powerOff: () => void;
}

export interface PmRegisters {
  status: number;
  enable: number;
  control: number;
  gpeStatus: number;
  gpeEnable: number;
  apmControl: number;
  apmStatus: number;
}

export interface Piix4PmState {
  config: ConfigState;
  registers: PmRegisters;
}

const TIMER_HERTZ = 3_579_545;
const PMBA = 0x40;
const PMREGMISC = 0x80;
const Pm1 = { sciEnable: 0x0001, sleepType: 0x1c00, sleepEnable: 0x2000, powerButton: 0x0100 } as const;
const STATUS_BITS = 0x8d31;
const ENABLE_BITS = 0x0521;
/** Commands to port B2 that the firmware's FADT names. */
const ACPI_ENABLE = 0xe1;
const ACPI_DISABLE = 0x1e;

function freshPm(): PmRegisters {
  return { status: 0, enable: 0, control: 0, gpeStatus: 0, gpeEnable: 0, apmControl: 0, apmStatus: 0 };
}

/**
 * Function 3 of the PIIX4: ACPI power management. Event and control registers, the 24-bit timer, soft off, and the two APM
 * ports by which an operating system asks for ACPI mode. Intel 82371AB data sheet, chapter 7. SMBus and device monitors are
 * configuration storage only.
 */
export class Piix4Pm implements PciFunction, PortDevice, Unit<Piix4PmState> {
  readonly name = 'piix4-pm';
  private readonly config: ConfigSpace;
  private readonly window: PortRegion;
  private registers = freshPm();

  constructor(private readonly options: Piix4PmOptions) {
    this.window = options.ports.claim('piix4-pm', null, 64, this);
    options.ports.claim('apm', 0xb2, 2, this);
    this.config = new ConfigSpace(
      { vendor: 0x8086, device: 0x7113, revision: 0x02, classCode: 0x068000, status: 0x0280, commandMask: 0x0001 },
      [],
      [
        { offset: PMBA, reset: 1, writable: 0x0000_ffc0 },
        ...[0x44, 0x48, 0x4c, 0x50, 0x54, 0x58, 0x5c, 0x60, 0x64, 0x68, 0x6c, 0x70, 0x74, 0x78, 0x7c].map((offset) => ({ offset, reset: 0, writable: 0xffff_ffff })),
        { offset: PMREGMISC, reset: 0, writable: 1 },
        { offset: 0x90, reset: 1, writable: 0x0000_fff0 },
        { offset: 0xd0, reset: 0, writable: 0x00ff_0000 },
      ],
    );
  }

  /** Plugs the function into PCI bus 0 at 00:07.3. */
  attach(pci: PciBus): void {
    pci.attach({ device: 7, fn: 3 }, this);
  }

  configRead(register: number): number {
    return this.config.read(register);
  }

  configWrite(register: number, value: number, mask: number): void {
    this.config.write(register, value, mask);
    this.decode();
  }

  private decode(): void {
    const base = this.config.read(PMBA) & 0xffc0;
    const enabled = (this.config.read(PMREGMISC) & 1) !== 0 && base !== 0;
    this.window.move(enabled ? base : null);
  }

  /** Somebody presses the button at the front of the machine. */
  pressPowerButton(): void {
    this.registers.status |= Pm1.powerButton;
    this.updateLine();
  }

  portRead(port: number, size: AccessSize): number {
    if (port === 0xb2 || port === 0xb3) return port === 0xb2 ? this.registers.apmControl : this.registers.apmStatus;
    const offset = port - (this.window.base ?? port);
    const word = this.readDouble(offset & ~3);
    return (word >>> ((offset & 3) * 8)) & allOnes(size);
  }

  private readDouble(offset: number): number {
    const { status, enable, control, gpeStatus, gpeEnable } = this.registers;
    if (offset === 0x00) return (status | (enable << 16)) >>> 0;
    if (offset === 0x04) return control;
    if (offset === 0x08) return ticksIn(this.options.clock.now(), TIMER_HERTZ) & 0xff_ffff;
    if (offset === 0x0c) return (gpeStatus | (gpeEnable << 16)) >>> 0;
    return 0;
  }

  portWrite(port: number, size: AccessSize, value: number): void {
    if (port === 0xb2 || port === 0xb3) return this.writeApm(port, value & 0xff);
    const offset = port - (this.window.base ?? port);
    if (size === 4) {
      this.writeWord(offset, value & 0xffff);
      this.writeWord(offset + 2, value >>> 16);
    } else if (size === 2) this.writeWord(offset, value);
    else this.writeByte(offset, value);
    this.updateLine();
  }

  /** A byte of a 16-bit register: the other half stays as it is (and clears nothing where ones clear). */
  private writeByte(offset: number, value: number): void {
    const even = offset & ~1;
    const clears = even === 0x00 || even === 0x0c;
    const old = clears ? 0 : (this.readDouble(even & ~3) >>> ((even & 2) * 8)) & 0xffff;
    const shift = (offset & 1) * 8;
    this.writeWord(even, (old & ~(0xff << shift)) | (value << shift));
  }

  private writeWord(offset: number, value: number): void {
    const { registers } = this;
    if (offset === 0x00) registers.status &= ~(value & STATUS_BITS);
    else if (offset === 0x02) registers.enable = value & ENABLE_BITS;
    else if (offset === 0x04) this.writeControl(value);
    else if (offset === 0x0c) registers.gpeStatus &= ~value;
    else if (offset === 0x0e) registers.gpeEnable = value;
  }

  /** SCI_EN belongs to the firmware's enable command; sleep enable reads as zero. */
  private writeControl(value: number): void {
    const { registers } = this;
    registers.control = (registers.control & Pm1.sciEnable) | (value & (Pm1.sleepType | 0x0002));
    const isSoftOff = (value & Pm1.sleepEnable) !== 0 && (value & Pm1.sleepType) === 0;
    if (isSoftOff) this.options.powerOff();
  }

  private writeApm(port: number, value: number): void {
    if (port === 0xb3) {
      this.registers.apmStatus = value;
      return;
    }
    this.registers.apmControl = value;
    if (value === ACPI_ENABLE) this.registers.control |= Pm1.sciEnable;
    if (value === ACPI_DISABLE) this.registers.control &= ~Pm1.sciEnable;
    this.updateLine();
  }

  private updateLine(): void {
    const { status, enable, control, gpeStatus, gpeEnable } = this.registers;
    const wanted = (status & enable) !== 0 || (gpeStatus & gpeEnable) !== 0;
    this.options.sci.set(wanted && (control & Pm1.sciEnable) !== 0);
  }

  reset(): void {
    this.config.reset();
    this.registers = freshPm();
    this.decode();
    this.updateLine();
  }

  save(): Piix4PmState {
    return clonePlain({ config: this.config.save(), registers: this.registers });
  }

  restore(saved: Piix4PmState): void {
    this.config.restore(saved.config);
    this.registers = { ...saved.registers };
    this.decode();
    this.updateLine();
  }

  inspect(): InspectNode {
    return { config: this.config.inspect(), ...this.registers };
  }
}
