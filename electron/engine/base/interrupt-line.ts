/**
 * A wire from a device to an interrupt controller. The device drives a level; who stands at the other end, and which
 * number the interrupt has there, is not its business.
 */
export interface InterruptLine {
  set(asserted: boolean): void;
}

/** A wire that ends nowhere. */
export const unconnectedLine: InterruptLine = { set: () => undefined };

/** Joins several devices on one level-triggered wire: asserted while at least one of them asserts. */
export class SharedLine {
  private readonly asserted: boolean[] = [];

  constructor(private readonly target: InterruptLine) {}

  /** A new input of the shared wire. */
  input(): InterruptLine {
    const index = this.asserted.push(false) - 1;
    return {
      set: (level) => {
        this.asserted[index] = level;
        this.target.set(this.asserted.includes(true));
      },
    };
  }
}
