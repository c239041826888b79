import type { FramePort } from '../../base/backends';
import type { InterruptLine } from '../../base/interrupt-line';
import type { BusMaster } from '../../bus/bus-master';
import type { Alarm, Clock } from '../../clock/clock';
import { COST } from '../../trace/cost';
import { RDES0_LOOPBACK } from './descriptors';
import { acknowledge, summarise } from './interrupts';
import { pollReceive, receiveFrame } from './receive';
import * as Reg from './registers';
import { CSR, MODE, RECEIVE_STATE, STATUS, TRANSMIT_STATE } from './registers';
import { driveSrom } from './srom';
import { freshCounters, freshState, type Card, type CardState } from './state';
import { autoPollPeriod, timerPeriod } from './timing';
import { DESCRIPTORS_PER_POLL, transmit } from './transmit';

/** What the registers act on. */
export interface CsrWiring {
  readonly name: string;
  /** Contents of the serial ROM. */
  readonly image: Uint8Array;
  readonly dma: BusMaster;
  readonly interrupt: InterruptLine;
  readonly clock: Clock;
  readonly port: FramePort;
}

/** Nanoseconds until a list longer than one share of work goes on: what the share's descriptor accesses cost the host. */
const SHARE_TIME = DESCRIPTORS_PER_POLL * 2 * COST.copyStart;

/** The CSRs of one adapter (21140A HRM, 3.2) and the effect of reading and writing each. */
export class CsrFile implements Card {
  state: CardState = freshState(freshCounters());
  readonly dma: BusMaster;
  private readonly timer: Alarm;
  private readonly poll: Alarm; // the rest of a long transmit list, or the next automatic poll

  constructor(private readonly wiring: CsrWiring) {
    const { name, clock } = wiring;
    this.dma = wiring.dma;
    this.timer = clock.alarm(`${name}/timer`, () => this.timerExpired(), { background: true });
    this.poll = clock.alarm(`${name}/poll`, () => this.pollTransmit(), { background: true });
  }

  private csr(index: number): number {
    return this.state.csr[index] ?? 0;
  }

  /** What a read of CSR `index` gives, with its side effects. */
  read(index: number): number {
    if (index === CSR.Status) return this.readStatus();
    if (index === CSR.MissedFrames) return this.readMissed();
    if (index === CSR.Rom) return this.readRom();
    if (index === CSR.Timer) return this.readTimer();
    if (index === CSR.GeneralPurpose) return this.readPins();
    return this.csr(index);
  }

  private readStatus(): number {
    const { transmit, receive } = this.state;
    return (this.csr(CSR.Status) | (receive.process << 17) | (transmit.process << 20) | 0xfc00_0000) >>> 0;
  }

  private readMissed(): number {
    const missed = this.csr(CSR.MissedFrames);
    this.state.csr[CSR.MissedFrames] = 0;
    return missed;
  }

  private readRom(): number {
    const { MDI, DO } = Reg.ROM; // no PHY pulls MDI down
    return ((this.csr(CSR.Rom) & ~DO) | MDI | (this.state.srom.output ? DO : 0)) >>> 0;
  }

  private readTimer(): number {
    const { period, continuous } = this.state.timer;
    const left = this.timer.due === null ? 0 : Math.ceil((this.timer.due - this.wiring.clock.now()) / period);
    return (0xfffe_0000 | (continuous ? 0x1_0000 : 0) | left) >>> 0;
  }

  /** Pins that are outputs read as they were written; of the inputs, one shows the link. */
  private readPins(): number {
    const { outputs, levels } = this.state.pins;
    const inputs = this.linkUp ? Reg.PINS_IDLE : Reg.PINS_IDLE & ~Reg.PIN_LINK;
    return (levels & outputs) | (inputs & ~outputs);
  }

  /** A write of CSR `index`, with its effects. */
  write(index: number, value: number): void {
    if (index === CSR.BusMode) this.writeBusMode(value);
    else if (index === CSR.TransmitPoll) this.pollTransmit();
    else if (index === CSR.ReceivePoll) pollReceive(this);
    else if (index === CSR.ReceiveList) this.state.receive.current = this.setList(index, value);
    else if (index === CSR.TransmitList) this.state.transmit.current = this.setList(index, value);
    else if (index === CSR.Status) this.writeStatus(value);
    else if (index === CSR.OperationMode) this.writeMode(value);
    else if (index === CSR.InterruptEnable) this.enableInterrupts(value);
    else if (index === CSR.Rom) this.writeRom(value);
    else if (index === CSR.Timer) this.writeTimer(value);
    else if (index === CSR.GeneralPurpose) this.writePins(value);
    else if (index !== CSR.MissedFrames) this.state.csr[index] = value;
  }

  private setList(index: number, value: number): number {
    const base = (value & ~3) >>> 0;
    this.state.csr[index] = base;
    return base;
  }

  private writeBusMode(value: number): void {
    if (value & Reg.CSR0_SWR) return this.resetRegisters();
    this.state.csr[CSR.BusMode] = (value & Reg.CSR0_WRITABLE) | 0xfe00_0000;
  }

  private writeStatus(value: number): void {
    acknowledge(this.state.csr, value);
    this.updateInterrupt();
  }

  private enableInterrupts(value: number): void {
    this.state.csr[CSR.InterruptEnable] = (value & Reg.STATUS_CLEARABLE) | 0xfffe_0000;
    this.updateInterrupt();
  }

  private writeRom(value: number): void {
    this.state.csr[CSR.Rom] = (value & 0x000f_ffff) | 0xfff0_0000;
    driveSrom(this.state.srom, this.wiring.image, value);
  }

  private writePins(value: number): void {
    const { pins } = this.state;
    if (value & Reg.CSR12_DIRECTION) pins.outputs = value & 0xff;
    else pins.levels = value & 0xff;
  }

  private writeMode(value: number): void {
    const readOnly = this.csr(CSR.OperationMode) & Reg.MODE_READ_ONLY;
    this.state.csr[CSR.OperationMode] = (value & ~Reg.MODE_READ_ONLY) | readOnly | MODE.MBO;
    this.switchReceive((value & MODE.SR) !== 0);
    this.switchTransmit((value & MODE.ST) !== 0);
  }

  /** Starting looks at the first descriptor; stopping is immediate, since nothing is ever half received. */
  private switchReceive(on: boolean): void {
    const { receive, dead } = this.state;
    const isOn = receive.process !== RECEIVE_STATE.Stopped;
    if (on === isOn || dead) return;
    receive.process = on ? RECEIVE_STATE.Waiting : RECEIVE_STATE.Stopped;
    if (on) pollReceive(this);
    else this.raise(STATUS.RPS);
  }

  /** Each write that leaves the process on examines the list, as a start command does. */
  private switchTransmit(on: boolean): void {
    const process = this.state.transmit;
    const isOn = process.process !== TRANSMIT_STATE.Stopped;
    if (on && !isOn && !this.state.dead) process.process = TRANSMIT_STATE.Fetching;
    if (on) return this.pollTransmit();
    if (!isOn) return;
    process.process = TRANSMIT_STATE.Stopped;
    this.raise(STATUS.TPS);
  }

  private pollTransmit(): void {
    const isLeft = transmit(this);
    const period = isLeft ? SHARE_TIME : this.automaticPoll();
    if (period > 0) this.poll.set(this.wiring.clock.now() + period);
    else this.poll.cancel();
  }

  private automaticPoll(): number {
    return this.state.transmit.process === TRANSMIT_STATE.Suspended ? autoPollPeriod(this.csr(CSR.BusMode)) : 0;
  }

  private writeTimer(value: number): void {
    const ticks = value & 0xffff;
    const period = timerPeriod(this.csr(CSR.OperationMode));
    this.state.timer = { ticks, period, continuous: (value & 0x1_0000) !== 0 };
    if (ticks === 0) this.timer.cancel();
    else this.timer.set(this.wiring.clock.now() + ticks * period);
  }

  private timerExpired(): void {
    const { ticks, period, continuous } = this.state.timer;
    if (continuous) this.timer.set(this.wiring.clock.now() + ticks * period);
    this.raise(STATUS.GTE);
  }

  get linkUp(): boolean {
    return this.wiring.port.linkUp;
  }

  raise(bits: number): void {
    this.state.csr[CSR.Status] = this.csr(CSR.Status) | bits;
    this.updateInterrupt();
  }

  busError(): void {
    this.state.dead = true;
    this.state.counters.busErrors++;
    this.state.transmit.process = TRANSMIT_STATE.Stopped;
    this.state.receive.process = RECEIVE_STATE.Stopped;
    this.raise(STATUS.FBE | Reg.BUS_ERROR_MASTER_ABORT);
  }

  emit(frame: Uint8Array): void {
    const loopback = this.csr(CSR.OperationMode) & MODE.OM;
    const isInternal = loopback === Reg.INTERNAL_LOOPBACK;
    this.state.counters.sent++;
    if (!isInternal) this.wiring.port.send(frame);
    if (loopback) receiveFrame(this, frame, isInternal ? RDES0_LOOPBACK.internal : RDES0_LOOPBACK.external);
  }

  private updateInterrupt(): void {
    const level = summarise(this.state.csr);
    if (level === this.state.interrupt) return;
    this.state.interrupt = level;
    this.wiring.interrupt.set(level);
  }

  /** Puts every register to its reset value. Counters go on. */
  resetRegisters(): void {
    this.timer.cancel();
    this.poll.cancel();
    this.state = freshState(this.state.counters);
    this.wiring.interrupt.set(false);
  }

  /** Takes over a saved state; the clock brings the alarms back. */
  takeOver(state: CardState): void {
    this.state = state;
    this.wiring.interrupt.set(state.interrupt);
  }
}
