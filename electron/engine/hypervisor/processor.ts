import type { Disposable } from '../base/disposable';
import type { AccessSize } from '../bus/port-space';
import type { GuestMemory } from '../memory/guest-memory';

/** The four registers that CPUID fills. */
export interface CpuidResult {
  readonly eax: number;
  readonly ebx: number;
  readonly ecx: number;
  readonly edx: number;
}

/**
 * A virtual processor as the code that runs on it sees the world: all that a guest is given, whether it is a model of an
 * operating system or real machine code. Each method that crosses to the hypervisor is an intercept: counted, charged, traced.
 */
export interface Processor {
  /** VP index in the partition, from 0. */
  readonly index: number;
  /** RAM, without crossing to anybody. Device memory is reached by `memoryRead` and `memoryWrite`. */
  readonly memory: GuestMemory;
  portRead(port: number, size: AccessSize): number;
  portWrite(port: number, size: AccessSize, value: number): void;
  /** A load that may hit RAM or a memory-mapped device. */
  memoryRead(gpa: number, size: AccessSize): number;
  memoryWrite(gpa: number, size: AccessSize, value: number): void;
  cpuid(leaf: number, subleaf?: number): CpuidResult;
  /** RDTSC: the time stamp counter. No intercept. */
  readTsc(): bigint;
  /** The MSR's value, or null when the access faults (#GP). */
  readMsr(msr: number): bigint | null;
  /** False when the access faults (#GP). */
  writeMsr(msr: number, value: bigint): boolean;
  /**
   * A call through the hypercall page: control word and the two parameters (GPAs, or the values themselves for a fast
   * call). Returns the result word; null when no hypercall page is enabled, where real code would fault.
   */
  hypercall(control: bigint, input: bigint, output: bigint): bigint | null;
  /** Acknowledges the most urgent pending interrupt and returns its vector, or null when nothing is pending. */
  takeInterrupt(): number | null;
  /** End of interrupt for the local APIC. */
  endOfInterrupt(): void;
  /** HLT (or GUEST_IDLE): gives the processor up until an interrupt is pending; the listener then hears of it. */
  halt(): void;
  /**
   * Called when an interrupt becomes pending, and at once by `halt` when one is. The call comes from inside whatever raised the
   * interrupt: the listener notes it (arms an alarm) and takes the interrupt later. One listener at a time.
   */
  onInterrupt(listener: (() => void) | null): Disposable;
  /** Nanoseconds of host CPU charged to this processor since the last call: how much later the guest's next step is. */
  takeSpentTime(): number;
}
