import type { InterruptLine } from '../../base/interrupt-line';

/** Interrupts of the 8259 pair that a PIRQ may be routed to. */
const ROUTABLE = new Set([3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15]);
const DISABLED = 0x80;

/**
 * The PIIX4's interrupt steering (82371AB data sheet, 4.1.10, PIRQRC[A:D]): four level-triggered wires from the PCI slots,
 * each led to one input of the 8259 pair, or to none. On this board pin INTA of every slot is wired to PIRQA, INTB to PIRQB
 * and so on: on a virtual board nothing is gained by swizzling. What the wires carry belongs to the devices, which
 * drive them again after a restore.
 */
export class PirqRouter {
  private readonly inputs: { readonly pirq: number; asserted: boolean }[] = [];
  private routes: readonly number[] = [DISABLED, DISABLED, DISABLED, DISABLED];

  /** @param irq the wire to input n of the 8259 pair */
  constructor(private readonly irq: (input: number) => InterruptLine) {}

  /** The wire of a slot's interrupt pin, 1 INTA … 4 INTD. */
  line(pin: number): InterruptLine {
    const input = { pirq: (pin - 1) & 3, asserted: false };
    this.inputs.push(input);
    return {
      set: (asserted) => {
        input.asserted = asserted;
        this.drive(this.target(input.pirq));
      },
    };
  }

  /** Takes the four PIRQRC registers over; a line that is up moves with its route. */
  route(registers: readonly number[]): void {
    const before = [0, 1, 2, 3].map((pirq) => this.target(pirq));
    this.routes = registers;
    const after = [0, 1, 2, 3].map((pirq) => this.target(pirq));
    for (const target of new Set([...before, ...after])) this.drive(target);
  }

  /** Input of the 8259 pair that `pirq` leads to, or -1. */
  private target(pirq: number): number {
    const register = this.routes[pirq] ?? DISABLED;
    const irq = register & 0x0f;
    return (register & DISABLED) === 0 && ROUTABLE.has(irq) ? irq : -1;
  }

  private drive(irq: number): void {
    if (irq < 0) return;
    this.irq(irq).set(this.inputs.some(({ pirq, asserted }) => asserted && this.target(pirq) === irq));
  }
}
