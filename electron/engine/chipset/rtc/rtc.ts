import { allOnes } from '../../base/bytes';
import type { InterruptLine } from '../../base/interrupt-line';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import type { AccessSize, PortDevice, PortSpace } from '../../bus/port-space';
import { MILLISECOND, type Alarm, type Clock, type Nanoseconds } from '../../clock/clock';
import { ticksIn, timeOf } from '../ticks';
import { SECOND_MS } from './calendar';
import { loadTime, secondsToAlarm, storeTime, TIME_REGISTERS } from './time-registers';

/** What a clock is made of. */
export interface RtcOptions {
  /** Prefix of its alarms. */
  readonly name: string;
  readonly ports: PortSpace;
  readonly clock: Clock;
  /** IRQ 8. */
  readonly interrupt: InterruptLine;
  /** The host's wall clock: milliseconds since 1970, local time without a zone. Goes on while the machine is off. */
  readonly wallClock: () => number;
}

export interface RtcState {
  /** Index ports 70h and 72h as written. */
  index: number;
  extendedIndex: number;
  /** Two banks of 128 bytes. Registers A-D and the time lie at the start of the first. */
  bytes: Uint8Array;
  /** How far the guest has set its clock from the host's, in seconds. */
  offset: number;
  /** When the flags of register C were last brought up to date. */
  seen: Nanoseconds;
}

const INDEX = 0x70;
const REG = { A: 0x0a, B: 0x0b, C: 0x0c, D: 0x0d } as const;
const B_SET = 0x80;
const FLAG = { irq: 0x80, periodic: 0x40, alarm: 0x20, update: 0x10 } as const;
const ENABLES = FLAG.periodic | FLAG.alarm | FLAG.update;
const UPDATE_MS = 2; // the update-in-progress bit is up before the second ends

function powerOn(): RtcState {
  const bytes = new Uint8Array(256);
  bytes[REG.A] = 0x26;
  bytes[REG.B] = 0x02;
  bytes[REG.D] = 0x80; // the battery is good
  return { index: 0, extendedIndex: 0, bytes, offset: 0, seen: 0 };
}

/**
 * Real-time clock and CMOS memory of the PIIX4 (82371AB data sheet, 8.8; MC146818): ports 70h/71h, upper bank at 72h/73h
 * and mirrors. The time is the host's plus what the guest has set; a battery keeps it and the memory over resets.
 */
export class Rtc implements PortDevice, Unit<RtcState> {
  private state: RtcState = powerOn();
  private readonly periodic: Alarm;
  private readonly second: Alarm; // the next update or alarm that somebody wants an interrupt for

  constructor(private readonly options: RtcOptions) {
    const { name, clock, ports } = options;
    this.periodic = clock.alarm(`${name}/periodic`, () => this.fire(), { background: true });
    this.second = clock.alarm(`${name}/second`, () => this.fire(), { background: true });
    ports.claim(name, INDEX, 8, this);
  }

  private get wall(): number {
    return this.options.wallClock() + this.state.offset * SECOND_MS;
  }

  private reg(index: number): number {
    return this.state.bytes[index] ?? 0;
  }

  portRead(port: number, size: AccessSize): number {
    if (size !== 1) return allOnes(size);
    if ((port & 1) === 0) return 0xff; // index ports cannot be read
    return this.read(this.addressAt(port));
  }

  portWrite(port: number, size: AccessSize, value: number): void {
    if (size !== 1) return;
    const isExtended = (port & 2) !== 0;
    if ((port & 1) !== 0) this.write(this.addressAt(port), value);
    else if (isExtended) this.state.extendedIndex = value & 0x7f;
    else this.state.index = value; // bit 7 masks NMI, which nothing here raises
  }

  private addressAt(port: number): number {
    return port & 2 ? 0x80 | this.state.extendedIndex : this.state.index & 0x7f;
  }

  private read(address: number): number {
    if (address === REG.A) return this.reg(REG.A) | (this.isUpdating() ? 0x80 : 0);
    if (address === REG.C) return this.readFlags();
    if (TIME_REGISTERS.includes(address) && !this.isSet()) this.bringTime();
    return this.reg(address);
  }

  private isSet(): boolean {
    return (this.reg(REG.B) & B_SET) !== 0;
  }

  private isUpdating(): boolean {
    const intoSecond = ((this.wall % SECOND_MS) + SECOND_MS) % SECOND_MS;
    return !this.isSet() && intoSecond >= SECOND_MS - UPDATE_MS;
  }

  private bringTime(): void {
    storeTime(this.state.bytes, Math.floor(this.wall / SECOND_MS));
  }

  private readFlags(): number {
    this.update();
    const flags = this.reg(REG.C);
    this.state.bytes[REG.C] = 0;
    this.options.interrupt.set(false);
    this.arm();
    return flags;
  }

  private write(address: number, value: number): void {
    if (address === REG.C || address === REG.D) return;
    if (address === REG.A || address === REG.B) return this.writeControl(address, value);
    if (!TIME_REGISTERS.includes(address)) {
      this.state.bytes[address] = value;
      if (address < REG.A) this.arm();
    } else {
      this.setTime(address, value);
    }
  }

  /** Without the SET bit a time register takes effect at once. */
  private setTime(address: number, value: number): void {
    if (!this.isSet()) this.bringTime();
    this.state.bytes[address] = value;
    if (!this.isSet()) this.takeTime();
  }

  private takeTime(): void {
    this.state.offset += loadTime(this.state.bytes) - Math.floor(this.wall / SECOND_MS);
    this.arm();
  }

  private writeControl(address: number, value: number): void {
    this.update();
    if (address === REG.A) this.state.bytes[REG.A] = value & 0x7f;
    else this.writeB(value);
    this.setInterrupt();
    this.arm();
  }

  /** SET stops the time for setting it: what the registers say when it goes is the time from then on. */
  private writeB(value: number): void {
    const wasSet = this.isSet();
    const isSet = (value & B_SET) !== 0;
    if (isSet && !wasSet) this.bringTime();
    // The format may change with the bit; the registers are read in the format that they were written in.
    if (!isSet && wasSet) this.takeTime();
    this.state.bytes[REG.B] = value;
  }

  /** Periodic interrupts a second as register A asks for; 0 for none. Rates 1 and 2 are those of 8 and 9. */
  private frequency(): number {
    const rate = this.reg(REG.A) & 0x0f;
    return rate === 0 ? 0 : 32_768 >> ((rate < 3 ? rate + 7 : rate) - 1);
  }

  /** Raises the flags for what has happened since the last time. */
  private update(): void {
    const now = this.options.clock.now();
    const { seen } = this.state;
    if (now === seen) return;
    this.state.seen = now;
    const frequency = this.frequency();
    const wallSecond = Math.floor(this.wall / SECOND_MS);
    const seconds = wallSecond - Math.floor((this.wall - (now - seen) / MILLISECOND) / SECOND_MS);
    if (ticksIn(now, frequency) !== ticksIn(seen, frequency)) this.raise(FLAG.periodic);
    if (seconds > 0 && !this.isSet()) this.raise(FLAG.update);
    const toAlarm = seconds > 0 ? secondsToAlarm(this.state.bytes, wallSecond - seconds) : null;
    if (toAlarm !== null && toAlarm <= seconds && !this.isSet()) this.raise(FLAG.alarm);
  }

  private raise(flag: number): void {
    this.state.bytes[REG.C] = this.reg(REG.C) | flag;
  }

  private fire(): void {
    this.update();
    this.setInterrupt();
    this.arm();
  }

  private setInterrupt(): void {
    const isWanted = (this.reg(REG.C) & this.reg(REG.B) & ENABLES) !== 0;
    this.state.bytes[REG.C] = (this.reg(REG.C) & ~FLAG.irq) | (isWanted ? FLAG.irq : 0);
    this.options.interrupt.set(isWanted);
  }

  /** Arms only what somebody wants an interrupt for, and nothing while one is waiting to be read. */
  private arm(): void {
    const now = this.options.clock.now();
    const isWaiting = (this.reg(REG.C) & FLAG.irq) !== 0;
    const b = isWaiting ? 0 : this.reg(REG.B);
    const frequency = b & FLAG.periodic ? this.frequency() : 0;
    if (frequency > 0) this.periodic.set(timeOf(ticksIn(now, frequency) + 1, frequency));
    else this.periodic.cancel();
    const seconds = b & B_SET ? null : b & FLAG.update ? 1 : b & FLAG.alarm ? this.toAlarm() : null;
    if (seconds === null) this.second.cancel();
    else this.second.set(now + Math.ceil((seconds * SECOND_MS - this.intoSecond()) * MILLISECOND));
  }

  private toAlarm(): number | null {
    return secondsToAlarm(this.state.bytes, Math.floor(this.wall / SECOND_MS));
  }

  /** Milliseconds since the wall clock's last full second. */
  private intoSecond(): number {
    return this.wall - Math.floor(this.wall / SECOND_MS) * SECOND_MS;
  }

  /** The battery keeps time and memory; interrupts are off. */
  reset(): void {
    const { bytes, offset } = this.state;
    bytes[REG.B] = this.reg(REG.B) & ~(ENABLES | 0x08);
    bytes[REG.C] = 0;
    this.state = { index: 0, extendedIndex: 0, bytes, offset, seen: this.options.clock.now() };
    this.options.interrupt.set(false);
    this.arm();
  }

  save(): RtcState {
    return clonePlain(this.state);
  }

  restore(saved: RtcState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    return {
      seconds: Math.floor(this.wall / SECOND_MS),
      offset: this.state.offset,
      b: this.reg(REG.B),
      c: this.reg(REG.C),
    };
  }
}
