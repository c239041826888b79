import type { BlockStore } from '../../base/block-store';
import { allOnes } from '../../base/bytes';
import type { InterruptLine } from '../../base/interrupt-line';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import type { AccessSize, PortDevice, PortSpace } from '../../bus/port-space';
import { MILLISECOND, type Alarm, type Clock } from '../../clock/clock';
import type { DmaChannel, DmaDevice, IsaDma } from '../dma/isa-dma';
import { SIMPLE_COMMANDS } from './commands';
import { DATA_COMMANDS } from './data-commands';
import type { FloppyDrive, FloppyDriveState } from './drive';
import * as run from './execution';
import { commandOf, DIR_CHANGED, DIR_FLOATING, DOR, DSR, REG } from './spec';
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
/** How long the medium waits for the host: a turn at 300 rpm. */
const TURN = 200 * MILLISECOND;
/** What a read of the data register gives when there is nothing in it. */
const EMPTY = 0x80;

/**
 * The Intel 82077AA diskette controller in PC-AT mode at 3F0h-3F5h and 3F7h, IRQ 6, DMA channel 2 (Intel 82077AA data sheet). Heads move
 * and sectors pass at once, as in the virtual drive of a Hyper-V machine; what a host must do in microseconds for a real medium, it may
 * do here in a turn of the diskette.
 */
export class I82077 implements PortDevice, DmaDevice, Unit<FloppySaved> {
  private state: FloppyState = powerOn();
  private readonly channel: DmaChannel;
  private readonly patience: Alarm;

  constructor(private readonly options: FloppyOptions) {
    const { ports, name, dma, clock } = options;
    this.patience = clock.alarm(`${name}/patience`, () => this.lookAfter());
    this.channel = dma.connect(DMA_CHANNEL, this);
    ports.claim(name, BASE, 6, this);
    ports.claim(name, BASE + REG.dir, 1, this);
  }

  private drive(index: number): FloppyDrive | null {
    return this.options.drives[index] ?? null;
  }

  /** The drive that the second byte of the command names. */
  private get selected(): FloppyDrive | null {
    return this.drive((this.state.command[1] ?? 0) & 3);
  }

  // --- registers -----------------------------------------------------------------------------------------------------

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
        return this.readData();
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
    else if (register === REG.fifo) this.writeData(value);
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

  // --- the data register ---------------------------------------------------------------------------------------------

  private writeData(value: number): void {
    const { phase, execution } = this.state;
    const takesDirect = registers.movesDirectly(this.state) && execution?.kind !== 'read';
    if (takesDirect) this.takeDirect(value);
    else if (registers.isRunning(this.state) && (phase === 'idle' || phase === 'command')) this.addByte(value);
    else this.state.ignored++;
  }

  private readData(): number {
    const { state } = this;
    if (registers.movesDirectly(state) && state.execution?.kind === 'read') return this.giveDirect();
    const byte = state.result.shift();
    if (byte === undefined) {
      state.ignored++;
      return EMPTY;
    }
    state.done = false;
    if (state.result.length === 0) state.phase = 'idle';
    this.drivePins();
    return byte;
  }

  private addByte(value: number): void {
    const { state } = this;
    state.command = state.phase === 'idle' ? [value] : [...state.command, value];
    state.phase = 'command';
    const { name, parameters } = commandOf(state.command[0] ?? 0);
    if (state.command.length <= parameters) return;
    const simple = SIMPLE_COMMANDS[name];
    if (simple) this.answer(simple(state, this.selected));
    else this.begin(DATA_COMMANDS[name]?.(state, this.selected) ?? null);
  }

  private answer(result: number[]): void {
    this.state.result = result;
    this.state.phase = result.length > 0 ? 'result' : 'idle';
  }

  private begin(end: run.Outcome | null): void {
    this.state.phase = 'execution';
    if (end) this.finish(end);
    else this.patience.set(this.options.clock.now() + TURN);
  }

  /** A host that has moved nothing for a turn has lost the rest: the request for a byte goes, that for the result comes. */
  private lookAfter(): void {
    const { execution } = this.state;
    if (execution && execution.moved === execution.seen) {
      this.options.interrupt.set(false);
      this.finish(run.overrun(execution));
    } else if (execution) {
      execution.seen = execution.moved;
      this.patience.set(this.options.clock.now() + TURN);
    }
  }

  private finish({ st0, st1, st2, id }: run.Outcome): void {
    this.patience.cancel();
    this.state.execution = null;
    this.state.done = true;
    this.answer([st0, st1, st2, id.c, id.h, id.r, id.n]);
    this.drivePins();
  }

  // --- the execution phase -------------------------------------------------------------------------------------------

  /** Works on what is under way with the drive that it is on; the diskette may have gone in between. */
  private execute<T>(work: (execution: run.Execution, drive: FloppyDrive) => T, otherwise: T): T {
    const { execution } = this.state;
    const drive = execution && this.drive(execution.drive);
    return execution && drive ? work(execution, drive) : otherwise;
  }

  give(most: number): Uint8Array {
    const nothing = { bytes: new Uint8Array(0), end: null };
    const { bytes, end } = this.execute((execution, drive) => run.give(execution, drive, most), nothing);
    if (end) this.finish(end);
    return bytes;
  }

  get wanted(): number {
    return this.execute(run.wanted, 0);
  }

  take(bytes: Uint8Array): void {
    const end = this.execute((execution, drive) => run.take(execution, drive, bytes), null);
    if (end) this.finish(end);
  }

  /** After bytes were moved. Without terminal count the end of the last sector is an abnormal one. */
  moved(terminal: boolean): void {
    const end = this.execute((execution, drive) => run.ending(execution, drive, terminal), null);
    if (end) this.finish(end);
  }

  /** Programmed I/O: a byte at a time through the data register. There is no terminal count this way. */
  private giveDirect(): number {
    const [byte = EMPTY] = this.give(1);
    this.moved(false);
    this.drivePins();
    return byte;
  }

  private takeDirect(value: number): void {
    this.take(Uint8Array.of(value));
    this.moved(false);
  }

  // --- the board's side ----------------------------------------------------------------------------------------------

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
