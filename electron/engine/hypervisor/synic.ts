import { writeU32, writeU64 } from '../base/bytes';
import { clonePlain, type InspectNode, type Unit } from '../base/unit';
import type { GuestMemory } from '../memory/guest-memory';
import { MESSAGE_PAYLOAD } from './connections';
import { HvStatus } from './hypercall';
import { PAGE_ENABLE, SINT_AUTO_EOI, SINT_COUNT, SINT_MASKED, SINT_POLLING, pageOf } from './msr';
import { OverlayPage, type OverlayState } from './overlay-page';
import { DELIVERY_TIME, TIMER_EXPIRED } from './synthetic-timers';

/** Messages that one port may have waiting. TLFS, "SynIC Message Port Buffers". */
export const PORT_BUFFERS = 16;

const SLOT = 256; // bytes of a message slot and of a SINT's event flags
const FLAGS_PER_SINT = 2048;
const MESSAGE_PENDING = 1; // bit 0 of a slot's flags byte

/** A message on its way to a slot. `port` is the id that the message names as its sender. */
export interface SynicMessage {
  readonly port: number;
  readonly type: number;
  readonly payload: Uint8Array;
}

/** Saved state of one VP's SynIC. */
export interface SynicState {
  scontrol: bigint;
  messages: OverlayState;
  flags: OverlayState;
  sints: Uint32Array;
  queues: SynicMessage[][];
  badSignals: number;
}

/** What a SynIC needs of its surroundings. */
export interface SynicHost {
  readonly memory: GuestMemory;
  /** The partition's reference time in units of 100 ns. */
  referenceTime(): bigint;
  /** Requests an interrupt of this VP. */
  request(vector: number, autoEoi: boolean): void;
  /** A message of `port` has reached its slot: there is room for another. */
  delivered(port: number): void;
}

/** The synthetic interrupt controller of one VP. TLFS, "Synthetic Interrupt Controller" and "SIM Page", "SIEF Page". */
export class Synic implements Unit<SynicState> {
  private state: SynicState;
  private readonly messages: OverlayPage;
  private readonly flags: OverlayPage;

  constructor(private readonly host: SynicHost) {
    this.messages = new OverlayPage(host.memory, () => this.state.messages);
    this.flags = new OverlayPage(host.memory, () => this.state.flags);
    this.state = fresh();
  }

  get scontrol(): bigint {
    return this.state.scontrol;
  }

  set scontrol(value: bigint) {
    this.state.scontrol = value;
    this.retryAll();
  }

  get simp(): bigint {
    return this.messages.value;
  }

  set simp(value: bigint) {
    this.messages.value = value;
    this.retryAll();
  }

  get siefp(): bigint {
    return this.flags.value;
  }

  set siefp(value: bigint) {
    this.flags.value = value;
  }

  sint(index: number): number {
    return this.state.sints[index] ?? SINT_MASKED;
  }

  /** False (#GP) when an unmasked source would get a vector below 16. TLFS, "SINTx Registers". */
  setSint(index: number, value: number): boolean {
    if ((value & SINT_MASKED) === 0 && (value & 0xff) < 16) return false;
    this.state.sints[index] = value;
    this.deliver(index);
    return true;
  }

  /** Queues a message for `sint`; `InsufficientBuffers` when its port has all of its buffers waiting. */
  post(sint: number, message: SynicMessage): HvStatus {
    const queue = this.state.queues[sint];
    if (!queue || message.payload.length > MESSAGE_PAYLOAD) return HvStatus.InvalidParameter;
    if (this.waiting(sint, message.port) >= PORT_BUFFERS) return HvStatus.InsufficientBuffers;
    queue.push({ port: message.port, type: message.type, payload: message.payload.slice() });
    this.deliver(sint);
    return HvStatus.Success;
  }

  /** Messages of `port` that have not reached their slot. */
  waiting(sint: number, port: number): number {
    return this.state.queues[sint]?.reduce((sum, message) => sum + (message.port === port ? 1 : 0), 0) ?? 0;
  }

  /** Sets an event flag. Returns 1 when that requested an interrupt, 0 when the flag was set already, or null when refused. */
  signal(sint: number, flag: number): 0 | 1 | null {
    const page = this.enabled ? this.flags.gpa : null;
    if (page === null || sint >= SINT_COUNT || flag >= FLAGS_PER_SINT) {
      this.state.badSignals++;
      return null;
    }
    const at = page + sint * SLOT + (flag >> 3);
    const bits = this.host.memory.readU8(at);
    if ((bits & (1 << (flag & 7))) !== 0) return 0;
    this.host.memory.writeU8(at, bits | (1 << (flag & 7)));
    return this.interrupt(sint) ? 1 : 0;
  }

  /** Tries to deliver what waits on every source: end of message. */
  retryAll(): void {
    for (let sint = 0; sint < SINT_COUNT; sint++) this.deliver(sint);
  }

  /** The guest has ended the interrupt `vector` at its APIC: the sources behind it are tried again. */
  ended(vector: number): void {
    for (let sint = 0; sint < SINT_COUNT; sint++) if ((this.sint(sint) & 0xff) === vector) this.deliver(sint);
  }

  private get enabled(): boolean {
    return (this.state.scontrol & PAGE_ENABLE) !== 0n;
  }

  /** Copies the head of the queue into the slot when that is free; marks the slot when it is not. */
  private deliver(sint: number): void {
    const queue = this.state.queues[sint];
    const page = this.messages.gpa;
    if (!queue || queue.length === 0 || page === null || !this.enabled || (this.sint(sint) & SINT_MASKED) !== 0) return;
    const slot = page + sint * SLOT;
    const { memory } = this.host;
    if (memory.readU32(slot) !== 0) {
      memory.writeU8(slot + 5, memory.readU8(slot + 5) | MESSAGE_PENDING);
      return;
    }
    const message = queue.shift();
    if (!message) return;
    if (message.type === TIMER_EXPIRED) writeU64(message.payload, DELIVERY_TIME, this.host.referenceTime());
    memory.write(slot + 4, slotBytes(message, queue.length > 0));
    memory.writeU32(slot, message.type); // last: a type is what tells the guest that the slot is full
    this.interrupt(sint);
    this.host.delivered(message.port);
  }

  private interrupt(sint: number): boolean {
    const value = this.sint(sint);
    if ((value & (SINT_MASKED | SINT_POLLING)) !== 0) return false;
    this.host.request(value & 0xff, (value & SINT_AUTO_EOI) !== 0);
    return true;
  }

  reset(): void {
    this.messages.value = 0n;
    this.flags.value = 0n;
    this.state = fresh();
  }

  save(): SynicState {
    return clonePlain(this.state);
  }

  restore(saved: SynicState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    const sints = Array.from(this.state.sints, (value, index) => ({
      index,
      value,
      waiting: this.state.queues[index]?.length ?? 0,
    }));
    return {
      enabled: this.enabled,
      messagePage: pageOf(this.simp),
      flagPage: pageOf(this.siefp),
      sints: sints.filter(({ value, waiting }) => (value & SINT_MASKED) === 0 || waiting > 0),
      badSignals: this.state.badSignals,
    };
  }
}

/** A slot from its fifth byte on: payload size, flags, reserved, sender, payload. */
function slotBytes(message: SynicMessage, more: boolean): Uint8Array {
  const bytes = new Uint8Array(12 + message.payload.length);
  bytes[0] = message.payload.length;
  bytes[1] = more ? MESSAGE_PENDING : 0;
  writeU32(bytes, 4, message.port);
  bytes.set(message.payload, 12);
  return bytes;
}

function fresh(): SynicState {
  return {
    scontrol: 0n,
    messages: { value: 0n, placed: null },
    flags: { value: 0n, placed: null },
    sints: new Uint32Array(SINT_COUNT).fill(SINT_MASKED),
    queues: Array.from({ length: SINT_COUNT }, () => []),
    badSignals: 0,
  };
}
