import { allOnes } from '../../base/bytes';
import type { InterruptLine } from '../../base/interrupt-line';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import type { AccessSize, PortDevice, PortSpace } from '../../bus/port-space';

export interface UartOptions {
  readonly name: string;
  readonly ports: PortSpace;
  /** First port: 3F8h for COM1, 2F8h for COM2. */
  readonly base: number;
  /** IRQ 4 for COM1, IRQ 3 for COM2. */
  readonly interrupt: InterruptLine;
  /** Where sent bytes go. */
  readonly sink: (byte: number) => void;
}

export interface UartState {
  /** Received bytes, oldest first. */
  received: number[];
  ier: number;
  fcr: number;
  lcr: number;
  mcr: number;
  scratch: number;
  divisor: number;
  /** A byte came and found no room. */
  overrun: boolean;
  /** The transmitter has become empty and nobody has looked yet. */
  emptied: boolean;
  /** Modem status bits that changed, MSR 3:0. */
  changed: number;
  lost: number;
}

const REG = { data: 0, ier: 1, iir: 2, lcr: 3, mcr: 4, lsr: 5, msr: 6, scratch: 7 } as const;
const IER = { received: 1, empty: 2, line: 4, modem: 8 } as const;
const IIR = { none: 0x01, modem: 0x00, empty: 0x02, received: 0x04, line: 0x06, timeout: 0x0c, fifo: 0xc0 } as const;
const LSR = { ready: 0x01, overrun: 0x02, empty: 0x60 } as const;
const LCR_DLAB = 0x80;
const MCR = { rts: 0x02, out2: 0x08, loop: 0x10 } as const;
const FIFO_BYTES = 16;
/** CTS, DSR and DCD: somebody is at the other end. */
const MODEM_LINES = 0xb0;

function powerOn(): UartState {
  return {
    received: [],
    ier: 0,
    fcr: 0,
    lcr: 0,
    mcr: 0,
    scratch: 0,
    divisor: 0x0c,
    overrun: false,
    emptied: false,
    changed: 0,
    lost: 0,
  };
}

/** A 16550A (National Semiconductor PC16550D data sheet). A byte is sent the moment it is written. */
export class Uart16550 implements PortDevice, Unit<UartState> {
  private state: UartState = powerOn();

  constructor(private readonly options: UartOptions) {
    options.ports.claim(options.name, options.base, 8, this);
  }

  /** Bytes from the other end. What the FIFO cannot hold is lost, as on a wire without flow control. */
  receive(bytes: Iterable<number>): void {
    for (const byte of bytes) this.receiveOne(byte & 0xff);
    this.update();
  }

  /** Bytes that the receiver can take now. */
  get room(): number {
    return (this.hasFifo ? FIFO_BYTES : 1) - this.state.received.length;
  }

  private get hasFifo(): boolean {
    return (this.state.fcr & 1) !== 0;
  }

  private receiveOne(byte: number): void {
    const { state } = this;
    if (this.room > 0) state.received.push(byte);
    else Object.assign(state, { overrun: true, lost: state.lost + 1 });
  }

  portRead(port: number, size: AccessSize): number {
    if (size !== 1) return allOnes(size);
    const value = this.read(port - this.options.base);
    this.update();
    return value;
  }

  private read(register: number): number {
    const { state } = this;
    const hasDivisor = (state.lcr & LCR_DLAB) !== 0;
    if (register === REG.data) return hasDivisor ? state.divisor & 0xff : (state.received.shift() ?? 0);
    if (register === REG.ier) return hasDivisor ? state.divisor >> 8 : state.ier;
    if (register === REG.iir) return this.identify();
    if (register === REG.lcr) return state.lcr;
    if (register === REG.mcr) return state.mcr;
    if (register === REG.lsr) return this.lineStatus();
    return register === REG.msr ? this.modemStatus() : state.scratch;
  }

  /** Reading the identification answers an empty transmitter. */
  private identify(): number {
    const cause = this.cause();
    if (cause === IIR.empty) this.state.emptied = false;
    return cause | (this.hasFifo ? IIR.fifo : 0);
  }

  private lineStatus(): number {
    const { received, overrun } = this.state;
    this.state.overrun = false;
    return LSR.empty | (received.length > 0 ? LSR.ready : 0) | (overrun ? LSR.overrun : 0);
  }

  private modemStatus(): number {
    const changes = this.state.changed;
    this.state.changed = 0;
    return this.modemLines() | changes;
  }

  /** In loopback the outputs DTR, RTS, OUT1 and OUT2 come back as DSR, CTS, RI and DCD. */
  private modemLines(): number {
    const { mcr } = this.state;
    if ((mcr & MCR.loop) === 0) return MODEM_LINES;
    return ((mcr & 0x0c) << 4) | ((mcr & MCR.rts) << 3) | ((mcr & 1) << 5);
  }

  portWrite(port: number, size: AccessSize, value: number): void {
    if (size !== 1) return;
    this.write(port - this.options.base, value);
    this.update();
  }

  private write(register: number, value: number): void {
    const { state } = this;
    const hasDivisor = (state.lcr & LCR_DLAB) !== 0;
    if (register === REG.data && hasDivisor) state.divisor = (state.divisor & 0xff00) | value;
    else if (register === REG.data) this.send(value);
    else if (register === REG.ier && hasDivisor) state.divisor = (state.divisor & 0x00ff) | (value << 8);
    else if (register === REG.ier) this.enable(value);
    else if (register === REG.iir) this.controlFifo(value);
    else if (register === REG.lcr) state.lcr = value;
    else if (register === REG.mcr) this.controlModem(value);
    else if (register === REG.scratch) state.scratch = value;
  }

  private send(byte: number): void {
    this.state.emptied = true;
    if (this.state.mcr & MCR.loop) this.receiveOne(byte);
    else this.options.sink(byte);
  }

  /** Enabling the interrupt of an empty transmitter raises it. */
  private enable(value: number): void {
    const rising = value & ~this.state.ier;
    this.state.ier = value & 0x0f;
    if (rising & IER.empty) this.state.emptied = true;
  }

  private controlFifo(value: number): void {
    const changes = ((value ^ this.state.fcr) & 1) !== 0;
    this.state.fcr = value & 0xc9;
    if (changes || (value & 2) !== 0) this.state.received = [];
  }

  private controlModem(value: number): void {
    const before = this.modemLines();
    this.state.mcr = value & 0x1f;
    const after = this.modemLines();
    const ringEnded = before & ~after & 0x40; // of the ring indicator only its end is reported
    this.state.changed |= (((before ^ after) & 0xb0) | ringEnded) >> 4;
  }

  /** The most urgent cause of an interrupt. */
  private cause(): number {
    const { ier, overrun, received, emptied, changed } = this.state;
    if (ier & IER.line && overrun) return IIR.line;
    if (ier & IER.received && received.length > 0)
      return received.length >= this.trigger() ? IIR.received : IIR.timeout;
    if (ier & IER.empty && emptied) return IIR.empty;
    return ier & IER.modem && changed ? IIR.modem : IIR.none;
  }

  private trigger(): number {
    return this.hasFifo ? ([1, 4, 8, 14][this.state.fcr >> 6] ?? 1) : 1;
  }

  /** On a PC the output OUT2 lets the interrupt through to the bus. */
  private update(): void {
    const isOpen = (this.state.mcr & (MCR.out2 | MCR.loop)) === MCR.out2;
    this.options.interrupt.set(isOpen && this.cause() !== IIR.none);
  }

  reset(): void {
    this.state = powerOn();
    this.update();
  }

  save(): UartState {
    return clonePlain(this.state);
  }

  restore(saved: UartState): void {
    this.state = clonePlain(saved);
    this.update();
  }

  inspect(): InspectNode {
    const { received, ier, lcr, mcr, divisor, lost } = this.state;
    return { waiting: received.length, ier, lcr, mcr, divisor, lost };
  }
}
