import type { InterruptLine } from '@engine/base/interrupt-line';
import type { AccessSize, PortSpace } from '@engine/bus/port-space';
import type { MmioSpace } from '@engine/bus/mmio-space';
import type { EngineClock } from '@engine/clock/clock';
import type { InterruptSink } from '@engine/hypervisor/external-interrupts';
import { CallCode } from '@engine/hypervisor/hypercall';
import { Msr } from '@engine/hypervisor/msr';
import type { CpuidResult } from '@engine/hypervisor/processor';
import type { VirtualProcessor } from '@engine/hypervisor/virtual-processor';
import { LocalApic } from './local-apic';
import { Pace } from './pace';
import type { ProcessorPackage, Surroundings } from './package';

/** The rate of the package's time stamp counter and of its local APIC's timer, in hertz. */
export const PROCESSOR_FREQUENCY = 1_000_000_000;

const HYPERVISOR_LEAF = 0x4000_0000; // to 0x4000FFFF
const FEATURE_LEAF = 1;
const HYPERVISOR_PRESENT = 0x8000_0000;
const LONGEST_WAIT = 100; // milliseconds
const FLUSHES: readonly number[] = [
  CallCode.FlushVirtualAddressSpace,
  CallCode.FlushVirtualAddressList,
  CallCode.FlushVirtualAddressSpaceEx,
  CallCode.FlushVirtualAddressListEx,
];

/** What the real processor is put into. */
export interface World {
  readonly clock: EngineClock;
  readonly ports: PortSpace;
  readonly mmio: MmioSpace;
}

/**
 * Machine code on a virtual processor of the engine: crossings of the package's processor become calls of
 * `VirtualProcessor`, interrupts of the engine become requests at the package's controllers, and the engine's clock
 * follows the wall. What no range of the engine's claims is the package's: above all its interrupt controllers.
 */
export class RealProcessor implements Surroundings, InterruptSink {
  private vp: VirtualProcessor | null = null;
  private package: ProcessorPackage | null = null;
  private apic: LocalApic | null = null;
  /** How fast the time of the guest and of the engine goes. */
  readonly pace = new Pace();
  private origin = 0; // time of engine time zero, in milliseconds
  private readonly transitions: { readonly input: number; readonly asserted: boolean }[] = []; // to be passed on
  private readonly selfEnding = new Set<number>(); // vectors whose in-service bit is ours to clear
  private readonly accesses = new Map<string, number>();
  /** Accesses to synthetic MSRs that would have faulted on a real machine. */
  readonly faults: string[] = [];
  /** How often each vector was requested by the hypervisor. */
  readonly vectors = new Map<number, number>();

  constructor(private readonly world: World) {}

  /** Joins the package's processor and the engine's, and lets both begin at time zero. */
  start(made: ProcessorPackage, vp: VirtualProcessor): void {
    this.package = made;
    this.vp = vp;
    this.apic = new LocalApic(made.cpu);
    vp.setInterruptSink(this);
    this.origin = this.pace.now() - this.world.clock.now() / 1e6;
    made.resetTimeStamp();
    made.run();
  }

  /** The wire to an input of the package's interrupt controllers (ISA numbers). */
  line(input: number): InterruptLine {
    return { set: (asserted) => void this.transitions.push({ input, asserted }) };
  }

  /** Accesses to ports of `owner`. */
  portAccesses(owner: string): number {
    return this.accesses.get(owner) ?? 0;
  }

  request(vector: number, autoEoi: boolean): void {
    this.vectors.set(vector, (this.vectors.get(vector) ?? 0) + 1);
    if (autoEoi) this.selfEnding.add(vector);
    else this.selfEnding.delete(vector);
    this.apic?.request(vector);
  }

  portRead(port: number, size: AccessSize): number | null {
    if (!this.vp || !this.world.ports.deviceAt(port)) return null;
    this.advance();
    this.count(port);
    const value = this.vp.portRead(port, size);
    this.passTransitions();
    return value;
  }

  portWrite(port: number, size: AccessSize, value: number): boolean {
    if (!this.vp || !this.world.ports.deviceAt(port)) return false;
    this.advance();
    this.count(port);
    this.vp.portWrite(port, size, value);
    this.passTransitions();
    return true;
  }

  memoryRead(address: number, size: AccessSize): number | null {
    if (!this.vp || !this.world.mmio.find(address)) return null;
    this.advance();
    return this.vp.memoryRead(address, size);
  }

  memoryWrite(address: number, size: AccessSize, value: number): boolean {
    if (!this.vp || !this.world.mmio.find(address)) return false;
    this.advance();
    this.vp.memoryWrite(address, size, value);
    return true;
  }

  /** Leaves of the hypervisor are the engine's; all others are the package's, with the mark that a hypervisor is there. */
  cpuid(leaf: number, subleaf: number, native: CpuidResult): CpuidResult {
    if (!this.vp) return native;
    if (leaf >>> 16 === HYPERVISOR_LEAF >>> 16) return this.vp.cpuid(leaf, subleaf);
    if (leaf !== FEATURE_LEAF) return native;
    const present = this.vp.cpuid(leaf).ecx & HYPERVISOR_PRESENT;
    return { ...native, ecx: (native.ecx & ~HYPERVISOR_PRESENT) | present };
  }

  readMsr(msr: number): bigint | null {
    if (!this.vp || msr >>> 16 !== HYPERVISOR_LEAF >>> 16) return null;
    if (msr === Msr.ApicFrequency) return BigInt(PROCESSOR_FREQUENCY); // the timer is the package's
    this.advance();
    const value = this.vp.readMsr(msr);
    if (value === null) this.faults.push(`read of MSR ${msr.toString(16)}`);
    return value ?? 0n;
  }

  writeMsr(msr: number, value: bigint): boolean {
    if (!this.vp || msr >>> 16 !== HYPERVISOR_LEAF >>> 16) return false;
    this.advance();
    if (!this.vp.writeMsr(msr, value)) this.faults.push(`write of MSR ${msr.toString(16)} = ${value.toString(16)}`);
    return true;
  }

  hypercall(control: bigint, input: bigint, output: bigint): bigint | null {
    this.advance();
    const result = this.vp?.hypercall(control, input, output) ?? null;
    if (FLUSHES.includes(Number(control & 0xffffn))) this.package?.flushTranslations();
    return result;
  }

  elapse(): number {
    if (!this.vp) return LONGEST_WAIT;
    this.advance();
    this.endInterrupts();
    this.passTransitions();
    const due = this.world.clock.nextDue();
    return due === null ? LONGEST_WAIT : Math.min(Math.max((due - this.wall()) / 1e6, 0), LONGEST_WAIT);
  }

  private wall(): number {
    return Math.floor((this.pace.now() - this.origin) * 1e6);
  }

  private advance(): void {
    this.world.clock.advanceTo(this.wall());
  }

  /** A source with automatic end of interrupt leaves nothing in service. */
  private endInterrupts(): void {
    for (const vector of this.selfEnding) if (this.apic?.isInService(vector)) this.apic.end(vector);
  }

  /**
   * A change of a wire may make the processor take an interrupt at once, which is possible only where it looks at its
   * instruction pointer again: after a port access and between pieces of code, not within CPUID or RDMSR.
   */
  private passTransitions(): void {
    for (let next = this.transitions.shift(); next; next = this.transitions.shift()) {
      this.package?.setInput(next.input, next.asserted);
    }
  }

  private count(port: number): void {
    const range = this.world.ports.ranges().find(({ base, length }) => port >= base && port < base + length);
    const owner = range?.owner ?? 'nobody';
    this.accesses.set(owner, (this.accesses.get(owner) ?? 0) + 1);
  }
}
