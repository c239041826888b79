import type { InspectNode } from '../base/unit';

/**
 * What things cost in nanoseconds of host CPU, in one place, each with its source. Absolute values are orders of
 * magnitude of a server of the 2010s; what the lab teaches are the counts they are multiplied with.
 */
export const COST = {
  /** Exit that the hypervisor answers itself (CPUID, MSR). Source: published KVM/VMX round trips of 1,000-2,500 cycles. */
  exitHypervisor: 1_000,
  /** Exit handed to the worker process in the parent: message, context switches, instruction emulation [estimate]. */
  exitWorker: 12_000,
  /** Hypercall. Source: Hyper-V "Hypercalls Cost" performance counter, samples around 700 ns. */
  hypercall: 700,
  /** Delivery of an interrupt to a virtual processor [estimate of 2-5 us, low end]. */
  interrupt: 2_000,
  /** Start of a memory copy by a provider or by emulated DMA [estimate]. */
  copyStart: 200,
  /** One byte copied, at about 5 GB/s. */
  copyByte: 0.2,
  /** A guest's own instructions between two crossings [estimate]. */
  guestStep: 500,
} as const;

export type CostItem = keyof typeof COST;

/** Adds up the host CPU time that one partition uses, by cause. `total` is in nanoseconds. */
export class CostMeter {
  private byItem = nothing();
  total = 0;

  /** Charges `times` of `item` and returns the nanoseconds charged. */
  charge(item: CostItem, times = 1): number {
    const cost = COST[item] * times;
    this.byItem[item] += cost;
    this.total += cost;
    return cost;
  }

  reset(): void {
    this.byItem = nothing();
    this.total = 0;
  }

  inspect(): InspectNode {
    const charged = Object.entries(this.byItem).filter(([, cost]) => cost > 0);
    return { totalNanoseconds: Math.round(this.total), ...Object.fromEntries(charged) };
  }
}

/** A plain object: a charge is made at every crossing, and a map would cost more than the crossing's own work. */
function nothing(): Record<CostItem, number> {
  return {
    exitHypervisor: 0,
    exitWorker: 0,
    hypercall: 0,
    interrupt: 0,
    copyStart: 0,
    copyByte: 0,
    guestStep: 0,
  };
}
