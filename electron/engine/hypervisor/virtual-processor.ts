import type { Disposable } from '../base/disposable';
import { clonePlain, type InspectNode, type Unit } from '../base/unit';
import type { AccessSize } from '../bus/port-space';
import type { CostMeter } from '../trace/cost';
import { TraceKind } from '../trace/kinds';
import type { GuestMemory } from '../memory/guest-memory';
import type { ExternalInterrupts, InterruptSink } from './external-interrupts';
import type { HvStatus } from './hypercall';
import { Intercepts } from './intercepts';
import type { LocalApic, LocalApicState } from './local-apic';
import { MemoryAccess } from './memory-access';
import { isMsrOpen } from './msr-gates';
import { Feature } from './privileges';
import type { CpuidResult, Processor } from './processor';
import { Synic, type SynicState } from './synic';
import { SyntheticTimers, type SyntheticTimersState } from './synthetic-timers';
import { VpInterrupts } from './vp-interrupts';
import type { VpHost } from './vp-host';
import { VpMsrs } from './vp-msrs';

/** Saved state of one VP. */
export interface VirtualProcessorState {
  apic: LocalApicState;
  synic: SynicState;
  timers: SyntheticTimersState;
  assistPage: bigint;
  halted: boolean;
  /** Nanoseconds charged since power-on, and how many of them `takeSpentTime` has reported. */
  spent: number;
  reported: number;
}

/**
 * One virtual processor. Every method that leaves the guest's own memory is an intercept: recorded, charged, counted by kind.
 * TLFS, "Virtual Processor Management"; who answers what: CPUID, MSRs and hypercalls here, ports and device memory in the worker.
 */
export class VirtualProcessor implements Processor, Unit<VirtualProcessorState> {
  readonly synic: Synic;
  readonly timers: SyntheticTimers;
  /** Number of this VP as a trace actor. */
  readonly actor: number;
  private readonly intercepts: Intercepts;
  private readonly interrupts: VpInterrupts;
  private readonly access: MemoryAccess;
  private readonly msrs: VpMsrs;
  private own = { assistPage: 0n, halted: false };

  constructor(
    readonly index: number,
    private readonly host: VpHost,
  ) {
    const { clock, memory } = host;
    this.actor = host.trace.actor(`${host.name}/vp-${index}`);
    this.intercepts = new Intercepts(host.trace, this.actor);
    this.access = new MemoryAccess(host, this.intercepts);
    this.interrupts = new VpInterrupts(() => this.wake());
    this.synic = new Synic({
      memory,
      request: (vector, autoEoi) => this.requestInterrupt(vector, autoEoi),
      delivered: (port) => host.delivered(port),
    });
    this.timers = new SyntheticTimers({
      clock,
      name: `hypervisor/vp-${index}`,
      direct: (host.masks.features & Feature.DirectTimers) !== 0,
      post: (sint, message) => {
        if (this.synic.waiting(sint, message.port) === 0)
          this.postMessage(sint, message.port, message.type, message.payload);
      },
      request: (vector) => this.requestInterrupt(vector),
    });
    this.msrs = new VpMsrs(this, host);
  }

  get memory(): GuestMemory {
    return this.host.memory;
  }

  // --- what the guest does -------------------------------------------------------------------------------------------

  portRead(port: number, size: AccessSize): number {
    const outer = this.host.trace.cause;
    const number = this.intercepts.enter('exitWorker', TraceKind.PortRead, port, size);
    const value = this.host.ports.read(port, size);
    this.host.trace.amend(number, 2, value);
    this.host.trace.cause = outer;
    return value;
  }

  portWrite(port: number, size: AccessSize, value: number): void {
    const outer = this.host.trace.cause;
    this.intercepts.enter('exitWorker', TraceKind.PortWrite, port, size, value);
    this.host.ports.write(port, size, value);
    this.host.trace.cause = outer;
  }

  memoryRead(gpa: number, size: AccessSize): number {
    return this.access.read(gpa, size);
  }

  memoryWrite(gpa: number, size: AccessSize, value: number): void {
    this.access.write(gpa, size, value);
  }

  cpuid(leaf: number, _subleaf = 0): CpuidResult {
    const result = this.host.cpuid.read(leaf >>> 0, this.index);
    this.intercepts.charge('exitHypervisor');
    this.host.trace.record(this.actor, TraceKind.Cpuid, leaf, result.eax);
    return result;
  }

  readTsc(): bigint {
    return this.host.msrs.time.tsc();
  }

  readMsr(msr: number): bigint | null {
    const outer = this.host.trace.cause;
    const number = this.intercepts.enter('exitHypervisor', TraceKind.MsrRead, msr);
    const value = isMsrOpen(msr, this.host.masks) ? this.msrs.read(msr) : null;
    this.host.trace.amend(number, 1, Number((value ?? 0n) & 0xffff_ffffn));
    this.host.trace.amend(number, 2, Number(((value ?? 0n) >> 32n) & 0xffff_ffffn));
    this.host.trace.cause = outer;
    return value;
  }

  writeMsr(msr: number, value: bigint): boolean {
    const outer = this.host.trace.cause;
    this.intercepts.enter(
      'exitHypervisor',
      TraceKind.MsrWrite,
      msr,
      Number(value & 0xffff_ffffn),
      Number((value >> 32n) & 0xffff_ffffn),
    );
    const done = isMsrOpen(msr, this.host.masks) && this.msrs.write(msr, BigInt.asUintN(64, value));
    this.host.trace.cause = outer;
    return done;
  }

  hypercall(control: bigint, input: bigint, output: bigint): bigint | null {
    if (!this.host.msrs.hypercallEnabled) return null;
    const outer = this.host.trace.cause;
    const low = Number(control & 0xffff_ffffn);
    const number = this.intercepts.enter('hypercall', TraceKind.Hypercall, low & 0xffff, low);
    const result = this.host.call(control, input, output);
    this.host.trace.amend(number, 2, Number(result & 0xffffn));
    this.host.trace.cause = outer;
    return result;
  }

  takeInterrupt(): number | null {
    const vector = this.interrupts.take();
    if (vector === null) return null;
    this.wake();
    this.intercepts.charge('interrupt');
    this.host.trace.record(this.actor, TraceKind.InterruptTaken, vector);
    return vector;
  }

  endOfInterrupt(): void {
    const vector = this.apic.endOfInterrupt();
    if (vector === null) return;
    this.synic.ended(vector);
    this.interrupts.notifyIfPending();
  }

  halt(): void {
    this.intercepts.charge('exitHypervisor');
    this.host.trace.record(this.actor, TraceKind.Halt);
    this.own.halted = true;
    this.interrupts.notifyIfPending();
  }

  onInterrupt(listener: (() => void) | null): Disposable {
    return this.interrupts.listen(listener);
  }

  takeSpentTime(): number {
    return this.intercepts.takeSpent();
  }

  private wake(): void {
    if (!this.own.halted) return;
    this.own.halted = false;
    this.host.woken();
  }

  // --- what is done to the guest -------------------------------------------------------------------------------------

  get apic(): LocalApic {
    return this.interrupts.apic;
  }

  /** True when `takeInterrupt` would return a vector. */
  get interruptPending(): boolean {
    return this.interrupts.pending;
  }

  /** True while the guest has given the processor up. */
  get halted(): boolean {
    return this.own.halted;
  }

  /** What was charged, by cause. */
  get meter(): CostMeter {
    return this.intercepts.meter;
  }

  /** Nanoseconds of host CPU charged since power-on. */
  get spent(): number {
    return this.intercepts.spent;
  }

  /** Requests a vector as an edge: from the SynIC, a timer, another VP, an I/O APIC. */
  requestInterrupt(vector: number, autoEoi = false): void {
    this.host.trace.record(this.actor, TraceKind.InterruptRaised, vector, 1);
    this.interrupts.request(vector, autoEoi);
  }

  /** Connects the board's interrupt controller to this VP's INTR input. */
  connectExternalInterrupts(external: ExternalInterrupts): void {
    this.interrupts.connectExternal(external);
  }

  /** Hands delivery to a processor that has its own local APIC, or (null) takes it back. */
  setInterruptSink(sink: InterruptSink | null): void {
    this.interrupts.setSink(sink);
  }

  /** Queues a message on one of this VP's sources. */
  postMessage(sint: number, port: number, type: number, payload: Uint8Array): HvStatus {
    return this.synic.post(sint, { port, type, payload });
  }

  /** Sets an event flag on one of this VP's sources. False when the guest has no flag page there. */
  signalEvent(sint: number, flag: number): boolean {
    const raised = this.synic.signal(sint, flag);
    if (raised !== null) this.host.trace.record(this.actor, TraceKind.SynicEvent, sint, flag, raised);
    return raised !== null;
  }

  get assistPage(): bigint {
    return this.own.assistPage;
  }

  set assistPage(value: bigint) {
    this.own.assistPage = value;
  }

  reset(): void {
    this.synic.reset();
    this.timers.reset();
    this.apic.reset();
    this.own = { assistPage: 0n, halted: false };
    this.intercepts.reported = this.intercepts.spent;
  }

  save(): VirtualProcessorState {
    const { spent, reported } = this.intercepts;
    const parts = { apic: this.apic.save(), synic: this.synic.save(), timers: this.timers.save() };
    return { ...clonePlain(this.own), spent, reported, ...parts };
  }

  restore(saved: VirtualProcessorState): void {
    const { apic, synic, timers, spent, reported, ...own } = saved;
    this.own = clonePlain(own);
    Object.assign(this.intercepts, { spent, reported });
    this.apic.restore(apic);
    this.synic.restore(synic);
    this.timers.restore(timers);
  }

  inspect(): InspectNode {
    return {
      halted: this.own.halted,
      spent: Math.round(this.spent),
      cost: this.meter.inspect(),
      apic: this.apic.inspect(),
      synic: this.synic.inspect(),
      timers: this.timers.inspect(),
    };
  }
}
