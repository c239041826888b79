import type { Processor } from '../../hypervisor/processor';
import { programPic } from '../firmware/board';

/** First vector of the sixteen board interrupts. */
export const IRQ_VECTORS = 0x30;
const SLAVE_VECTORS = IRQ_VECTORS + 8;
const END_OF_INTERRUPT = 0x20;
const READ_IN_SERVICE = 0x0b;

/** Which board interrupts are let through, and how often each came. Plain. */
export interface InterruptsState {
  /** Bit n set: IRQ n is masked. */
  mask: number;
  counts: number[];
  /** Interrupts that came from the hypervisor and not from the board. */
  hypervisor: number;
  /** Interrupts in a row that no driver claimed. */
  unclaimed: number;
}

export function newInterrupts(): InterruptsState {
  return { mask: 0xfffb, counts: new Array<number>(16).fill(0), hypervisor: 0, unclaimed: 0 };
}

/** The kernel's use of the two 8259s (Intel 8259A data sheet; IRQ 2 is the cascade). */
export class Interrupts {
  constructor(
    private readonly processor: Processor,
    private readonly state: InterruptsState,
  ) {}

  /** Moves the vectors to where the kernel wants them; only the cascade is open. */
  initialise(): void {
    programPic(this.processor, IRQ_VECTORS, SLAVE_VECTORS);
    this.writeMask();
  }

  enable(irq: number): void {
    this.state.mask &= ~(1 << irq);
    this.writeMask();
  }

  disable(irq: number): void {
    this.state.mask |= 1 << irq;
    this.writeMask();
  }

  disableAll(): void {
    this.state.mask = 0xffff;
    this.writeMask();
  }

  private writeMask(): void {
    this.processor.portWrite(0x21, 1, this.state.mask & 0xff);
    this.processor.portWrite(0xa1, 1, (this.state.mask >> 8) & 0xff);
  }

  /** The IRQ of a vector, or null when it is none of the board's, or a spurious one. */
  irqOf(vector: number): number | null {
    const irq = vector - IRQ_VECTORS;
    if (irq < 0 || irq > 15) return null;
    if (irq % 8 === 7 && !this.inService(irq)) {
      if (irq === 15) this.processor.portWrite(0x20, 1, END_OF_INTERRUPT); // the master did see the cascade
      return null;
    }
    this.state.counts[irq] = (this.state.counts[irq] ?? 0) + 1;
    return irq;
  }

  private inService(irq: number): boolean {
    const port = irq < 8 ? 0x20 : 0xa0;
    this.processor.portWrite(port, 1, READ_IN_SERVICE);
    return (this.processor.portRead(port, 1) & 0x80) !== 0;
  }

  end(irq: number): void {
    if (irq >= 8) this.processor.portWrite(0xa0, 1, END_OF_INTERRUPT);
    this.processor.portWrite(0x20, 1, END_OF_INTERRUPT);
  }
}
