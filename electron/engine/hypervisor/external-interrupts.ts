/**
 * An interrupt controller outside the processor (the 8259A pair of the board) as the processor's INTR pin sees it.
 * Intel 8259A data sheet, "Interrupt sequence": the processor answers INTR with an acknowledge cycle and gets the vector.
 */
export interface ExternalInterrupts {
  /** True while INTR is asserted. */
  pending(): boolean;
  /** The acknowledge cycle: the vector of the most urgent request. A spurious one when none is left. */
  acknowledge(): number;
  /** Calls `listener` whenever INTR may have changed. One listener. */
  onChange(listener: () => void): void;
}

/**
 * Takes delivery over from the model of the local APIC: the adapter of a processor that has a local APIC of its own.
 * A vector handed over here is not offered by `takeInterrupt`.
 */
export interface InterruptSink {
  /**
   * Raise `vector` (16-255) as an edge. With `autoEoi` the hypervisor ends the interrupt itself: it never gets an
   * in-service bit. TLFS, "SINTx Registers", AutoEOI.
   */
  request(vector: number, autoEoi: boolean): void;
}
