import type { BlockStore } from '../../base/block-store';
import { allOnes } from '../../base/bytes';
import type { InterruptLine } from '../../base/interrupt-line';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import type { AccessSize, PortDevice, PortSpace } from '../../bus/port-space';
import type { Clock } from '../../clock/clock';
import type { DmaChannel, IsaDma } from '../dma/isa-dma';
import { CommandCycle } from './command-cycle';
import type { FloppyDrive, FloppyDriveState } from './drive';
import { DIR_CHANGED, DIR_FLOATING, DOR, DSR, REG } from './spec';
import * as registers from './state';
import { powerOn, softwareReset, type FloppyState } from './state';

export interface FloppyOptions {
  readonly name: string;
  readonly ports: PortSpace;
  readonly clock: Clock;
  /** IRQ 6. */
  readonly interrupt: InterruptLine;
  readonly dma: IsaDma;
  /** Drive A first; at most four. */
  readonly drives: readonly FloppyDrive[];
}

export interface FloppySaved {
  controller: FloppyState;
  drives: FloppyDriveState[];
}

const BASE = 0x3f0;
const DMA_CHANNEL = 2;

/**
 * The Intel 82077AA diskette controller in PC-AT mode at 3F0h-3F5h and 3F7h, IRQ 6, DMA channel 2 (Intel 82077AA data sheet). Heads move
 * and sectors pass at once, as in the virtual drive of a Hyper-V machine; what a host must do in microseconds for a real medium, it may
 * do here in a turn of the diskette.
 */
export class I82077 implements PortDevice, Unit<FloppySaved> {
  private state: FloppyState = powerOn();
  private readonly channel: DmaChannel;
  private readonly cycle: CommandCycle;

  constructor(private readonly options: FloppyOptions) {
    const { ports, name, dma, clock, interrupt } = options;
    this.cycle = new CommandCycle({
      ...{ name, clock },
      state: () => this.state,
      drive: (index) => this.drive(index),
      drivePins: () => this.drivePins(),
      withdrawInterrupt: () => interrupt.set(false),
    });
    this.channel = dma.connect(DMA_CHANNEL, this.cycle);
    ports.claim(name, BASE, 6, this);
    ports.claim(name, BASE + REG.dir, 1, this);
  }

  private drive(index: number): FloppyDrive | null {
    return this.options.drives[index] ?? null;
  }

  portRead(port: number, size: AccessSize): number {
    if (size !== 1) return allOnes(size);
    switch (port - BASE) {
      case REG.dor:
        return this.state.dor;
      case REG.tdr:
        return 0xfc | this.state.tape;
      case REG.msr:
        return registers.mainStatus(this.state);
      case REG.fifo:
        return this.cycle.readData();
      case REG.dir:
        return DIR_FLOATING | (this.changeLine() ? DIR_CHANGED : 0);
      default:
        return 0xff;
    }
  }

  portWrite(port: number, size: AccessSize, value: number): void {
    if (size !== 1) return;
    const register = port - BASE;
    if (register === REG.dor) this.writeOutputs(value);
    else if (register === REG.tdr) this.state.tape = value & 3;
    else if (register === REG.msr) this.selectRate(value);
    else if (register === REG.dir) this.state.rate = value & DSR.rate;
    else if (register === REG.fifo) this.cycle.writeData(value);
    this.drivePins();
  }

  /** The change line of the drive that DOR selects; a drive answers while its motor is on. */
  private changeLine(): boolean {
    const index = this.state.dor & DOR.drive;
    const isOn = (this.state.dor & (1 << (DOR.motors + index))) !== 0;
    return isOn && (this.drive(index)?.changed ?? false);
  }

  private writeOutputs(value: number): void {
    const wasRunning = registers.isRunning(this.state);
    this.state.dor = value;
    if (!registers.isRunning(this.state)) softwareReset(this.state);
    else if (!wasRunning) this.beginPolling();
  }

  /** The reset bit of DSR clears itself. */
  private selectRate(value: number): void {
    this.state.rate = value & DSR.rate;
    if ((value & DSR.reset) === 0 || !registers.isRunning(this.state)) return;
    softwareReset(this.state);
    this.beginPolling();
  }

  /** After a reset the polling finds each drive's ready line changed. */
  private beginPolling(): void {
    this.state.polls = 4;
    this.state.polled = true;
  }

  /** State to pins, in one place: the gate in DOR lets interrupts and DMA requests out. */
  private drivePins(): void {
    const isOpen = (this.state.dor & DOR.gate) !== 0;
    this.channel.setRequest(isOpen && registers.asksForDma(this.state)); // is served at once, which may end the command
    this.options.interrupt.set(isOpen && registers.interruptIsDue(this.state));
  }

  /** Puts a diskette into a drive, or takes it out (null). */
  setDisk(index: number, store: BlockStore | null): void {
    this.drive(index)?.setDisk(store);
  }

  reset(): void {
    this.state = powerOn();
    for (const drive of this.options.drives) drive.reset();
    this.drivePins();
  }

  save(): FloppySaved {
    return { controller: clonePlain(this.state), drives: this.options.drives.map((drive) => drive.save()) };
  }

  restore(saved: FloppySaved): void {
    this.state = clonePlain(saved.controller);
    saved.drives.forEach((drive, i) => this.options.drives[i]?.restore(drive));
  }

  inspect(): InspectNode {
    const { dor, phase, command, cylinders, specify, configure, rate, ignored } = this.state;
    const registers = { dor, rate, phase, command: [...command], cylinders: [...cylinders] };
    const settings = { specify: [...specify], configure: [...configure], ignored };
    return { ...registers, ...settings, drives: this.options.drives.map((drive) => drive.inspect()) };
  }
}
