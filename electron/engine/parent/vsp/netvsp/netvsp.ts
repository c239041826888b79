import type { FramePort, FrameReceiver } from '../../../base/backends';
import { macText } from '../../../base/mac';
import { clonePlain, type InspectNode, type Unit } from '../../../base/unit';
import { DeviceClass } from '../../../vmbus/protocol/classes';
import { NvspStatus, NvspType, nvspTypeOf, NvspVersion, rndisPacketComplete } from '../../../vmbus/protocol/nvsp';
import type { OfferSpec } from '../../../vmbus/protocol/offer';
import { PacketType, wantsCompletion, type Packet } from '../../../vmbus/protocol/packet';
import type { VspDevice } from '../../../vmbus/server/device';
import type { HostChannel } from '../../../vmbus/server/host-channel';
import { isWanted } from './filter';
import { transmit } from './from-guest';
import { nvspAnswer } from './nvsp-setup';
import type { AdapterFacts } from './oids';
import { linkIndication } from './rndis-control';
import { freshNetvspState, type NetvspState } from './state';
import { deliver, returned } from './to-guest';

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
}

const TEN_GIGABIT = 10_000_000_000;
/** Frames that wait for a guest that returns no buffers; then they are dropped and counted. */
const QUEUE_LIMIT = 512;
/** Frames go in steps of this: one VLAN tag more than the MTU and the Ethernet header. */
const FRAME_OVERHEAD = 18;

/**
 * The network provider of the parent partition: NVSP over a VMBus channel, RNDIS in NVSP, frames in RNDIS, and a switch port behind.
 * linux drivers/net/hyperv/hyperv_net.h is the other side of the same protocol.
 */
export class Netvsp implements VspDevice, FrameReceiver, Unit<NetvspState> {
  readonly offer: OfferSpec;
  private state: NetvspState;
  private channel: HostChannel | null = null;
  private readonly facts: AdapterFacts;
  private readonly maxVersion: number;

  constructor(private readonly options: NetvspOptions) {
    const { name, instance, mac, port, linkSpeed = TEN_GIGABIT } = options;
    this.offer = { name, interfaceType: DeviceClass.Network, instance };
    this.maxVersion = options.maxVersion ?? NvspVersion.V6_1;
    this.state = freshNetvspState(mac);
    this.facts = {
      permanentMac: mac.slice(),
      friendlyName: options.friendlyName ?? 'Network Adapter',
      linkSpeed: Math.round(linkSpeed / 100),
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
    this.channel = channel;
  }

  opened(): boolean {
    this.begin();
    return true;
  }

  closed(): void {
    this.begin();
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
    else if (state.frames.length >= QUEUE_LIMIT) state.counters.noBuffer++;
    else {
      state.frames.push(frame.slice());
      this.channel?.schedule();
    }
  }

  linkChanged(up: boolean): void {
    if (!this.ready) return;
    this.state.control.push(linkIndication(up));
    this.channel?.schedule();
  }

  signalled(channel: HostChannel): void {
    if (!this.flushCompletions(channel)) return;
    for (let packet = channel.receive(); packet; packet = channel.receive()) {
      this.handle(channel, packet);
      if (this.state.completions.length > 0) return; // in order: nothing more before these are out
    }
    deliver(channel, this.state);
  }

  private handle(channel: HostChannel, packet: Packet): void {
    if (packet.type === PacketType.Completion) {
      if (packet.idHigh !== 0 || !returned(this.state, packet.idLow)) this.state.counters.strayCompletions++;
      return;
    }
    const payload = this.answer(channel, packet);
    if (!payload || !wantsCompletion(packet)) return;
    this.state.completions.push({ idLow: packet.idLow, idHigh: packet.idHigh, payload });
    this.flushCompletions(channel);
  }

  private answer(channel: HostChannel, packet: Packet): Uint8Array | null {
    const { state } = this;
    if (nvspTypeOf(packet.payload) !== NvspType.SendRndisPacket) {
      return nvspAnswer(packet.payload, {
        state,
        maxVersion: this.maxVersion,
        bufferBytes: (id) => channel.gpadl(id)?.length ?? 0,
      });
    }
    const isReady = state.version !== 0 && state.receiveBuffer !== null;
    if (isReady)
      return rndisPacketComplete(transmit({ channel, state, port: this.options.port, facts: this.facts }, packet));
    state.counters.malformed++;
    return rndisPacketComplete(NvspStatus.Failure);
  }

  /** Sends the completions that wait, in order. False while one still has to wait. */
  private flushCompletions(channel: HostChannel): boolean {
    const { completions } = this.state;
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
    const { version, mtu, initialised, packetFilter, mac, frames, inFlight, receiveBuffer, sendBuffer, counters } =
      this.state;
    return {
      version: version.toString(16),
      mac: macText(mac),
      linkUp: this.facts.linkUp(),
      ready: this.ready,
      initialised,
      mtu,
      packetFilter,
      waitingFrames: frames.length,
      inFlight: inFlight.length,
      receiveBuffers: receiveBuffer && {
        total: receiveBuffer.taken.length,
        taken: receiveBuffer.taken.filter(Boolean).length,
      },
      sendSections: sendBuffer?.sections ?? 0,
      counters: { ...counters },
    };
  }
}
