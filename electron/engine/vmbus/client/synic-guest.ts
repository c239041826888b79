import { readU32, writeU32 } from '../../base/bytes';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import { CallCode, controlWord, statusOf } from '../../hypervisor/hypercall';
import { Msr } from '../../hypervisor/msr';
import { Hint, PrivilegeHigh, PrivilegeLow } from '../../hypervisor/privileges';
import type { Processor } from '../../hypervisor/processor';
import { APIC_ASSIST, NO_EOI_REQUIRED } from '../../hypervisor/vp-assist';
import { PAGE_SIZE } from '../../memory/guest-memory';
import { VMBUS_SINT } from '../protocol/transport';
import type { PageAllocator } from './pages';
import { readReferenceTime } from './reference-clock';

const PAGES = 4; // hypercall code and input, messages, event flags
const SLOT_BYTES = 256;
export const FLAG_BYTES = 256; // 2,048 flags of one SINT
const NEEDED = PrivilegeLow.Synic | PrivilegeLow.HypercallMsrs;
export const AUTO_EOI = 0x2_0000n;
const PENDING = 1; // flags of a message slot: more are queued

/** What a guest finds out about the hypervisor. */
export interface HypervisorIdentity {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
  readonly privilegesLow: number;
  readonly privilegesHigh: number;
  readonly hints: number;
  readonly features: number;
}

/** Addresses of the pages: those that every guest places, and those that not every hypervisor has a use for. */
export interface SynicGuestPages {
  code: number;
  input: number;
  messages: number;
  flags: number;
  /** Reference TSC. */
  clock: number | null;
  /** VP assist: ends of interrupt that are not needed. */
  assist: number | null;
}

/** Saved state: the pages that the guest gave, and how it set up its source. */
export interface SynicGuestState {
  /** Null before `start`. */
  pages: SynicGuestPages | null;
  autoEoi: boolean;
}

/** Asks CPUID for a hypervisor with the interface that VMBus needs; null when there is none. TLFS, "Feature Discovery". */
export function detectHypervisor(processor: Processor): HypervisorIdentity | null {
  const isPresent = processor.cpuid(1).ecx >>> 31 === 1;
  if (!isPresent || processor.cpuid(0x4000_0001).eax !== 0x3123_7648) return null;
  const version = processor.cpuid(0x4000_0002);
  const masks = processor.cpuid(0x4000_0003);
  const canPost = (masks.ebx & (PrivilegeHigh.PostMessages | PrivilegeHigh.SignalEvents)) !== 0;
  if ((masks.eax & NEEDED) !== NEEDED || !canPost) return null;
  return {
    major: version.ebx >>> 16,
    minor: version.ebx & 0xffff,
    build: version.eax,
    privilegesLow: masks.eax,
    privilegesHigh: masks.ebx,
    hints: processor.cpuid(0x4000_0004).eax,
    features: masks.edx,
  };
}

/**
 * The guest's use of the hypervisor: hypercall page, message page and event flags of SINT 2. What `winhv` is in Windows and
 * `hv_init` in Linux.
 */
export class SynicGuest implements Unit<SynicGuestState> {
  private state: SynicGuestState = { pages: null, autoEoi: false };
  private readonly flagBytes = new Uint8Array(FLAG_BYTES); // a place to read them into, for each interrupt anew

  constructor(
    private readonly processor: Processor,
    private readonly allocator: PageAllocator,
  ) {}

  /**
   * Places the pages and opens SINT 2 on `vector`. False when the hypervisor refuses or there is no memory.
   *
   * @param readsTime the operating system reads its time out of the reference TSC page where the hypervisor has one
   */
  start(osId: bigint, vector: number, identity: HypervisorIdentity, readsTime: boolean): boolean {
    const pages = this.state.pages ?? this.layOut(identity, readsTime);
    if (pages === null) return false;
    this.state = { pages, autoEoi: (identity.hints & Hint.DeprecateAutoEoi) === 0 };
    const sint = BigInt(vector) | (this.state.autoEoi ? AUTO_EOI : 0n);
    const writes: readonly (readonly [number, bigint])[] = [
      [Msr.GuestOsId, osId],
      [Msr.Hypercall, BigInt(pages.code) | 1n],
      [Msr.Simp, BigInt(pages.messages) | 1n],
      [Msr.Siefp, BigInt(pages.flags) | 1n],
      [Msr.Sint0 + VMBUS_SINT, sint],
      [Msr.Scontrol, 1n],
      ...placing(Msr.ReferenceTsc, pages.clock),
      ...placing(Msr.VpAssistPage, pages.assist),
    ];
    return writes.every(([msr, value]) => this.processor.writeMsr(msr, value));
  }

  /** Memory for the pages that this guest and this hypervisor have a use for; null when there is not so much. */
  private layOut(identity: HypervisorIdentity, readsTime: boolean): SynicGuestPages | null {
    const { privilegesLow, hints } = identity;
    const hasClock = readsTime && (privilegesLow & PrivilegeLow.ReferenceTsc) !== 0;
    const hasAssist = (hints & Hint.ApicMsrs) !== 0 && (privilegesLow & PrivilegeLow.ApicMsrs) !== 0;
    const first = this.allocator.allocate(PAGES + Number(hasClock) + Number(hasAssist));
    if (first === null) return null;
    const at = (page: number): number => first + page * PAGE_SIZE;
    const clock = hasClock ? at(PAGES) : null;
    const assist = hasAssist ? at(PAGES + Number(hasClock)) : null;
    return { code: first, input: at(1), messages: at(2), flags: at(3), clock, assist };
  }

  /** Takes it all back: at shutdown, before another kernel starts. */
  stop(): void {
    if (!this.state.pages) return;
    this.processor.writeMsr(Msr.Scontrol, 0n);
    this.processor.writeMsr(Msr.Sint0 + VMBUS_SINT, 0x1_0000n);
    this.processor.writeMsr(Msr.Simp, 0n);
    this.processor.writeMsr(Msr.Siefp, 0n);
    const { code, clock, assist } = this.state.pages;
    if (clock !== null) this.processor.writeMsr(Msr.ReferenceTsc, 0n);
    if (assist !== null) this.processor.writeMsr(Msr.VpAssistPage, 0n);
    this.processor.writeMsr(Msr.Hypercall, 0n);
    this.processor.writeMsr(Msr.GuestOsId, 0n);
    this.allocator.release(code, PAGES + Number(clock !== null) + Number(assist !== null));
    this.state = { pages: null, autoEoi: false };
  }

  /** True where the hypervisor ends the bus's interrupts by itself. */
  get autoEoi(): boolean {
    return this.state.autoEoi;
  }

  /** The partition's reference time in units of 100 ns; null where the hypervisor has none. */
  referenceTime(): bigint | null {
    return readReferenceTime(this.processor, this.state.pages?.clock ?? null);
  }

  /** HvCallPostMessage: the status, or null when there is no hypercall page. */
  post(connection: number, type: number, payload: Uint8Array): number | null {
    const { pages } = this.state;
    if (!pages) return null;
    const block = new Uint8Array(256);
    writeU32(block, 0, connection);
    writeU32(block, 8, type);
    writeU32(block, 12, payload.length);
    block.set(payload, 16);
    this.processor.memory.write(pages.input, block);
    const result = this.processor.hypercall(controlWord(CallCode.PostMessage), BigInt(pages.input), 0n);
    return result === null ? null : statusOf(result);
  }

  /** HvCallSignalEvent, fast form. */
  signal(connection: number): void {
    this.processor.hypercall(controlWord(CallCode.SignalEvent, true), BigInt(connection), 0n);
  }

  /** The payload of the message in the slot, which is then freed; null when the slot is free. */
  takeMessage(): Uint8Array | null {
    const { pages } = this.state;
    const { memory } = this.processor;
    if (!pages) return null;
    const slot = pages.messages + VMBUS_SINT * SLOT_BYTES;
    if (memory.readU32(slot) === 0) return null;
    const payload = memory.read(slot + 16, memory.readU8(slot + 4));
    const isMore = (memory.readU8(slot + 5) & PENDING) !== 0;
    memory.writeU32(slot, 0);
    if (isMore) this.processor.writeMsr(Msr.Eom, 0n);
    return payload;
  }

  /** The event flags that are set, each cleared before it is returned. */
  takeFlags(): number[] {
    const { pages } = this.state;
    return pages ? takeBits(this.processor, pages.flags + VMBUS_SINT * SLOT_BYTES, this.flagBytes) : [];
  }

  /**
   * Ends the interrupt of SINT 2, unless the hypervisor does that, or says that it need not be told. linux arch/x86/hyperv/hv_apic.c,
   * hv_apic_eoi_write.
   */
  endOfInterrupt(): void {
    const { autoEoi, pages } = this.state;
    if (autoEoi) return;
    const assist = pages?.assist ?? null;
    if (assist === null) return this.processor.endOfInterrupt();
    const { memory } = this.processor;
    const word = memory.readU32(assist + APIC_ASSIST);
    memory.writeU32(assist + APIC_ASSIST, 0);
    if ((word & NO_EOI_REQUIRED) === 0) this.processor.writeMsr(Msr.Eoi, 0n);
  }

  reset(): void {
    this.state = { pages: null, autoEoi: false };
  }

  save(): SynicGuestState {
    return clonePlain(this.state);
  }

  restore(saved: SynicGuestState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    return { pages: this.state.pages && { ...this.state.pages }, autoEoi: this.state.autoEoi };
  }
}

/** The write that places a page, where there is one. */
function placing(msr: number, page: number | null): (readonly [number, bigint])[] {
  return page === null ? [] : [[msr, BigInt(page) | 1n]];
}

/** Numbers of the bits set at `gpa`, which are cleared. `bytes`: room for a copy of all words that are looked at. */
export function takeBits(processor: Processor, gpa: number, bytes: Uint8Array): number[] {
  const bits: number[] = [];
  processor.memory.readInto(gpa, bytes);
  for (let word = 0; word * 4 < bytes.length; word++) {
    const value = readU32(bytes, word * 4);
    if (value === 0) continue;
    processor.memory.writeU32(gpa + word * 4, 0);
    for (let bit = 0; bit < 32; bit++) if (((value >>> bit) & 1) === 1) bits.push(word * 32 + bit);
  }
  return bits;
}
