import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import { HvStatus } from '../../hypervisor/hypercall';
import type { Processor } from '../../hypervisor/processor';
import { PAGE_SIZE } from '../../memory/guest-memory';
import { pagesFor } from '../page-view';
import {
  bareMessage,
  encodeMessage,
  GPADL_TEARDOWN,
  INITIATE_CONTACT,
  MessageType,
  OPEN_CHANNEL,
  RELID_MESSAGE,
} from '../protocol/messages';
import { INTERRUPT_PAGE_HALF, VMBUS_MESSAGE_TYPE, VMBUS_SINT, VmbusConnection } from '../protocol/transport';
import { hasDedicatedInterrupts, usesMessageConnection, versionText } from '../protocol/versions';
import { ClientChannel } from './client-channel';
import { ClientMessages } from './client-messages';
import type { ChannelDriver, ClientOffer, ConnectFailure, VmbusListener } from './driver';
import { gpadlMessages } from './gpadl-messages';
import type { PageAllocator } from './pages';
import { freshClientState, type ClientChannelState, type VmbusClientState } from './state';
import { detectHypervisor, SynicGuest, takeBits } from './synic-guest';

/** What a guest's bus driver is made of. */
export interface VmbusClientOptions {
  /** VP 0: the one that connects and takes the bus's interrupts. */
  readonly processor: Processor;
  readonly pages: PageAllocator;
  /** Identity that the operating system writes: TLFS, "Guest OS Identity MSR"; not zero. */
  readonly osId: bigint;
  /** Interrupt vector that the operating system gives to SINT 2. */
  readonly vector: number;
  /** Versions that this driver speaks, newest first. */
  readonly versions: readonly number[];
  readonly listener: VmbusListener;
}

/** How a driver wants its channel. */
export interface OpenOptions {
  /** Pages of each ring, control page included, at least 2. */
  readonly sendPages: number;
  readonly receivePages: number;
  readonly targetVp?: number;
  /** At most 120 bytes. */
  readonly userData?: Uint8Array;
}

const LEGACY_FLAG_WORDS = INTERRUPT_PAGE_HALF / 4;

/**
 * The guest's side of VMBus, working over nothing but a processor: CPUID, registers, hypercalls, shared memory, interrupts. It
 * never waits: each answer of the host comes in through `interrupt`. linux drivers/hv/{connection,channel_mgmt,channel}.c.
 */
export class VmbusClient implements Unit<VmbusClientState> {
  private state = freshClientState();
  private readonly synic: SynicGuest;
  private readonly messages: ClientMessages;
  private readonly drivers = new Map<number, ChannelDriver>(); // wiring by channel id
  private readonly handles = new Map<number, ClientChannel>();

  constructor(private readonly options: VmbusClientOptions) {
    this.synic = new SynicGuest(options.processor, options.pages);
    this.messages = new ClientMessages({
      state: () => this.state,
      listener: options.listener,
      driver: (relid) => this.drivers.get(relid),
      post: (message) => this.post(message),
      tryNextVersion: () => this.tryNextVersion(),
      requestOpening: (channel) => this.requestOpening(channel),
      removeChannel: (channel) => this.removeChannel(channel),
      takeRingBack: (channel) => this.takeRingBack(channel),
      finishRescind: (offer) => this.finishRescind(offer),
      stopped: () => this.synic.stop(),
    });
  }

  get vector(): number {
    return this.options.vector;
  }

  get connected(): boolean {
    return this.state.phase === 'connected';
  }

  /** Version in use, or null. */
  get version(): number | null {
    return this.connected ? this.state.version : null;
  }

  /** Channels offered and not rescinded, in the order in which they came. */
  get offers(): readonly ClientOffer[] {
    return this.state.offers;
  }

  /** Looks for the hypervisor and begins to negotiate; the listener hears the end of it. */
  connect(): void {
    const { processor, osId, vector } = this.options;
    const identity = detectHypervisor(processor);
    if (!identity) return this.fail('no-hypervisor');
    if (!this.synic.start(osId, vector, identity.hints)) return this.fail('no-memory');
    this.state.phase = 'contacting';
    this.state.attempt = -1;
    this.tryNextVersion();
  }

  private fail(reason: ConnectFailure): void {
    this.state.phase = 'failed';
    this.options.listener.failed(reason);
  }

  /** A host older than 5.0 has no connection 4: that refusal comes at once, from the hypervisor. */
  private tryNextVersion(): void {
    for (;;) {
      const version = this.options.versions[++this.state.attempt];
      if (version === undefined) return this.fail('version-refused');
      this.state.version = version;
      const connection = usesMessageConnection(version) ? VmbusConnection.Message4 : VmbusConnection.Message;
      this.state.messageConnection = connection;
      if (this.synic.post(connection, VMBUS_MESSAGE_TYPE, this.contactMessage(version)) === HvStatus.Success) return;
    }
  }

  private contactMessage(version: number): Uint8Array {
    const { state } = this;
    if (!hasDedicatedInterrupts(version)) {
      state.interruptPage ??= this.options.pages.allocate(1);
      if (state.interruptPage !== null) this.options.processor.memory.fill(state.interruptPage, PAGE_SIZE, 0);
    }
    const interruptPage = usesMessageConnection(version) ? VMBUS_SINT : (state.interruptPage ?? 0);
    return encodeMessage(MessageType.InitiateContact, INITIATE_CONTACT, {
      version,
      targetVp: this.options.processor.index,
      interruptPage: BigInt(interruptPage),
      monitorPage1: 0n,
      monitorPage2: 0n,
    });
  }

  /** The interrupt of `vector` was taken: handles messages and signals, then ends the interrupt. */
  interrupt(): void {
    for (let message = this.synic.takeMessage(); message; message = this.synic.takeMessage())
      this.messages.handle(message);
    for (const relid of this.takeSignals()) this.service(relid);
    this.flush();
    this.synic.endOfInterrupt();
  }

  private takeSignals(): number[] {
    const flags = this.synic.takeFlags();
    const { version, interruptPage } = this.state;
    if (hasDedicatedInterrupts(version) || interruptPage === null) return flags;
    return flags.includes(0) ? takeBits(this.options.processor, interruptPage, LEGACY_FLAG_WORDS) : [];
  }

  private service(relid: number): void {
    const driver = this.drivers.get(relid);
    const channel = this.channel(relid);
    if (!driver || !channel) return;
    channel.drain((packet) => driver.packet(packet));
    driver.drained();
  }

  /** Makes `driver` the one that hears of channel `relid`. After a restore drivers are attached again. */
  attach(relid: number, driver: ChannelDriver): void {
    this.drivers.set(relid, driver);
  }

  detach(relid: number): void {
    this.drivers.delete(relid);
  }

  /** Begins to open a channel. False when it was not offered, is in use already, or there is no memory for its rings. */
  openChannel(relid: number, options: OpenOptions): boolean {
    const isOffered = this.state.offers.some((offer) => offer.relid === relid);
    if (!this.connected || !isOffered || this.channelState(relid)) return false;
    const { sendPages, receivePages, targetVp = this.options.processor.index } = options;
    const gpa = this.options.pages.allocate(sendPages + receivePages);
    if (gpa === null) return false;
    const userData = new Uint8Array(120);
    userData.set((options.userData ?? userData).subarray(0, 120));
    const ringGpadl = this.state.nextGpadl++;
    this.state.channels.push({ relid, phase: 'sharing', ringGpadl, gpa, sendPages, receivePages, targetVp, userData });
    this.handle(relid)?.initialise();
    for (const message of gpadlMessages(relid, ringGpadl, gpa, sendPages + receivePages)) this.post(message);
    return true;
  }

  private requestOpening(channel: ClientChannelState): void {
    channel.phase = 'opening';
    const { relid, ringGpadl, targetVp, sendPages: downstreamPage, userData } = channel;
    const request = { relid, openId: relid, ringGpadl, targetVp, downstreamPage, userData };
    this.post(encodeMessage(MessageType.OpenChannel, OPEN_CHANNEL, request));
  }

  /** The channel's rings while it is open, else null. */
  channel(relid: number): ClientChannel | null {
    return this.channelState(relid)?.phase === 'open' ? this.handle(relid) : null;
  }

  private channelState(relid: number): ClientChannelState | undefined {
    return this.state.channels.find((channel) => channel.relid === relid);
  }

  private handle(relid: number): ClientChannel | null {
    const place = this.channelState(relid);
    const known = this.handles.get(relid);
    if (known || !place) return known ?? null;
    const made = new ClientChannel(this.options.processor.memory, place, () => this.signalHost(relid));
    this.handles.set(relid, made);
    return made;
  }

  private signalHost(relid: number): void {
    const offer = this.state.offers.find((candidate) => candidate.relid === relid);
    const { interruptPage } = this.state;
    if (!offer) return;
    if (!offer.dedicatedInterrupt && interruptPage !== null) {
      const { memory } = this.options.processor;
      const at = interruptPage + INTERRUPT_PAGE_HALF + (relid >> 3);
      memory.writeU8(at, memory.readU8(at) | (1 << (relid & 7)));
    }
    this.synic.signal(offer.dedicatedInterrupt ? offer.connectionId : VmbusConnection.Event);
  }

  /** Shares whole pages with the host; the driver hears `gpadlCreated` with the id that this returns. */
  share(relid: number, gpa: number, bytes: number): number {
    const id = this.state.nextGpadl++;
    this.state.gpadls.push({ id, relid });
    for (const message of gpadlMessages(relid, id, gpa, pagesFor(bytes))) this.post(message);
    return id;
  }

  /** Takes shared pages back; they may be used otherwise after `gpadlTornDown`. */
  unshare(relid: number, gpadl: number): void {
    this.post(encodeMessage(MessageType.GpadlTeardown, GPADL_TEARDOWN, { relid, gpadl }));
  }

  /** Closes an open channel; the driver hears `closed` when its rings have been freed. */
  closeChannel(relid: number): void {
    const channel = this.channelState(relid);
    if (!channel || channel.phase !== 'open') return;
    this.post(encodeMessage(MessageType.CloseChannel, RELID_MESSAGE, { relid }));
    this.takeRingBack(channel);
  }

  private takeRingBack(channel: ClientChannelState): void {
    channel.phase = 'closing';
    this.unshare(channel.relid, channel.ringGpadl);
  }

  private removeChannel(channel: ClientChannelState): void {
    const { relid, gpa, sendPages, receivePages } = channel;
    this.state.channels = this.state.channels.filter((other) => other !== channel);
    this.handles.delete(relid);
    this.options.pages.release(gpa, sendPages + receivePages);
  }

  /** The host took the device away: close without waiting, and give the id back. */
  private finishRescind(offer: ClientOffer): void {
    const { relid } = offer;
    const channel = this.channelState(relid);
    this.drivers.get(relid)?.rescinded();
    if (channel?.phase === 'open') this.post(encodeMessage(MessageType.CloseChannel, RELID_MESSAGE, { relid }));
    if (channel) this.removeChannel(channel);
    this.state.offers = this.state.offers.filter((other) => other.relid !== relid);
    this.state.gpadls = this.state.gpadls.filter((gpadl) => gpadl.relid !== relid);
    this.post(encodeMessage(MessageType.RelidReleased, RELID_MESSAGE, { relid }));
    this.drivers.delete(relid);
    this.options.listener.rescinded(offer);
  }

  /** Leaves the bus: at shutdown and before a restart. The listener hears `unloaded`; the hypervisor's pages are taken back. */
  unload(): void {
    if (!this.connected) return;
    this.state.phase = 'unloading';
    this.post(bareMessage(MessageType.Unload));
  }

  private post(message: Uint8Array): void {
    this.state.outbox.push({ connection: this.state.messageConnection, message });
    this.flush();
  }

  /** Posts in order; stops while the host has no room, and goes on with the next interrupt. */
  private flush(): void {
    const { outbox } = this.state;
    for (let next = outbox[0]; next; next = outbox[0]) {
      const status = this.synic.post(next.connection, VMBUS_MESSAGE_TYPE, next.message);
      if (status === HvStatus.InsufficientBuffers) return;
      outbox.shift();
    }
  }

  reset(): void {
    this.state = freshClientState();
    this.synic.reset();
    this.drivers.clear();
    this.handles.clear();
  }

  save(): VmbusClientState {
    return clonePlain({ ...this.state, synic: this.synic.save() });
  }

  /** Drivers are attached again by whoever binds them. */
  restore(saved: VmbusClientState): void {
    this.state = clonePlain(saved);
    this.synic.restore(saved.synic);
    this.handles.clear();
  }

  inspect(): InspectNode {
    const { phase, version, offers, channels, outbox } = this.state;
    return {
      phase,
      version: versionText(version),
      offers: offers.map(({ relid, interfaceType, instance }) => ({ relid, interfaceType, instance })),
      channels: channels.map((channel) => ({
        relid: channel.relid,
        phase: channel.phase,
        ringGpadl: channel.ringGpadl,
      })),
      waiting: outbox.length,
      synic: this.synic.inspect(),
    };
  }
}
