import { MILLISECOND, type Alarm, type Clock } from '../../clock/clock';
import type { DmaDevice } from '../dma/isa-dma';
import { SIMPLE_COMMANDS } from './commands';
import { DATA_COMMANDS } from './data-commands';
import type { FloppyDrive } from './drive';
import * as run from './execution';
import { commandOf } from './spec';
import { isRunning, movesDirectly, type FloppyState } from './state';

/** What the command cycle needs of the controller that it is a part of. */
export interface CommandChip {
  readonly name: string;
  readonly clock: Clock;
  state(): FloppyState;
  drive(index: number): FloppyDrive | null;
  /** The state has changed: interrupt and DMA request follow. */
  drivePins(): void;
  /** The request for a byte that came by the interrupt line goes. */
  withdrawInterrupt(): void;
}

/** How long the medium waits for the host: a turn at 300 rpm. */
const TURN = 200 * MILLISECOND;
/** What a read of the data register gives when there is nothing in it. */
const EMPTY = 0x80;

/**
 * The three phases of a command (Intel 82077AA data sheet): its bytes come in through the data register, those of the sectors move
 * through it or by DMA, its result goes out through it. What each command does is in `commands` and `data-commands`.
 */
export class CommandCycle implements DmaDevice {
  private readonly patience: Alarm;

  constructor(private readonly chip: CommandChip) {
    this.patience = chip.clock.alarm(`${chip.name}/patience`, () => this.lookAfter());
  }

  private get state(): FloppyState {
    return this.chip.state();
  }

  /** The drive that the second byte of the command names. */
  private get selected(): FloppyDrive | null {
    return this.chip.drive((this.state.command[1] ?? 0) & 3);
  }

  // --- the data register ---------------------------------------------------------------------------------------------

  /** A byte of the host's for the data register: of a command, or of the sectors that it writes. The pins are not driven after it. */
  writeData(value: number): void {
    const { phase, execution } = this.state;
    const takesDirect = movesDirectly(this.state) && execution?.kind !== 'read';
    if (takesDirect) this.takeDirect(value);
    else if (isRunning(this.state) && (phase === 'idle' || phase === 'command')) this.addByte(value);
    else this.state.ignored++;
  }

  /** What a read of the data register gives. */
  readData(): number {
    const { state } = this;
    if (movesDirectly(state) && state.execution?.kind === 'read') return this.giveDirect();
    const byte = state.result.shift();
    if (byte === undefined) {
      state.ignored++;
      return EMPTY;
    }
    state.done = false;
    if (state.result.length === 0) state.phase = 'idle';
    this.chip.drivePins();
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
    else this.patience.set(this.chip.clock.now() + TURN);
  }

  /** A host that has moved nothing for a turn has lost the rest: the request for a byte goes, that for the result comes. */
  private lookAfter(): void {
    const { execution } = this.state;
    if (execution && execution.moved === execution.seen) {
      this.chip.withdrawInterrupt();
      this.finish(run.overrun(execution));
    } else if (execution) {
      execution.seen = execution.moved;
      this.patience.set(this.chip.clock.now() + TURN);
    }
  }

  private finish({ st0, st1, st2, id }: run.Outcome): void {
    this.patience.cancel();
    this.state.execution = null;
    this.state.done = true;
    this.answer([st0, st1, st2, id.c, id.h, id.r, id.n]);
    this.chip.drivePins();
  }

  // --- the execution phase -------------------------------------------------------------------------------------------

  /** Works on what is under way with the drive that it is on; the diskette may have gone in between. */
  private execute<T>(work: (execution: run.Execution, drive: FloppyDrive) => T, otherwise: T): T {
    const { execution } = this.state;
    const drive = execution && this.chip.drive(execution.drive);
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
    this.chip.drivePins();
    return byte;
  }

  private takeDirect(value: number): void {
    this.take(Uint8Array.of(value));
    this.moved(false);
  }
}
