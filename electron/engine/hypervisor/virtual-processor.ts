import type { Disposable } from '../base/disposable';
import { clonePlain, type InspectNode, type Unit } from '../base/unit';
import type { MmioSpace } from '../bus/mmio-space';
import type { AccessSize, PortSpace } from '../bus/port-space';
import type { Clock } from '../clock/clock';
import { COST, CostMeter, type CostItem } from '../trace/cost';
import { TraceKind } from '../trace/kinds';
import type { Trace } from '../trace/trace';
import type { GuestMemory } from '../memory/guest-memory';
import type { CpuidTable, EffectiveMasks } from './cpuid';
import type { ExternalInterrupts, InterruptSink } from './external-interrupts';
import type { HvStatus } from './hypercall';
import { LocalApic, type LocalApicState } from './local-apic';
import { isMsrOpen } from './msr-gates';
import type { PartitionMsrs } from './partition-msrs';
import { Feature } from './privileges';
import type { CpuidResult, Processor } from './processor';
import { Synic, type SynicState } from './synic';
import { SyntheticTimers, type SyntheticTimersState } from './synthetic-timers';
import { VpMsrs } from './vp-msrs';

/** What a VP is given by its partition. */
export interface VpHost {
  /** Prefix of the trace actor, `vm-1`. */
  readonly name: string;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly memory: GuestMemory;
  readonly ports: PortSpace;
  readonly mmio: MmioSpace;
  readonly cpuid: CpuidTable;
  readonly masks: EffectiveMasks;
  readonly msrs: PartitionMsrs;
  readonly tscFrequency: number;
  /** Runs a hypercall: the result word. */
  call(control: bigint, input: bigint, output: bigint): bigint;
  /** A message of `port` has reached its slot. */
  delivered(port: number): void;
  /** Sends `vector` to a VP: an inter-processor interrupt through the ICR. */
  sendInterrupt(vp: number, vector: number): void;
  /** Sends `vector` to every VP except `but`. */
  broadcastInterrupt(vector: number, but: number | null): void;
}

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
  readonly apic = new LocalApic();
  readonly synic: Synic;
  readonly timers: SyntheticTimers;
  readonly meter = new CostMeter();
  /** Number of this VP as a trace actor. */
  readonly actor: number;
  private readonly msrs: VpMsrs;
  private own = { assistPage: 0n, halted: false, spent: 0, reported: 0 };
  private listener: (() => void) | null = null;
  private external: ExternalInterrupts | null = null;
  private sink: InterruptSink | null = null;

  constructor(
    readonly index: number,
    private readonly host: VpHost,
  ) {
    const { clock, memory } = host;
    this.actor = host.trace.actor(`${host.name}/vp-${index}`);
    this.synic = new Synic({
      memory,
      request: (vector, autoEoi) => this.requestInterrupt(vector, autoEoi),
      delivered: (port) => this.delivered(port),
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
    const number = this.cross('exitWorker', TraceKind.PortRead, port, size);
    const value = this.host.ports.read(port, size);
    this.host.trace.amend(number, 2, value);
    this.host.trace.cause = outer;
    return value;
  }

  portWrite(port: number, size: AccessSize, value: number): void {
    const outer = this.host.trace.cause;
    this.cross('exitWorker', TraceKind.PortWrite, port, size, value);
    this.host.ports.write(port, size, value);
    this.host.trace.cause = outer;
  }

  memoryRead(gpa: number, size: AccessSize): number {
    const hit = this.host.mmio.find(gpa);
    if (!hit)
      return size === 4 ? this.memory.readU32(gpa) : size === 2 ? this.memory.readU16(gpa) : this.memory.readU8(gpa);
    const { trace, mmio } = this.host;
    if (!hit.intercepts) return mmio.read(gpa, size);
    const outer = trace.cause;
    const number = this.cross('exitWorker', TraceKind.MmioRead, gpa >>> 0, size, 0, Math.floor(gpa / 0x1_0000_0000));
    const value = mmio.read(gpa, size);
    trace.amend(number, 2, value);
    trace.cause = outer;
    return value;
  }

  memoryWrite(gpa: number, size: AccessSize, value: number): void {
    const hit = this.host.mmio.find(gpa);
    if (!hit) return this.ramWrite(gpa, size, value);
    const { trace, mmio } = this.host;
    if (!hit.intercepts) return mmio.write(gpa, size, value);
    const outer = trace.cause;
    this.cross('exitWorker', TraceKind.MmioWrite, gpa >>> 0, size, value, Math.floor(gpa / 0x1_0000_0000));
    mmio.write(gpa, size, value);
    trace.cause = outer;
  }

  private ramWrite(gpa: number, size: AccessSize, value: number): void {
    if (size === 4) this.memory.writeU32(gpa, value);
    else if (size === 2) this.memory.writeU16(gpa, value);
    else this.memory.writeU8(gpa, value);
  }

  cpuid(leaf: number, _subleaf = 0): CpuidResult {
    const result = this.host.cpuid.read(leaf >>> 0, this.index);
    this.charge('exitHypervisor');
    this.host.trace.record(this.actor, TraceKind.Cpuid, leaf, result.eax);
    return result;
  }

  readMsr(msr: number): bigint | null {
    const outer = this.host.trace.cause;
    const number = this.cross('exitHypervisor', TraceKind.MsrRead, msr);
    const value = isMsrOpen(msr, this.host.masks) ? this.msrs.read(msr) : null;
    this.host.trace.amend(number, 1, Number((value ?? 0n) & 0xffff_ffffn));
    this.host.trace.amend(number, 2, Number(((value ?? 0n) >> 32n) & 0xffff_ffffn));
    this.host.trace.cause = outer;
    return value;
  }

  writeMsr(msr: number, value: bigint): boolean {
    const outer = this.host.trace.cause;
    this.cross(
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
    const number = this.cross('hypercall', TraceKind.Hypercall, low & 0xffff, low);
    const result = this.host.call(control, input, output);
    this.host.trace.amend(number, 2, Number(result & 0xffffn));
    this.host.trace.cause = outer;
    return result;
  }

  takeInterrupt(): number | null {
    const vector = this.apic.take() ?? this.acknowledgeExternal();
    if (vector === null) return null;
    this.own.halted = false;
    this.charge('interrupt');
    this.host.trace.record(this.actor, TraceKind.InterruptTaken, vector);
    return vector;
  }

  private acknowledgeExternal(): number | null {
    return this.external?.pending() ? this.external.acknowledge() : null;
  }

  endOfInterrupt(): void {
    const vector = this.apic.endOfInterrupt();
    if (vector === null) return;
    this.synic.ended(vector);
    if (this.interruptPending) this.notify();
  }

  halt(): void {
    this.charge('exitHypervisor');
    this.host.trace.record(this.actor, TraceKind.Halt);
    this.own.halted = true;
    if (this.interruptPending) this.notify();
  }

  onInterrupt(listener: (() => void) | null): Disposable {
    this.listener = listener;
    return {
      dispose: () => {
        if (this.listener === listener) this.listener = null;
      },
    };
  }

  takeSpentTime(): number {
    const since = this.own.spent - this.own.reported;
    this.own.reported = this.own.spent;
    return since;
  }

  // --- what is done to the guest -------------------------------------------------------------------------------------

  /** True when `takeInterrupt` would return a vector. */
  get interruptPending(): boolean {
    return this.apic.deliverable() !== null || (this.external?.pending() ?? false);
  }

  /** True while the guest has given the processor up. */
  get halted(): boolean {
    return this.own.halted;
  }

  /** Nanoseconds of host CPU charged since power-on. */
  get spent(): number {
    return this.own.spent;
  }

  /** Requests a vector as an edge: from the SynIC, a timer, another VP, an I/O APIC. */
  requestInterrupt(vector: number, autoEoi = false): void {
    this.host.trace.record(this.actor, TraceKind.InterruptRaised, vector, 1);
    if (this.sink) return this.sink.request(vector, autoEoi);
    this.apic.request(vector, autoEoi);
    if (this.interruptPending) this.notify();
  }

  /** Connects the board's interrupt controller to this VP's INTR input. */
  connectExternalInterrupts(external: ExternalInterrupts): void {
    this.external = external;
    external.onChange(() => {
      if (external.pending()) this.notify();
    });
  }

  /** Hands delivery to a processor that has its own local APIC, or (null) takes it back. */
  setInterruptSink(sink: InterruptSink | null): void {
    this.sink = sink;
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

  private delivered(port: number): void {
    this.host.delivered(port);
  }

  private notify(): void {
    this.own.halted = false;
    this.listener?.();
  }

  /** Charges and records a crossing; what it sets off names it as its cause. Returns its number. */
  private cross(item: CostItem, kind: TraceKind, a = 0, b = 0, c = 0, d = 0): number {
    this.charge(item);
    const number = this.host.trace.record(this.actor, kind, a, b, c, d);
    this.host.trace.cause = number;
    return number;
  }

  private charge(item: CostItem): void {
    this.own.spent += COST[item];
    this.meter.charge(item);
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
    this.own = { ...this.own, assistPage: 0n, halted: false, reported: this.own.spent };
  }

  save(): VirtualProcessorState {
    return { ...clonePlain(this.own), apic: this.apic.save(), synic: this.synic.save(), timers: this.timers.save() };
  }

  restore(saved: VirtualProcessorState): void {
    const { apic, synic, timers, ...own } = saved;
    this.own = clonePlain(own);
    this.apic.restore(apic);
    this.synic.restore(synic);
    this.timers.restore(timers);
  }

  inspect(): InspectNode {
    return {
      halted: this.own.halted,
      spent: Math.round(this.own.spent),
      cost: this.meter.inspect(),
      apic: this.apic.inspect(),
      synic: this.synic.inspect(),
      timers: this.timers.inspect(),
    };
  }
}
