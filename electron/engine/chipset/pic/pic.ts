import type { InterruptLine } from '../../base/interrupt-line';
import { allOnes } from '../../base/bytes';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import type { AccessSize, PortDevice, PortSpace } from '../../bus/port-space';
import type { ExternalInterrupts } from '../../hypervisor/external-interrupts';
import { TraceKind } from '../../trace/kinds';
import type { Trace } from '../../trace/trace';
import * as chip from './i8259';

/** What a pair of controllers is made of. */
export interface PicOptions {
  /** Actor in the trace. */
  readonly name: string;
  readonly ports: PortSpace;
  readonly trace: Trace;
}

export interface PicState {
  master: chip.I8259State;
  slave: chip.I8259State;
  /** INTR as the processor sees it. */
  output: boolean;
  spurious: number;
}

const MASTER = 0x20;
const SLAVE = 0xa0;
const ELCR = 0x4d0;
/** Inputs that are edge triggered by their nature: timer, keyboard, cascade; real-time clock, coprocessor. */
const ELCR_MASK_MASTER = 0xf8;
const ELCR_MASK_SLAVE = 0xde;

function powerOn(): PicState {
  return { master: chip.powerOn(), slave: chip.powerOn(), output: false, spurious: 0 };
}

/**
 * The two cascaded 8259A controllers of the PIIX4 (82371AB data sheet, 8.5) with their edge/level control registers.
 * Devices drive inputs 0-15 through `line`; the processor's side is `ExternalInterrupts`.
 */
export class Pic implements PortDevice, ExternalInterrupts, Unit<PicState> {
  private state: PicState = powerOn();
  private listener: () => void = () => undefined;
  private readonly watchers: { irq: number; listener: (isOpen: boolean) => void }[] = [];
  private readonly actor: number;

  constructor(private readonly options: PicOptions) {
    this.actor = options.trace.actor(options.name);
    for (const base of [MASTER, SLAVE, ELCR]) options.ports.claim(options.name, base, 2, this);
  }

  /** The wire to input `irq`, 0-15. Input 2 is the cascade and leads nowhere. */
  line(irq: number): InterruptLine {
    return { set: (asserted) => this.drive(irq, asserted) };
  }

  /** Calls `listener` now and whenever input `irq` is masked or unmasked: who drives it may then spare the edges. */
  watch(irq: number, listener: (isOpen: boolean) => void): void {
    this.watchers.push({ irq, listener });
    listener(this.isOpen(irq));
  }

  private isOpen(irq: number): boolean {
    const { imr } = irq < 8 ? this.state.master : this.state.slave;
    return (imr & (1 << (irq & 7))) === 0;
  }

  private drive(irq: number, asserted: boolean): void {
    if (irq === chip.CASCADE) return;
    const { master, slave } = this.state;
    const target = irq < 8 ? master : slave;
    const bit = 1 << (irq & 7);
    if (asserted === ((target.lines & bit) !== 0)) return;
    if (asserted) this.options.trace.record(this.actor, TraceKind.InterruptRaised, irq, 1);
    chip.drive(target, irq & 7, asserted);
    this.settle();
  }

  /** Lets the slave's output reach the master and the master's the processor. */
  private settle(): void {
    const { master, slave, output } = this.state;
    const cascade = 1 << chip.CASCADE;
    master.irr = chip.request(slave, false) >= 0 ? master.irr | cascade : master.irr & ~cascade;
    this.state.output = chip.request(master, true) >= 0;
    if (this.state.output !== output) this.listener();
  }

  pending(): boolean {
    return this.state.output;
  }

  acknowledge(): number {
    const { master, slave } = this.state;
    const isSpurious = !this.state.output;
    const input = chip.acknowledge(master, true);
    const isCascade = !isSpurious && input === chip.CASCADE;
    const vector = isCascade ? slave.base | chip.acknowledge(slave, false) : master.base | input;
    if (isSpurious) this.state.spurious++;
    this.settle();
    return vector;
  }

  onChange(listener: () => void): void {
    this.listener = listener;
  }

  portRead(port: number, size: AccessSize): number {
    if (size !== 1) return allOnes(size);
    const { master, slave } = this.state;
    if (port === ELCR) return master.levels;
    if (port === ELCR + 1) return slave.levels;
    const isMaster = port < SLAVE;
    const target = isMaster ? master : slave;
    if (port & 1) return target.imr;
    const value = chip.readCommand(target, isMaster);
    this.settle();
    return value;
  }

  portWrite(port: number, size: AccessSize, value: number): void {
    const before = this.watchers.map(({ irq }) => this.isOpen(irq));
    // A word at a command port reaches both controllers: what an enlightened guest uses to end a cascaded interrupt.
    if (size === 2 && (port === MASTER || port === SLAVE)) {
      this.writeByte(port, value & 0xff);
      this.writeByte(port === MASTER ? SLAVE : MASTER, value >>> 8);
    } else if (size === 1) {
      this.writeByte(port, value);
    }
    this.settle();
    this.watchers.forEach(({ irq, listener }, i) => {
      if (this.isOpen(irq) !== before[i]) listener(this.isOpen(irq));
    });
  }

  private writeByte(port: number, value: number): void {
    const { master, slave } = this.state;
    const target = port < SLAVE ? master : slave;
    if (port === ELCR) chip.setTriggers(master, value & ELCR_MASK_MASTER);
    else if (port === ELCR + 1) chip.setTriggers(slave, value & ELCR_MASK_SLAVE);
    else if (port & 1) chip.writeData(target, value);
    else chip.writeCommand(target, value);
  }

  reset(): void {
    this.state = powerOn();
    this.listener();
    for (const { listener } of this.watchers) listener(false);
  }

  save(): PicState {
    return clonePlain(this.state);
  }

  restore(saved: PicState): void {
    this.state = clonePlain(saved);
    this.listener();
  }

  inspect(): InspectNode {
    const { master, slave, output, spurious } = this.state;
    return { intr: output, spurious, master: { ...master }, slave: { ...slave } };
  }
}
