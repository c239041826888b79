/**
 * A wire from a device to an interrupt controller. The device drives a level; who stands at the other end, and which
 * number the interrupt has there, is not its business.
 */
export interface InterruptLine {
  set(asserted: boolean): void;
}

/** A wire that ends nowhere. */
export const unconnectedLine: InterruptLine = { set: () => undefined };
