import type { FramePort, FrameReceiver } from '../../../base/backends';
import { macText } from '../../../base/mac';
import { clonePlain, type InspectNode, type Unit } from '../../../base/unit';
import { DeviceClass } from '../../../vmbus/protocol/classes';
import {
  indirectionTableMessage,
  NvspStatus,
  NvspType,
  nvspTypeOf,
  NvspVersion,
  rndisPacketComplete,
  SEND_TABLE_ENTRIES,
} from '../../../vmbus/protocol/nvsp';
import type { OfferSpec } from '../../../vmbus/protocol/offer';
import { PacketType, wantsCompletion, type Packet } from '../../../vmbus/protocol/packet';
import type { VspDevice } from '../../../vmbus/server/device';
import type { HostChannel } from '../../../vmbus/server/host-channel';
import { isWanted } from './filter';
import { transmit } from './from-guest';
import { nvspAnswer, refuse } from './nvsp-setup';
import type { AdapterFacts } from './oids';
import { inBand } from '../message-provider';
import { steer } from './receive-scale';
import { linkIndication } from './rndis-control';
import { freshNetvspState, freshQueue, type NetvspState, type QueueState } from './state';
import { deliver, release, returned } from './to-guest';

/** What a network provider is made of. */
export interface NetvspOptions {
  /** Name in its machine, for example `netvsp-0`. */
  readonly name: string;
  /** Instance GUID of the adapter, kept in the machine's configuration. */
  readonly instance: string;
  readonly mac: Uint8Array;
  /** The switch port, or a cable on the floor. */
  readonly port: FramePort;
  /** Newest NVSP version of this host. */
  readonly maxVersion?: number;
  /** Name of the adapter as the host shows it. */
  readonly friendlyName?: string;
  /** In bits per second. */
  readonly linkSpeed?: number;
  /** Queues that a guest may use for receiving: the primary channel and sub-channels, at most 64. One when absent. */
  readonly queues?: number;
  /** Units of 100 ns after which a bit that the guest sets in the monitor page is noticed; absent: guests signal by hypercall. */
  readonly monitorLatency?: number;
}

const TEN_GIGABIT = 10_000_000_000;
/** Frames that wait for a guest that returns no buffers; then they are dropped and counted. */
const QUEUE_LIMIT = 512;
/** Frames go in steps of this: one VLAN tag more than the MTU and the Ethernet header. */
const FRAME_OVERHEAD = 18;
/** microsoft/openvmm, vm/devices/net/netvsp, NETVSP_MAX_SUBCHANNELS_PER_VNIC. */
const MOST_QUEUES = 64;

/**
 * The network provider of the parent partition: NVSP over a VMBus channel, RNDIS in NVSP, frames in RNDIS, and a switch port behind.
 * linux drivers/net/hyperv/hyperv_net.h is the other side of the same protocol.
 */
export class Netvsp implements VspDevice, FrameReceiver, Unit<NetvspState> {
  readonly offer: OfferSpec;
  private state: NetvspState;
  private readonly channels: HostChannel[] = []; // by sub-channel index, as far as the state has queues for them
  private readonly facts: AdapterFacts;
  private readonly maxVersion: number;

  constructor(private readonly options: NetvspOptions) {
    const { name, instance, mac, port, linkSpeed = TEN_GIGABIT, monitorLatency } = options;
    this.offer = { name, interfaceType: DeviceClass.Network, instance, monitorLatency };
    this.maxVersion = options.maxVersion ?? NvspVersion.V6_1;
    this.state = freshNetvspState(mac);
    this.facts = {
      permanentMac: mac.slice(),
      friendlyName: options.friendlyName ?? 'Network Adapter',
      linkSpeed: Math.round(linkSpeed / 100),
      queues: Math.max(1, Math.min(MOST_QUEUES, options.queues ?? 1)),
      linkUp: () => port.linkUp,
    };
    port.setReceiver(this);
  }

  /** True when the guest's driver has initialised the adapter: frames flow. */
  get ready(): boolean {
    return this.state.initialised && this.state.receiveBuffer !== null;
  }

  /** Negotiated version, 0 before. */
  get version(): number {
    return this.state.version;
  }

  attached(channel: HostChannel): void {
    this.channels[channel.subChannelIndex] = channel;
  }

  /** A sub-channel is good as soon as it is open; the guest is told where to send when all of them are. */
  opened({ subChannelIndex }: HostChannel): boolean {
    if (subChannelIndex === 0) this.begin();
    const queue = this.state.queues[subChannelIndex];
    if (!queue) return false;
    queue.isOpen = true;
    if (subChannelIndex > 0) this.channels[0]?.schedule();
    return true;
  }

  closed({ subChannelIndex }: HostChannel): void {
    if (subChannelIndex === 0) return this.begin();
    const { queues, receiveBuffer } = this.state;
    const queue = queues[subChannelIndex];
    if (!queue) return;
    if (receiveBuffer) for (const { sections } of queue.inFlight) release(receiveBuffer, sections);
    queues[subChannelIndex] = freshQueue();
  }

  /** The other side knows nothing; what was counted stays counted. */
  private begin(): void {
    this.state = { ...freshNetvspState(this.facts.permanentMac), counters: this.state.counters };
  }

  /** A frame from the switch. Copied: the sender may use its bytes again. */
  receive(frame: Uint8Array): void {
    const { state } = this;
    if (!this.ready) state.counters.notReady++;
    else if (!isWanted(frame, state)) state.counters.filtered++;
    else if (frame.length > state.mtu + FRAME_OVERHEAD) state.counters.oversize++;
    else this.enqueue(frame);
  }

  private enqueue(frame: Uint8Array): void {
    const { state } = this;
    const { queue: index, hash } = steer(frame, state);
    const queue = state.queues[index];
    if (!queue || queue.frames.length >= QUEUE_LIMIT) {
      state.counters.noBuffer++;
      return;
    }
    queue.frames.push({ bytes: frame, hash });
    this.channels[index]?.schedule();
  }

  linkChanged(up: boolean): void {
    if (!this.ready || this.state.linkTold === up) return; // after a restore the cable is plugged in again
    this.state.linkTold = up;
    this.state.control.push(linkIndication(up));
    this.channels[0]?.schedule();
  }

  signalled(channel: HostChannel): void {
    const [primary] = this.channels;
    const queue = this.state.queues[channel.subChannelIndex];
    if (!primary || !queue || !this.flushCompletions(channel, queue)) return;
    for (let packet = channel.receive(); packet; packet = channel.receive()) {
      this.handle(channel, queue, packet);
      if (queue.completions.length > 0) return; // in order: nothing more before these are out
    }
    if (channel === primary) this.sendTable(primary);
    deliver({ channel, primary, state: this.state, queue });
  }

  private handle(channel: HostChannel, queue: QueueState, packet: Packet): void {
    if (packet.type === PacketType.Completion) return this.takeBack(queue, packet);
    const payload = this.answer(channel, packet);
    if (!payload || !wantsCompletion(packet)) return;
    queue.completions.push({ idLow: packet.idLow, idHigh: packet.idHigh, payload });
    this.flushCompletions(channel, queue);
  }

  /** Receive buffers are free again: other queues may have waited for them. */
  private takeBack(queue: QueueState, { idHigh, idLow }: Packet): void {
    const { state, channels } = this;
    if (idHigh !== 0 || !returned(state, queue, idLow)) state.counters.strayCompletions++;
    else state.queues.forEach((other, i) => other !== queue && other.frames.length > 0 && channels[i]?.schedule());
  }

  private answer(channel: HostChannel, packet: Packet): Uint8Array | null {
    const { state, facts } = this;
    const [primary = channel] = this.channels;
    if (nvspTypeOf(packet.payload) !== NvspType.SendRndisPacket) return this.setUp(channel, packet);
    const isReady = state.version !== 0 && state.receiveBuffer !== null;
    if (isReady)
      return rndisPacketComplete(transmit({ channel, primary, state, port: this.options.port, facts }, packet));
    state.counters.malformed++;
    return rndisPacketComplete(NvspStatus.Failure);
  }

  /** Set-up messages go by the primary channel; on a sub-channel they are refused. */
  private setUp(channel: HostChannel, { payload }: Packet): Uint8Array | null {
    const { state, maxVersion, facts } = this;
    const host = {
      state,
      maxVersion,
      queues: facts.queues,
      bufferBytes: (id: number) => channel.gpadl(id)?.length ?? 0,
      offerSubChannel: () => this.offerSubChannel(channel),
    };
    return channel.subChannelIndex === 0 ? nvspAnswer(payload, host) : refuse(host);
  }

  private offerSubChannel(primary: HostChannel): boolean {
    if (!primary.offerSubChannel()) return false;
    this.state.queues.push(freshQueue());
    return true;
  }

  /** Tells the guest over which channels to spread what it sends, once all that it asked for are open. */
  private sendTable(primary: HostChannel): void {
    const { queues, version, sendTableDue } = this.state;
    if (!sendTableDue || !queues.every(({ isOpen }) => isOpen)) return;
    const table = Array.from({ length: SEND_TABLE_ENTRIES }, (_, i) => i % queues.length);
    this.state.sendTableDue = !primary.send(inBand(indirectionTableMessage(table, version)));
  }

  /** Sends the completions that wait, in order. False while one still has to wait. */
  private flushCompletions(channel: HostChannel, { completions }: QueueState): boolean {
    for (let next = completions[0]; next; next = completions[0]) {
      if (!channel.complete(next, next.payload)) return false;
      completions.shift();
    }
    return true;
  }

  reset(): void {
    this.state = freshNetvspState(this.facts.permanentMac);
  }

  save(): NetvspState {
    return clonePlain(this.state);
  }

  restore(saved: NetvspState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    const { version, mtu, initialised, packetFilter, mac, queues, receiveBuffer, sendBuffer, counters } = this.state;
    const { receiveScale, offloads } = this.state;
    return {
      version: version.toString(16),
      mac: macText(mac),
      linkUp: this.facts.linkUp(),
      ready: this.ready,
      initialised,
      mtu,
      packetFilter,
      queues: queues.map(({ isOpen, frames, inFlight }) => ({
        isOpen,
        waitingFrames: frames.length,
        inFlight: inFlight.length,
      })),
      receiveScale: receiveScale && { entries: receiveScale.table.length, types: receiveScale.types },
      offloads: { ...offloads },
      receiveBuffers: receiveBuffer && {
        total: receiveBuffer.taken.length,
        taken: receiveBuffer.taken.filter(Boolean).length,
      },
      sendSections: sendBuffer?.sections ?? 0,
      counters: { ...counters },
    };
  }
}
