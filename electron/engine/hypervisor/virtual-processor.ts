import type { Disposable } from '../base/disposable';
import { clonePlain, type InspectNode, type Unit } from '../base/unit';
import type { AccessSize } from '../bus/port-space';
import type { CostMeter } from '../trace/cost';
import { TraceKind } from '../trace/kinds';
import type { GuestMemory } from '../memory/guest-memory';
import type { ExternalInterrupts, InterruptSink } from './external-interrupts';
import type { HvStatus } from './hypercall';
import { Intercepts, type InterceptCause, type InterceptsState } from './intercepts';
import type { LocalApic, LocalApicState } from './local-apic';
import { MemoryAccess } from './memory-access';
import { isMsrOpen } from './msr-gates';
import { Feature } from './privileges';
import type { CpuidResult, Processor } from './processor';
import { Synic, type SynicState } from './synic';
import { SyntheticTimers, type SyntheticTimersState } from './synthetic-timers';
import type { VpAssist, VpAssistState } from './vp-assist';
import { VpInterrupts } from './vp-interrupts';
import type { VpHost } from './vp-host';
import { VpMsrs } from './vp-msrs';

/** Saved state of one VP. */
export interface VirtualProcessorState {
  apic: LocalApicState;
  synic: SynicState;
  timers: SyntheticTimersState;
  assist: VpAssistState;
  halted: boolean;
  intercepts: InterceptsState;
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
  private own = { halted: false };

  constructor(
    readonly index: number,
    private readonly host: VpHost,
  ) {
    const { clock, memory } = host;
    this.actor = host.trace.actor(`${host.name}/vp-${index}`);
    this.intercepts = new Intercepts(host.trace, this.actor);
    this.access = new MemoryAccess(host, this.intercepts);
    this.interrupts = new VpInterrupts({
      memory,
      woken: () => this.wake(),
      ended: (vector) => this.synic.ended(vector),
      windowOpened: (vector) => void this.intercepts.pass('interruptWindow', vector),
    });
    this.synic = new Synic({
      memory,
      request: (vector, autoEoi) => this.requestInterrupt(vector, autoEoi),
      delivered: (port) => host.delivered(port),
      referenceTime: () => host.msrs.time.count(),
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
    const number = this.intercepts.enter('portRead', port, size);
    const value = this.host.ports.read(port, size);
    this.host.trace.amend(number, 2, value);
    this.host.trace.cause = outer;
    return value;
  }

  portWrite(port: number, size: AccessSize, value: number): void {
    const outer = this.host.trace.cause;
    this.intercepts.enter('portWrite', port, size, value);
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
    this.intercepts.pass('cpuid', leaf, result.eax);
    return result;
  }

  readTsc(): bigint {
    return this.host.msrs.time.tsc();
  }

  readMsr(msr: number): bigint | null {
    const outer = this.host.trace.cause;
    const number = this.intercepts.enter('msrRead', msr);
    const value = isMsrOpen(msr, this.host.masks) ? this.msrs.read(msr) : null;
    this.host.trace.amend(number, 1, Number((value ?? 0n) & 0xffff_ffffn));
    this.host.trace.amend(number, 2, Number(((value ?? 0n) >> 32n) & 0xffff_ffffn));
    this.host.trace.cause = outer;
    return value;
  }

  writeMsr(msr: number, value: bigint): boolean {
    const outer = this.host.trace.cause;
    this.intercepts.enter('msrWrite', msr, Number(value & 0xffff_ffffn), Number((value >> 32n) & 0xffff_ffffn));
    const done = isMsrOpen(msr, this.host.masks) && this.msrs.write(msr, BigInt.asUintN(64, value));
    this.host.trace.cause = outer;
    return done;
  }

  hypercall(control: bigint, input: bigint, output: bigint): bigint | null {
    if (!this.host.msrs.hypercallEnabled) return null;
    const outer = this.host.trace.cause;
    const low = Number(control & 0xffff_ffffn);
    const number = this.intercepts.enter('hypercall', low & 0xffff, low);
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
    this.interrupts.end();
  }

  halt(): void {
    this.intercepts.pass('halt');
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

  /** The page that this VP's guest shares with the hypervisor. */
  get assist(): VpAssist {
    return this.interrupts.assist;
  }

  placeAssist(value: bigint): void {
    this.interrupts.placeAssist(value);
  }

  /** How often the guest was left for `cause` since power-on. */
  exits(cause: InterceptCause): number {
    return this.intercepts.count(cause);
  }

  reset(): void {
    this.assist.reset();
    this.synic.reset();
    this.timers.reset();
    this.apic.reset();
    this.own = { halted: false };
    this.intercepts.takeSpent();
  }

  save(): VirtualProcessorState {
    const { intercepts, assist, apic, synic, timers } = this;
    return {
      ...clonePlain(this.own),
      intercepts: intercepts.save(),
      assist: assist.save(),
      apic: apic.save(),
      synic: synic.save(),
      timers: timers.save(),
    };
  }

  restore(saved: VirtualProcessorState): void {
    this.own = { halted: saved.halted };
    this.intercepts.restore(saved.intercepts);
    this.assist.restore(saved.assist);
    this.apic.restore(saved.apic);
    this.synic.restore(saved.synic);
    this.timers.restore(saved.timers);
  }

  inspect(): InspectNode {
    return {
      halted: this.own.halted,
      ...this.intercepts.inspect(),
      assist: this.assist.inspect(),
      apic: this.apic.inspect(),
      synic: this.synic.inspect(),
      timers: this.timers.inspect(),
    };
  }
}
