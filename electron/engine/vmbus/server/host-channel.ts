import type { InspectNode } from '../../base/unit';
import type { Alarm } from '../../clock/clock';
import { COST, type CostMeter } from '../../trace/cost';
import { TraceKind } from '../../trace/kinds';
import type { Trace } from '../../trace/trace';
import { PAGE_SIZE, type GuestMemory } from '../../memory/guest-memory';
import type { PageView } from '../page-view';
import {
  gpaDirectPieces,
  ringBytes,
  PacketType,
  TRAILER_BYTES,
  type OutgoingPacket,
  type Packet,
} from '../protocol/packet';
import { RingConsumer } from '../ring/consumer';
import { RingProducer } from '../ring/producer';
import { FEATURE_PENDING_SEND_SIZE, RingBuffer, RingControl } from '../ring/ring-buffer';
import type { VspDevice } from './device';
import type { ChannelState } from './state';

/** Packets that one run of a provider may read: others' turn comes then, and time passes. */
const BUDGET = 64;

/** What a channel is given by its server. */
export interface ChannelHost {
  readonly memory: GuestMemory;
  readonly trace: Trace;
  readonly actor: number;
  readonly meter: CostMeter;
  readonly alarm: Alarm;
  readonly device: VspDevice;
  now(): number;
  /** The channel's part of the server's state, looked up each time. */
  state(): ChannelState;
  gpadl(id: number): PageView | null;
  /** One more channel of the same device, or null when all ids are taken. */
  offerSubChannel(): HostChannel | null;
  /** Sets the channel's event flag in the guest. */
  signalGuest(relid: number, targetVp: number): void;
  ringFault(): void;
}

/**
 * The parent's end of one channel: rings over guest memory, the buffers that the guest shares, and the turn-taking of the work.
 * While work goes on the ring from the guest is masked, so a busy provider is not signalled again for every packet.
 */
export class HostChannel {
  private rings: { readonly incoming: RingConsumer; readonly outgoing: RingProducer } | null = null;
  private reads = 0; // packets read in this run

  constructor(private readonly host: ChannelHost) {}

  get relid(): number {
    return this.host.state().relid;
  }

  get subChannelIndex(): number {
    return this.host.state().subChannelIndex;
  }

  get isOpen(): boolean {
    return this.host.state().phase === 'open';
  }

  get memory(): GuestMemory {
    return this.host.memory;
  }

  /** The parent's account: what the provider does is charged here. */
  get meter(): CostMeter {
    return this.host.meter;
  }

  /** The next packet from the guest, or null when there is none, or enough for this run. */
  receive(): Packet | null {
    if (this.reads >= BUDGET) return null;
    const { host } = this;
    const state = host.state();
    const incoming = this.ringsOf(state)?.incoming;
    if (!incoming) return null;
    const packet = incoming.next();
    if (incoming.damaged) this.fault();
    if (!packet) return null;
    this.reads++;
    host.trace.record(host.actor, TraceKind.RingRead, state.relid, packet.bytes.length + TRAILER_BYTES, packet.type, 1);
    return packet;
  }

  /** Sends a packet. False when the ring has no room: the guest will signal when it has (or the channel is not open). */
  send(packet: OutgoingPacket): boolean {
    const { host } = this;
    const state = host.state();
    const outgoing = this.ringsOf(state)?.outgoing;
    if (!outgoing) return false;
    const result = outgoing.write(packet);
    if (result === 'damaged') this.fault();
    if (result === 'full' || result === 'damaged') return false;
    host.trace.record(host.actor, TraceKind.RingWrite, state.relid, ringBytes(packet), packet.type, 1);
    if (result === 'signal') this.signalGuest();
    return true;
  }

  /** True when `packet` would fit now. Asking leaves no wish in the ring; `send` does. */
  hasRoom(packet: OutgoingPacket): boolean {
    return this.openRings()?.outgoing.hasRoom(ringBytes(packet)) ?? false;
  }

  /** Answers `packet` with a completion that carries its transaction id. */
  complete(packet: { readonly idLow: number; readonly idHigh: number }, payload: Uint8Array): boolean {
    return this.send({ type: PacketType.Completion, idLow: packet.idLow, idHigh: packet.idHigh, payload });
  }

  /** The buffer behind a GPADL of this channel, or null. Looked up each time: the guest may tear it down. */
  gpadl(id: number): PageView | null {
    return this.host.gpadl(id);
  }

  /** The data that a GPA direct packet points at, copied; null when the packet is not well formed or larger than `limit`. */
  readGpaDirect(packet: Packet, limit: number): Uint8Array | null {
    const pieces = gpaDirectPieces(packet);
    const total = pieces?.reduce((sum, piece) => sum + piece.length, 0) ?? 0;
    if (!pieces || total > limit) return null;
    const bytes = new Uint8Array(total);
    let at = 0;
    for (const { gpa, length } of pieces) {
      this.memory.readInto(gpa, bytes.subarray(at, at + length));
      at += length;
    }
    return bytes;
  }

  /** Bytes that a GPA direct packet points at; 0 when it is not well formed, or names what is not RAM. */
  gpaDirectBytes(packet: Packet): number {
    const pieces = gpaDirectPieces(packet);
    if (!pieces?.every(({ gpa, length }) => this.memory.isRam(gpa, length))) return 0;
    return pieces.reduce((sum, { length }) => sum + length, 0);
  }

  /** Writes `bytes` to where a GPA direct packet points; what goes beyond that is lost. */
  writeGpaDirect(packet: Packet, bytes: Uint8Array): void {
    let at = 0;
    for (const { gpa, length } of gpaDirectPieces(packet) ?? []) {
      this.memory.write(gpa, bytes.subarray(at, at + length));
      at += length;
      if (at >= bytes.length) return;
    }
  }

  /**
   * Offers one more channel of this device, for a driver that asked for it by the device's own protocol; the device gets it by
   * `attached`. It lasts as long as the primary channel is open. Null when all channel ids are taken.
   */
  offerSubChannel(): HostChannel | null {
    return this.host.offerSubChannel();
  }

  /** Records an event of the provider. */
  record(kind: TraceKind, a = 0, b = 0): void {
    this.host.trace.record(this.host.actor, kind, a, b);
  }

  /** Charges and records a copy of `bytes` between the partitions. */
  chargeCopy(bytes: number): void {
    this.meter.charge('copyStart');
    this.meter.charge('copyByte', bytes);
    this.host.trace.record(this.host.actor, TraceKind.Copy, bytes);
  }

  /** Asks for a run of the provider's work, as if the guest had signalled. */
  schedule(): void {
    if (this.host.alarm.due === null) this.host.alarm.set(this.host.now() + COST.interrupt);
  }

  /** @internal The guest signalled. */
  signalled(): void {
    this.host.trace.record(this.host.actor, TraceKind.RingSignal, this.relid, 0);
    this.schedule();
  }

  /** @internal The alarm: one run of work; the next one no sooner than this one's cost later. */
  run(): void {
    const rings = this.openRings();
    if (!rings) return;
    const { meter, alarm } = this.host;
    const before = meter.total;
    this.reads = 0;
    rings.incoming.mask();
    this.host.device.signalled(this);
    if (this.openRings() !== rings) return; // the work closed the channel
    if (rings.incoming.commit()) this.signalGuest();
    const busy = Math.ceil(meter.total - before);
    if (busy > 0) return alarm.set(this.host.now() + busy);
    const isPending = rings.incoming.unmask();
    // Without a packet read, what lies there waits for room the other way: the guest signals when there is some.
    if (isPending && this.reads > 0) alarm.set(this.host.now());
  }

  /** @internal The guest opened the channel: makes its rings ready for the host's part. */
  begin(): void {
    this.invalidate();
    this.openRings()?.outgoing.ring.setControl(RingControl.FeatureBits, FEATURE_PENDING_SEND_SIZE);
  }

  /** @internal The channel is closed. */
  end(): void {
    this.host.alarm.cancel();
    this.invalidate();
  }

  /** @internal The channel is no more: its alarm is forgotten. */
  dispose(): void {
    this.host.alarm.dispose();
    this.invalidate();
  }

  /** @internal The state behind the rings was replaced. */
  invalidate(): void {
    this.rings = null;
  }

  private openRings(): HostChannel['rings'] {
    return this.ringsOf(this.host.state());
  }

  private ringsOf(state: ChannelState): HostChannel['rings'] {
    if (state.phase !== 'open' || state.faulted) return null;
    if (!this.rings) this.rings = this.makeRings(state);
    return this.rings;
  }

  private makeRings(state: ChannelState): HostChannel['rings'] {
    const view = this.host.gpadl(state.ringGpadl);
    if (!view) return null;
    const split = state.downstreamPage * PAGE_SIZE;
    const incoming = new RingBuffer(view, 0, state.downstreamPage);
    const outgoing = new RingBuffer(view, split, Math.floor((view.length - split) / PAGE_SIZE));
    return { incoming: new RingConsumer(incoming), outgoing: new RingProducer(outgoing) };
  }

  private signalGuest(): void {
    const { relid, targetVp } = this.host.state();
    this.host.trace.record(this.host.actor, TraceKind.RingSignal, relid, 1);
    this.host.signalGuest(relid, targetVp);
  }

  private fault(): void {
    this.host.state().faulted = true;
    this.host.ringFault();
  }

  inspect(): InspectNode {
    const { phase, relid, openId, targetVp, faulted } = this.host.state();
    const rings = this.openRings();
    const described = rings && { in: rings.incoming.ring.describe(), out: rings.outgoing.ring.describe() };
    return { phase, relid, openId, targetVp, faulted, rings: described };
  }
}
