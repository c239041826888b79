import { allOnes } from '../../base/bytes';
import type { InterruptLine } from '../../base/interrupt-line';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import type { AccessSize, PortDevice, PortSpace } from '../../bus/port-space';
import type { Alarm, Clock, Nanoseconds } from '../../clock/clock';
import { ticksIn } from '../ticks';
import * as unit from './counter';

/** What a timer is made of. */
export interface PitOptions {
  /** Prefix of its alarm. */
  readonly name: string;
  readonly ports: PortSpace;
  readonly clock: Clock;
  /** IRQ 0. */
  readonly interrupt: InterruptLine;
}

export interface PitState {
  counters: unit.CounterState[];
  /** Port 61h bits 3:0: gate of counter 2, speaker, parity and channel check. */
  control: number;
  /** Somebody takes IRQ 0. While nobody does, its edges are not made, only counted. */
  observed: boolean;
  /** When counter 0 was last looked at. */
  seen: Nanoseconds;
}

const COUNTERS = 0x40;
const CONTROL = 0x43;
const SYSTEM_CONTROL = 0x61;
/** The refresh request toggles this often a second: counter 1 with a count of 18. */
const REFRESH_HZ = 66_288;
/** Edges that follow more closely than this are merged: the controller would still hold the request of the one before. */
const CLOSEST_EDGES = 100_000;

function powerOn(): PitState {
  return { counters: [true, true, false].map(unit.powerOnCounter), control: 0, observed: true, seen: 0 };
}

/**
 * The 8254 of a PC at ports 40h-43h (Intel 8254 data sheet) and port 61h. Counter 0 interrupts, counter 2's gate and
 * output are in port 61h.
 */
export class Pit implements PortDevice, Unit<PitState> {
  private state: PitState = powerOn();
  private readonly tick: Alarm;

  constructor(private readonly options: PitOptions) {
    this.tick = options.clock.alarm(`${options.name}/tick`, () => this.pulse(), { background: true });
    options.ports.claim(options.name, COUNTERS, 4, this);
    options.ports.claim(options.name, SYSTEM_CONTROL, 1, this);
  }

  /** Says whether IRQ 0 is unmasked. An edge that was missed in between is made up for, as the controller would have kept it. */
  setObserved(observed: boolean): void {
    const { state } = this;
    if (observed === state.observed) return;
    state.observed = observed;
    const [counter] = state.counters;
    const wasMissed =
      observed && counter && unit.edgesUntil(counter, this.now()) > unit.edgesUntil(counter, state.seen);
    if (wasMissed) this.edge();
    state.seen = this.now();
    this.arm();
  }

  private now(): Nanoseconds {
    return this.options.clock.now();
  }

  /** Counter 0's output rises. Its low time before is too short for anybody to see. */
  private pulse(): void {
    this.edge();
    this.state.seen = this.now();
    this.arm();
  }

  private edge(): void {
    this.options.interrupt.set(false);
    this.options.interrupt.set(true);
  }

  private arm(): void {
    const { counters, observed, seen } = this.state;
    const [counter] = counters;
    const due = counter && observed ? unit.nextEdge(counter, this.now(), seen + CLOSEST_EDGES) : null;
    if (due === null) this.tick.cancel();
    else this.tick.set(due);
  }

  portRead(port: number, size: AccessSize): number {
    if (size !== 1) return allOnes(size);
    if (port === SYSTEM_CONTROL) return this.readSystemControl();
    const counter = this.state.counters[port - COUNTERS];
    return counter ? unit.readByte(counter, this.now()) : 0xff;
  }

  private readSystemControl(): number {
    const speaker = this.state.counters[2];
    const refresh = ticksIn(this.now(), REFRESH_HZ) & 1;
    const out = speaker && unit.output(speaker, this.now());
    return this.state.control | (refresh << 4) | (out ? 0x20 : 0);
  }

  portWrite(port: number, size: AccessSize, value: number): void {
    if (size !== 1) return;
    if (port === SYSTEM_CONTROL) this.writeSystemControl(value);
    else if (port === CONTROL) this.writeControl(value);
    else this.writeCounter(port - COUNTERS, value);
  }

  private writeSystemControl(value: number): void {
    this.state.control = value & 0x0f;
    const speaker = this.state.counters[2];
    if (speaker) unit.setGate(speaker, (value & 1) !== 0, this.now());
  }

  private writeControl(value: number): void {
    const select = value >> 6;
    const counter = this.state.counters[select];
    if (select === 3) return this.readBack(value);
    if (!counter) return;
    if ((value & 0x30) === 0) return unit.latchCount(counter, this.now());
    unit.configure(counter, value);
    if (select === 0) this.restart();
  }

  private readBack(value: number): void {
    this.state.counters.forEach((counter, index) => {
      if ((value & (2 << index)) === 0) return;
      if ((value & 0x20) === 0) unit.latchCount(counter, this.now());
      if ((value & 0x10) === 0) unit.latchStatus(counter, this.now());
    });
  }

  private writeCounter(index: number, value: number): void {
    const counter = this.state.counters[index];
    if (!counter) return;
    const isComplete = unit.writeCount(counter, value, this.now());
    if (isComplete && index === 0) this.restart();
  }

  /** Counter 0 was programmed: its output is where the mode puts it, and the next edge is another one. */
  private restart(): void {
    const [counter] = this.state.counters;
    this.options.interrupt.set(counter !== undefined && unit.output(counter, this.now()));
    this.state.seen = this.now();
    this.arm();
  }

  reset(): void {
    this.state = { ...powerOn(), observed: this.state.observed };
    this.tick.cancel();
    this.options.interrupt.set(false);
  }

  save(): PitState {
    return clonePlain(this.state);
  }

  /** The clock brings the alarm back. */
  restore(saved: PitState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    const now = this.now();
    const counters = this.state.counters.map((counter) => ({
      mode: counter.mode,
      reload: counter.reload,
      count: unit.count(counter, now),
      output: unit.output(counter, now),
    }));
    return { counters, control: this.state.control, nextTick: this.tick.due };
  }
}
