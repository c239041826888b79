import type { Processor } from '../../hypervisor/processor';
import { PAGE_SIZE } from '../../memory/guest-memory';
import { pagesFor } from '../page-view';
import {
  encodeMessage,
  GPADL_TEARDOWN,
  MessageType,
  MODIFY_CHANNEL,
  OPEN_CHANNEL,
  RELID_MESSAGE,
} from '../protocol/messages';
import { triggerOf } from '../protocol/monitor';
import { INTERRUPT_PAGE_HALF, VmbusConnection } from '../protocol/transport';
import { ClientChannel } from './client-channel';
import type { ClientOffer } from './driver';
import { gpadlMessages } from './gpadl-messages';
import type { PageAllocator } from './pages';
import type { ClientChannelState, VmbusClientState } from './state';

/** How a driver wants its channel. */
export interface OpenOptions {
  /** Pages of each ring, control page included, at least 2. */
  readonly sendPages: number;
  readonly receivePages: number;
  readonly targetVp?: number;
  /** At most 120 bytes. */
  readonly userData?: Uint8Array;
}

/** What the channels of a client work with. */
export interface ClientChannelsHost {
  readonly processor: Processor;
  readonly pages: PageAllocator;
  state(): VmbusClientState;
  /** Posts a channel message. */
  post(message: Uint8Array): void;
  /** HvCallSignalEvent on a connection. */
  signal(connection: number): void;
}

const USER_DATA = 120;

/** The channels that a guest has opened: their rings and shared pages. linux drivers/hv/channel.c. */
export class ClientChannels {
  private readonly handles = new Map<number, ClientChannel>(); // made from the state when first used

  constructor(private readonly host: ClientChannelsHost) {}

  find(relid: number): ClientChannelState | undefined {
    return this.host.state().channels.find((channel) => channel.relid === relid);
  }

  private offer(relid: number): ClientOffer | undefined {
    return this.host.state().offers.find((offer) => offer.relid === relid);
  }

  /** Shares a ring with the host; the opening follows when the host has it. False when that cannot be. */
  open(relid: number, options: OpenOptions): boolean {
    if (!this.offer(relid) || this.find(relid)) return false;
    const state = this.host.state();
    const { sendPages, receivePages, targetVp = this.host.processor.index } = options;
    const gpa = this.host.pages.allocate(sendPages + receivePages);
    if (gpa === null) return false;
    const userData = new Uint8Array(USER_DATA);
    userData.set((options.userData ?? userData).subarray(0, USER_DATA));
    const ringGpadl = state.nextGpadl++;
    state.channels.push({ relid, phase: 'sharing', ringGpadl, gpa, sendPages, receivePages, targetVp, userData });
    this.handle(relid)?.initialise();
    for (const message of gpadlMessages(relid, ringGpadl, gpa, sendPages + receivePages)) this.host.post(message);
    return true;
  }

  /** The host has the ring: asks it to open the channel. */
  requestOpening(channel: ClientChannelState): void {
    channel.phase = 'opening';
    const { relid, ringGpadl, targetVp, sendPages: downstreamPage, userData } = channel;
    const request = { relid, openId: relid, ringGpadl, targetVp, downstreamPage, userData };
    this.host.post(encodeMessage(MessageType.OpenChannel, OPEN_CHANNEL, request));
  }

  /** The rings of an open channel, else null. */
  opened(relid: number): ClientChannel | null {
    return this.find(relid)?.phase === 'open' ? this.handle(relid) : null;
  }

  private handle(relid: number): ClientChannel | null {
    const place = this.find(relid);
    const known = this.handles.get(relid);
    if (known || !place) return known ?? null;
    const made = new ClientChannel(this.host.processor.memory, place, () => this.signalHost(relid));
    this.handles.set(relid, made);
    return made;
  }

  /** With an interrupt page the channel's flag is set there first: the connection is the same for all. */
  private signalHost(relid: number): void {
    const offer = this.offer(relid);
    const { interruptPage } = this.host.state();
    if (!offer || this.setTrigger(offer)) return;
    if (!offer.dedicatedInterrupt && interruptPage !== null) {
      const { memory } = this.host.processor;
      const at = interruptPage + INTERRUPT_PAGE_HALF + (relid >> 3);
      memory.writeU8(at, memory.readU8(at) | (1 << (relid & 7)));
    }
    this.host.signal(offer.dedicatedInterrupt ? offer.connectionId : VmbusConnection.Event);
  }

  /** Sets the channel's bit in the monitor page, where it has one: the host looks there by itself. */
  private setTrigger({ monitorId }: ClientOffer): boolean {
    const { monitorPages } = this.host.state();
    if (monitorId === null || monitorPages === null) return false;
    const { word, bit } = triggerOf(monitorId);
    const { memory } = this.host.processor;
    const at = monitorPages + PAGE_SIZE + word;
    memory.writeU32(at, (memory.readU32(at) | bit) >>> 0);
    return true;
  }

  /** Shares whole pages from `gpa` on: the id of their GPADL. */
  share(relid: number, gpa: number, bytes: number): number {
    const state = this.host.state();
    const id = state.nextGpadl++;
    state.gpadls.push({ id, relid });
    for (const message of gpadlMessages(relid, id, gpa, pagesFor(bytes))) this.host.post(message);
    return id;
  }

  unshare(relid: number, gpadl: number): void {
    this.host.post(encodeMessage(MessageType.GpadlTeardown, GPADL_TEARDOWN, { relid, gpadl }));
  }

  /** Asks for the channel's interrupts on another processor. From 5.3 on the host answers; what it says changes nothing here. */
  move(relid: number, targetVp: number): void {
    const channel = this.find(relid);
    if (channel?.phase !== 'open') return;
    channel.targetVp = targetVp;
    this.host.post(encodeMessage(MessageType.ModifyChannel, MODIFY_CHANNEL, { relid, targetVp }));
  }

  close(relid: number): void {
    const channel = this.find(relid);
    if (channel?.phase !== 'open') return;
    this.postClose(relid);
    this.takeRingBack(channel);
  }

  private postClose(relid: number): void {
    this.host.post(encodeMessage(MessageType.CloseChannel, RELID_MESSAGE, { relid }));
  }

  /** Asks for the ring's pages back. */
  takeRingBack(channel: ClientChannelState): void {
    channel.phase = 'closing';
    this.unshare(channel.relid, channel.ringGpadl);
  }

  /** Forgets a channel and frees its ring. */
  remove(channel: ClientChannelState): void {
    const { relid, gpa, sendPages, receivePages } = channel;
    const state = this.host.state();
    state.channels = state.channels.filter((other) => other !== channel);
    this.handles.delete(relid);
    this.host.pages.release(gpa, sendPages + receivePages);
  }

  /** The host took the device away: nothing is waited for, and the id is given back. */
  release(relid: number): void {
    const state = this.host.state();
    const channel = this.find(relid);
    if (channel?.phase === 'open') this.postClose(relid);
    if (channel) this.remove(channel);
    state.offers = state.offers.filter((offer) => offer.relid !== relid);
    state.gpadls = state.gpadls.filter((gpadl) => gpadl.relid !== relid);
    this.host.post(encodeMessage(MessageType.RelidReleased, RELID_MESSAGE, { relid }));
  }

  /** Forgets the wiring after the state behind it was replaced. */
  invalidate(): void {
    this.handles.clear();
  }
}
