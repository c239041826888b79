import { clonePlain, type InspectNode, type Unit } from '../base/unit';
import type { MmioSpace } from '../bus/mmio-space';
import type { PortSpace } from '../bus/port-space';
import type { Clock } from '../clock/clock';
import { TraceKind } from '../trace/kinds';
import type { Trace } from '../trace/trace';
import type { GuestMemory } from '../memory/guest-memory';
import { ConnectionTable } from './connections';
import { CpuidTable, effectiveMasks, type EffectiveMasks } from './cpuid';
import type { ExternalInterrupts, InterruptSink } from './external-interrupts';
import { HvStatus } from './hypercall';
import { Hypercalls } from './hypercalls';
import { PartitionMsrs, type PartitionListener, type PartitionMsrState } from './partition-msrs';
import { DEFAULT_PROCESSOR, type HypervisorProfile, type ProcessorModel } from './profile';
import { ReferenceTime } from './reference-time';
import { VirtualProcessor, type VirtualProcessorState } from './virtual-processor';

/** VMCALL; RET: what an Intel guest finds at the start of its hypercall page. */
export const HYPERCALL_CODE = new Uint8Array([0x0f, 0x01, 0xc1, 0xc3]);

/** What a partition is made of. */
export interface PartitionOptions {
  /** Number of the partition, from 1. */
  readonly id: number;
  /** Name as a trace actor, for example `vm-1`; its VPs are `vm-1/vp-0` and so on. */
  readonly name: string;
  /** The partition's own time: starts at zero at power-on. Alarms here begin with `hypervisor/`. */
  readonly clock: Clock;
  readonly trace: Trace;
  readonly memory: GuestMemory;
  readonly ports: PortSpace;
  readonly mmio: MmioSpace;
  readonly vpCount: number;
  readonly profile: HypervisorProfile;
  readonly processor?: ProcessorModel;
  /** Bytes at the start of the hypercall page; a processor without VMCALL brings its own. */
  readonly hypercallPage?: Uint8Array;
}

/** Saved state of a partition. Memory, clock and devices save themselves. */
export interface PartitionState {
  msrs: PartitionMsrState;
  vps: VirtualProcessorState[];
}

/**
 * A child partition: virtual processors, their registers, and the ports between child and parent. It knows nothing of what
 * stands on it (VMBus) or runs in it. TLFS, "Partitions".
 */
export class Partition implements Unit<PartitionState> {
  readonly id: number;
  readonly name: string;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly memory: GuestMemory;
  readonly processors: readonly VirtualProcessor[];
  /** Ports of the parent that the child can reach. */
  readonly connections = new ConnectionTable();
  readonly masks: EffectiveMasks;
  private readonly msrs: PartitionMsrs;
  private wakeListener: (() => void) | null = null;
  private readonly room = new Map<number, () => void>(); // wiring: whom to tell that a port has room again

  constructor(options: PartitionOptions) {
    const { profile, processor = DEFAULT_PROCESSOR, vpCount } = options;
    this.id = options.id;
    this.name = options.name;
    this.clock = options.clock;
    this.trace = options.trace;
    this.memory = options.memory;
    this.masks = effectiveMasks(profile);
    const time = new ReferenceTime(this.clock, processor.tscFrequency, processor.invariantTsc);
    this.msrs = new PartitionMsrs(this.memory, hypercallPage(options.hypercallPage ?? HYPERCALL_CODE), time);
    this.processors = this.makeProcessors(options, new CpuidTable(profile, processor, vpCount), processor.tscFrequency);
  }

  private makeProcessors(options: PartitionOptions, cpuid: CpuidTable, tscFrequency: number): VirtualProcessor[] {
    const sendInterrupt = (vp: number, vector: number): void => this.processors[vp]?.requestInterrupt(vector);
    const { memory, masks, connections, msrs } = this;
    const calls = new Hypercalls({ memory, masks, connections, vpCount: options.vpCount, sendInterrupt });
    const host = {
      ...options,
      masks,
      msrs,
      cpuid,
      tscFrequency,
      sendInterrupt,
      broadcastInterrupt: (vector: number, but: number | null) => {
        for (const vp of this.processors) if (vp.index !== but) vp.requestInterrupt(vector);
      },
      call: (control: bigint, input: bigint, output: bigint) => calls.call(control, input, output),
      woken: () => this.wakeListener?.(),
      delivered: (port: number) => this.room.get(port)?.(),
    };
    return Array.from({ length: options.vpCount }, (_, index) => new VirtualProcessor(index, host));
  }

  /** Whom the guest's own wish to be reset, or its crash report, goes to. */
  setListener(listener: PartitionListener | null): void {
    this.msrs.listener = listener;
  }

  /** The board's interrupt controller drives the INTR input of VP 0. */
  connectExternalInterrupts(external: ExternalInterrupts): void {
    this.processors[0]?.connectExternalInterrupts(external);
  }

  /** Hands interrupt delivery of one VP to a processor with its own local APIC; null takes it back. */
  setInterruptSink(vp: number, sink: InterruptSink | null): void {
    this.processors[vp]?.setInterruptSink(sink);
  }

  /**
   * Posts a message through port `port` of the child to a source of one of its VPs. At most 16 wait a port; the next is refused
   * with `InsufficientBuffers`, and `onRoom` tells when to try again.
   */
  postMessage(port: number, vp: number, sint: number, type: number, payload: Uint8Array): HvStatus {
    const processor = this.processors[vp];
    if (!processor) return HvStatus.InvalidVpIndex;
    const status = processor.postMessage(sint, port, type, payload);
    if (status === HvStatus.Success) this.trace.record(processor.actor, TraceKind.SynicMessage, sint, type);
    return status;
  }

  /** Calls `listener` each time a VP that was halted runs again. One listener. */
  onWake(listener: () => void): void {
    this.wakeListener = listener;
  }

  /** Calls `listener` each time a message of `port` has reached the guest's slot. One listener a port. */
  onRoom(port: number, listener: () => void): void {
    this.room.set(port, listener);
  }

  /** Sets an event flag of a VP's source. False when that VP has no flag page (or does not exist). */
  signalEvent(vp: number, sint: number, flag: number): boolean {
    return this.processors[vp]?.signalEvent(sint, flag) ?? false;
  }

  reset(): void {
    for (const vp of this.processors) vp.reset();
    this.msrs.reset();
  }

  save(): PartitionState {
    return { msrs: this.msrs.save(), vps: this.processors.map((vp) => vp.save()) };
  }

  restore(saved: PartitionState): void {
    this.msrs.restore(saved.msrs);
    this.processors.forEach((vp, i) => {
      const state = saved.vps[i];
      if (state) vp.restore(clonePlain(state));
    });
  }

  inspect(): InspectNode {
    return {
      id: this.id,
      name: this.name,
      registers: this.msrs.inspect(),
      connections: this.connections.ids(),
      processors: this.processors.map((vp) => vp.inspect()),
    };
  }
}

/** A page of INT3 that begins with `code`: a guest that jumps anywhere else in it stops at once. */
function hypercallPage(code: Uint8Array): Uint8Array {
  const page = new Uint8Array(4096).fill(0xcc);
  page.set(code);
  return page;
}
