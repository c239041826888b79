import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import type { Processor } from '../../hypervisor/processor';
import { bareMessage, MessageType } from '../protocol/messages';
import { INTERRUPT_PAGE_HALF } from '../protocol/transport';
import { hasDedicatedInterrupts, versionText, VmbusVersion } from '../protocol/versions';
import type { ClientChannel } from './client-channel';
import { ClientChannels, type OpenOptions } from './client-channels';
import { ClientMessages } from './client-messages';
import { Contact } from './contact';
import type { ChannelDriver, ClientOffer, ConnectFailure, VmbusListener } from './driver';
import { OtherProcessors } from './other-processors';
import { Outbox } from './outbox';
import type { PageAllocator } from './pages';
import { freshClientState, type VmbusClientState } from './state';
import { detectHypervisor, SynicGuest, takeBits } from './synic-guest';

export type { OpenOptions } from './client-channels';

/** What a guest's bus driver is made of. */
export interface VmbusClientOptions {
  /** VP 0: the one that connects and takes the bus's interrupts. */
  readonly processor: Processor;
  /** The other VPs that the operating system uses, from 1 on: channels can be aimed at them. None when absent. */
  readonly others?: readonly Processor[];
  readonly pages: PageAllocator;
  /** Identity that the operating system writes: TLFS, "Guest OS Identity MSR"; not zero. */
  readonly osId: bigint;
  /** Interrupt vector that the operating system gives to SINT 2. */
  readonly vector: number;
  /** Versions that this driver speaks, newest first. */
  readonly versions: readonly number[];
  /** The operating system reads time out of the reference TSC page (Windows 7 and later, Linux 4.11 and later). */
  readonly readsTime?: boolean;
  readonly listener: VmbusListener;
}

/**
 * The guest's side of VMBus, working over nothing but a processor: CPUID, registers, hypercalls, shared memory, interrupts. It
 * never waits: each answer of the host comes in through `interrupt`. linux drivers/hv/{connection,channel_mgmt,channel}.c.
 */
export class VmbusClient implements Unit<VmbusClientState> {
  private state = freshClientState();
  private readonly synic: SynicGuest;
  private readonly contact: Contact;
  private readonly outbox: Outbox;
  private readonly others: OtherProcessors;
  private readonly messages: ClientMessages;
  private readonly channels: ClientChannels;
  private readonly drivers = new Map<number, ChannelDriver>(); // wiring by channel id
  private readonly pageBytes = new Uint8Array(INTERRUPT_PAGE_HALF); // a place to read an interrupt page into

  constructor(private readonly options: VmbusClientOptions) {
    const { processor, pages, versions, listener } = options;
    const state = (): VmbusClientState => this.state;
    const synic = new SynicGuest(processor, pages);
    const outbox = new Outbox(synic, state);
    const post = (message: Uint8Array): void => outbox.post(message);
    const signal = (connection: number): void => synic.signal(connection);
    this.synic = synic;
    this.outbox = outbox;
    this.contact = new Contact({ processor, pages, synic, versions, state });
    this.others = new OtherProcessors(options.others ?? [], pages, () => this.state.otherPages);
    this.channels = new ClientChannels({ processor, pages, state, post, signal });
    this.messages = new ClientMessages({
      state,
      post,
      listener,
      channels: this.channels,
      driver: (relid) => this.drivers.get(relid),
      tryNextVersion: () => {
        if (!this.contact.next()) this.fail('version-refused');
      },
      finishRescind: (offer) => this.finishRescind(offer),
      stopped: () => this.stopped(),
    });
  }

  get connected(): boolean {
    return this.state.phase === 'connected';
  }

  /** Channels offered and not rescinded, in the order in which they came. */
  get offers(): readonly ClientOffer[] {
    return this.state.offers;
  }

  /** Looks for the hypervisor and begins to negotiate; the listener hears the end of it. */
  connect(): void {
    const { processor, osId, vector, readsTime = false } = this.options;
    const identity = detectHypervisor(processor);
    if (!identity) return this.fail('no-hypervisor');
    if (!this.synic.start(osId, vector, identity, readsTime)) return this.fail('no-memory');
    this.others.start(vector, this.synic.autoEoi);
    if (!this.contact.begin()) this.fail('version-refused');
  }

  private fail(reason: ConnectFailure): void {
    this.state.phase = 'failed';
    this.options.listener.failed(reason);
  }

  /** VPs that channels can be aimed at. */
  get vpCount(): number {
    return 1 + this.state.otherPages.length;
  }

  /** The interrupt of `vector` was taken on VP `vp`: handles messages and signals, then ends the interrupt. */
  interrupt(vp = 0): void {
    if (vp > 0) return this.otherInterrupt(vp);
    for (let message = this.synic.takeMessage(); message; message = this.synic.takeMessage())
      this.messages.handle(message);
    for (const relid of this.takeSignals()) this.service(relid);
    this.outbox.flush();
    this.synic.endOfInterrupt();
  }

  /** Messages come to the first VP; the others see to the channels that are aimed at them. */
  private otherInterrupt(vp: number): void {
    for (const relid of this.others.takeFlags(vp)) this.service(relid);
    this.outbox.flush();
    if (!this.synic.autoEoi) this.others.endOfInterrupt(vp);
  }

  private takeSignals(): number[] {
    const flags = this.synic.takeFlags();
    const { version, interruptPage } = this.state;
    if (hasDedicatedInterrupts(version) || interruptPage === null) return flags;
    return flags.includes(0) ? takeBits(this.options.processor, interruptPage, this.pageBytes) : [];
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

  /**
   * Begins to open a channel; its driver hears `opened`. False when it was not offered, is in use already, or there is no memory for
   * its rings.
   */
  openChannel(relid: number, options: OpenOptions): boolean {
    return this.connected && this.channels.open(relid, options);
  }

  /** The channel's rings while it is open, else null. */
  channel(relid: number): ClientChannel | null {
    return this.channels.opened(relid);
  }

  /** Shares whole pages with the host; the driver hears `gpadlCreated` with the id that this returns. */
  share(relid: number, gpa: number, bytes: number): number {
    return this.channels.share(relid, gpa, bytes);
  }

  /** Takes shared pages back; they may be used otherwise after `gpadlTornDown`. */
  unshare(relid: number, gpadl: number): void {
    this.channels.unshare(relid, gpadl);
  }

  /** Lets an open channel interrupt another processor. False where the protocol has no such message. linux drivers/hv/channel.c. */
  moveChannel(relid: number, targetVp: number): boolean {
    if (!this.connected || this.state.version < VmbusVersion.V4_1) return false;
    this.channels.move(relid, targetVp);
    return true;
  }

  /** Closes an open channel; the driver hears `closed` when its rings have been freed. */
  closeChannel(relid: number): void {
    this.channels.close(relid);
  }

  private finishRescind(offer: ClientOffer): void {
    const { relid } = offer;
    this.drivers.get(relid)?.rescinded();
    this.channels.release(relid);
    this.drivers.delete(relid);
    if (offer.subChannelIndex === 0) this.options.listener.rescinded(offer);
  }

  /** The partition's reference time in units of 100 ns; null where the hypervisor has none. */
  referenceTime(): bigint | null {
    return this.synic.referenceTime();
  }

  /** Leaves the bus: at shutdown and before a restart. The listener hears `unloaded`; the hypervisor's pages are taken back. */
  unload(): void {
    if (!this.connected) return;
    this.state.phase = 'unloading';
    this.outbox.post(bareMessage(MessageType.Unload));
    if (this.state.version < VmbusVersion.V1_1) this.messages.unloaded(); // the first version has no answer
  }

  /** The host has let go of everything: the pages that it used are this guest's again. */
  private stopped(): void {
    this.synic.stop();
    this.others.stop();
    this.contact.release();
  }

  reset(): void {
    this.state = freshClientState();
    this.synic.reset();
    this.drivers.clear();
    this.channels.invalidate();
  }

  save(): VmbusClientState {
    return clonePlain({ ...this.state, synic: this.synic.save() });
  }

  /** Drivers are attached again by whoever binds them. */
  restore(saved: VmbusClientState): void {
    this.state = clonePlain(saved);
    this.synic.restore(saved.synic);
    this.channels.invalidate();
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
