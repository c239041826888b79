import type { FrameReceiver } from '../../../base/backends';
import { macText } from '../../../base/mac';
import { clonePlain, type InspectNode } from '../../../base/unit';
import type { GuestMemory } from '../../../memory/guest-memory';
import type { VmbusClient } from '../../../vmbus/client/client';
import type { ChannelDriver, ClientOffer } from '../../../vmbus/client/driver';
import type { PageAllocator } from '../../../vmbus/client/pages';
import { NVSP_REVOKE, NvspType, nvspTypeOf, RECEIVE_BUFFER_ID } from '../../../vmbus/protocol/nvsp';
import { PacketType, type Packet } from '../../../vmbus/protocol/packet';
import { RNDIS_COMPLETE, RndisType } from '../../../vmbus/protocol/rndis';
import type { NetworkInterface } from '../../drivers/network-interface';
import { BringUp, SEND_BUFFER_ID } from './bring-up';
import { NetvscLink } from './link';
import { Scaling } from './scaling';
import { Receiver } from './receive';
import { NETVSC_SETTINGS, type NetvscSettings } from './settings';
import type { NetvscFailure, NetvscPhase, NetvscState, SharedPages } from './state';
import { Transmitter } from './transmit';

/** What the kernel hears of the adapter. */
export interface NetvscListener {
  /** Frames flow. */
  up(): void;
  failed(reason: NetvscFailure): void;
  /** The driver has let go of the device after `stop`. */
  stopped(): void;
  /** The host took the device away. */
  removed(): void;
}

export interface NetvscOptions {
  readonly client: VmbusClient;
  /** Channel that was offered. */
  readonly relid: number;
  readonly memory: GuestMemory;
  readonly pages: PageAllocator;
  /** Kept by the kernel with the device; `newNetvsc()` before the first start. */
  readonly state: NetvscState;
  /** Name that the system gives the interface. */
  readonly name: string;
  readonly settings?: NetvscSettings;
  readonly listener: NetvscListener;
}

const OVER: readonly NetvscPhase[] = ['closed', 'up', 'stopping', 'failed', 'removed'];
/** Completions of set-up messages beside that of SUBCHANNEL. */
const SET_UP_ANSWERS = new Set<number>([
  NvspType.InitComplete,
  NvspType.SendReceiveBufferComplete,
  NvspType.SendSendBufferComplete,
  NvspType.RevokeSendBuffer,
]);
const BITS_PER_SPEED_UNIT = 100;

/**
 * The network driver of a guest with Integration Services, `netvsc` in Windows and Linux alike: opens its channel, agrees on an NVSP
 * version, shares its buffers, brings the RNDIS adapter up and moves frames. linux drivers/net/hyperv/{netvsc,rndis_filter}.c.
 */
export class Netvsc implements ChannelDriver, NetworkInterface {
  private readonly link: NetvscLink;
  private readonly transmitter: Transmitter;
  private readonly receiving: Receiver;
  private readonly bringUp: BringUp;
  private readonly scaling: Scaling;

  constructor(private readonly options: NetvscOptions) {
    const { client, relid, memory, pages, state, settings = NETVSC_SETTINGS } = options;
    this.link = new NetvscLink(client, relid, memory, pages, state);
    this.transmitter = new Transmitter(this.link);
    this.bringUp = new BringUp(this.link, settings, { up: () => this.isUp(), fail: (reason) => this.fail(reason) });
    this.receiving = new Receiver(this.link, (message) => this.rndisAnswered(message));
    this.scaling = new Scaling(this.link, settings, {
      packet: (channel) => (packet) => this.arrived(packet, channel),
      drained: () => this.drained(),
    });
    client.attach(relid, this);
  }

  private get state(): NetvscState {
    return this.options.state;
  }

  get name(): string {
    return this.options.name;
  }

  get mac(): Uint8Array {
    return this.state.mac;
  }

  get mtu(): number {
    return this.state.mtu;
  }

  get linkUp(): boolean {
    return this.state.phase === 'up' && this.state.linkUp;
  }

  get speedMbps(): number {
    return (this.state.linkSpeed * BITS_PER_SPEED_UNIT) / 1_000_000;
  }

  get sent(): number {
    return this.state.sent;
  }

  get received(): number {
    return this.state.received;
  }

  setReceiver(receiver: FrameReceiver | null): void {
    this.receiving.target = receiver;
  }

  send(frame: Uint8Array): void {
    this.transmitter.send(frame);
  }

  get largestSend(): number {
    return this.state.phase === 'up' ? this.state.largestSend : 0;
  }

  sendLarge(frame: Uint8Array, segmentSize: number): void {
    this.transmitter.send(frame, segmentSize);
  }

  /** Opens the channel and brings the adapter up; the listener hears how it ends. */
  start(): void {
    const { client, relid, settings = NETVSC_SETTINGS } = this.options;
    Object.assign(this.state, { phase: 'opening', failure: 'none' });
    const pages = { sendPages: settings.ringPages, receivePages: settings.ringPages };
    if (!client.openChannel(relid, pages)) this.fail('open');
  }

  opened(status: number): void {
    const { state, options } = this;
    if (state.phase !== 'opening') options.client.closeChannel(options.relid);
    else if (status === 0) this.bringUp.begin();
    else this.fail('open');
  }

  /** The bring-up has taken too long: the provider does not answer. Nothing happens where it is over. */
  giveUp(): void {
    if (!OVER.includes(this.state.phase)) this.fail('silent');
  }

  gpadlCreated(_gpadl: number, status: number): void {
    this.bringUp.shared(status);
  }

  private isUp(): void {
    this.options.listener.up();
    this.receiving.target?.linkChanged(this.state.linkUp);
    this.scaling.begin();
  }

  subChannelOffered(offer: ClientOffer): void {
    if (this.state.phase === 'up') this.scaling.offered(offer);
  }

  private rndisAnswered(answer: Uint8Array): void {
    if (this.state.phase === 'up') this.scaling.rndisAnswered(answer);
    else this.bringUp.rndisAnswered(answer);
  }

  private fail(reason: NetvscFailure): void {
    Object.assign(this.state, { phase: 'failed', failure: reason });
    this.options.listener.failed(reason);
    this.letGo();
  }

  // --- packets of the provider ---------------------------------------------------------------------------------------

  packet(packet: Packet): void {
    this.arrived(packet, this.options.relid);
  }

  /** A packet of channel `relid`, the primary one or a sub-channel. Of virtual functions this driver knows nothing. */
  private arrived(packet: Packet, relid: number): void {
    if (packet.type === PacketType.Completion) this.completed(packet);
    else if (packet.type === PacketType.TransferPages) this.receiving.transferred(packet, relid);
    else if (packet.type === PacketType.InBand && nvspTypeOf(packet.payload) === NvspType.SendIndirectionTable)
      this.scaling.told(packet.payload);
    else this.state.malformed++;
  }

  private completed(packet: Packet): void {
    const type = nvspTypeOf(packet.payload);
    if (type === NvspType.SendRndisPacketComplete) this.transmitter.completed(packet);
    else if (type === NvspType.SubChannel) this.scaling.answered(packet.payload);
    else if (!SET_UP_ANSWERS.has(type)) this.state.malformed++;
    else if (this.state.phase === 'stopping') this.revoked(type);
    else this.bringUp.answered(packet.payload);
  }

  drained(): void {
    this.receiving.flush();
    this.transmitter.flush();
  }

  // --- the end -------------------------------------------------------------------------------------------------------

  /** Halts the adapter and takes the buffers back; the listener hears `stopped` at the end. */
  stop(): void {
    if (this.state.phase !== 'up') return;
    const { state, link } = this;
    const requestId = ++state.requestId;
    state.phase = 'stopping';
    link.control(RNDIS_COMPLETE.encode({ type: RndisType.Halt, length: 12, requestId, status: 0 }).subarray(0, 12));
    link.nvsp(NVSP_REVOKE, { type: NvspType.RevokeReceiveBuffer, id: RECEIVE_BUFFER_ID }, false);
    link.nvsp(NVSP_REVOKE, { type: NvspType.RevokeSendBuffer, id: SEND_BUFFER_ID }, true);
    this.receiving.target?.linkChanged(false);
  }

  private revoked(type: number): void {
    if (type === NvspType.RevokeSendBuffer) this.letGo();
  }

  /** Takes shared pages back and closes the channels, as far as there are any. */
  private letGo(): void {
    const { client, relid } = this.options;
    this.scaling.close();
    for (const shared of [this.state.receive, this.state.send]) if (shared) client.unshare(relid, shared.gpadl);
    client.closeChannel(relid);
  }

  gpadlTornDown(gpadl: number): void {
    const { state } = this;
    if (state.receive?.gpadl === gpadl) state.receive = this.released(state.receive);
    else if (state.send?.gpadl === gpadl) state.send = this.released(state.send);
  }

  private released(shared: SharedPages): null {
    this.options.pages.release(shared.gpa, shared.pages);
    return null;
  }

  closed(): void {
    this.freeOwnPages();
    if (this.state.phase !== 'stopping') return;
    this.state.phase = 'closed';
    this.options.listener.stopped();
  }

  rescinded(): void {
    const { state } = this;
    state.receive = state.receive && this.released(state.receive);
    state.send = state.send && this.released(state.send);
    this.freeOwnPages();
    Object.assign(state, { scaling: 'none', wanted: 0, subChannels: [], lost: 0, sendTable: [] });
    const wasUp = state.phase === 'up';
    state.phase = 'removed';
    if (wasUp) this.receiving.target?.linkChanged(false);
    this.options.listener.removed();
  }

  private freeOwnPages(): void {
    const { state, options } = this;
    for (const { gpa, pages } of state.direct) options.pages.release(gpa, pages);
    if (state.control !== 0) options.pages.release(state.control, 1);
    Object.assign(state, { direct: [], control: 0, waiting: [], returns: [], used: new Uint8Array(0) });
  }

  /** A copy of the state; restoring is giving it to a new driver. */
  save(): NetvscState {
    return clonePlain(this.state);
  }

  inspect(): InspectNode {
    const { phase, failure, version, mtu, mac, used, waiting, sent, received, dropped, malformed } = this.state;
    const { scaling, subChannels, offloads, refused, verified, failed } = this.state;
    return {
      phase,
      failure,
      version: version.toString(16),
      mac: macText(mac),
      linkUp: this.linkUp,
      mtu,
      sections: { total: used.length, used: used.filter(Boolean).length },
      waiting: waiting.length,
      channels: 1 + subChannels.filter(({ isOpen }) => isOpen).length,
      scaling,
      offloads: { ...offloads },
      sent,
      received,
      dropped,
      refused,
      verified,
      failed,
      malformed,
    };
  }
}
