import { readU32 } from '../../base/bytes';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import { HvStatus } from '../../hypervisor/hypercall';
import type { Partition } from '../../hypervisor/partition';
import type { CostMeter } from '../../trace/cost';
import { TraceKind } from '../../trace/kinds';
import { bareMessage, encodeMessage, MessageType, OFFER_CHANNEL, RELID_MESSAGE } from '../protocol/messages';
import { offerMessage } from '../protocol/offer';
import {
  channelConnection,
  VMBUS_MESSAGE_PORT,
  VMBUS_MESSAGE_TYPE,
  VMBUS_SINT,
  VmbusConnection,
} from '../protocol/transport';
import { hasDedicatedInterrupts, usesMessageConnection, versionText } from '../protocol/versions';
import { ChannelTable, type ChannelEntry } from './channel-table';
import { ControlMessages } from './control-messages';
import type { VspDevice } from './device';
import { Gpadls } from './gpadls';
import type { HostChannel } from './host-channel';
import { Monitors } from './monitors';
import { freshCounters, type ChannelState, type VmbusServerState } from './state';

/** What a server is made of. */
export interface VmbusServerOptions {
  readonly partition: Partition;
  /** Account of the parent's work for this machine. */
  readonly meter: CostMeter;
  /** Newest protocol version of this host. */
  readonly maxVersion: number;
  /** Guest memory that all GPADLs together may name: 1280 MB from Windows Server 2019 on, 384 MB before. */
  readonly gpadlLimit?: number;
}

const MEGABYTE = 2 ** 20;
/** Messages that may wait for a guest that does not read: then its own requests are refused until it does. */
const OUTBOX_LIMIT = 256;

/**
 * The parent's side of VMBus for one machine: negotiates, offers the devices that were added, opens and closes their channels. It
 * does nothing by itself: it answers messages and signals of the guest, and calls the devices.
 * linux Documentation/virt/hyperv/vmbus.rst; include/linux/hyperv.h.
 */
export class VmbusServer implements Unit<VmbusServerState> {
  private state = fresh();
  private readonly partition: Partition;
  private readonly actor: number;
  private readonly gpadls: Gpadls;
  private readonly table: ChannelTable;
  private readonly control: ControlMessages;
  private readonly monitors: Monitors;

  constructor(options: VmbusServerOptions) {
    const { partition, meter, maxVersion } = options;
    this.partition = partition;
    this.actor = partition.trace.actor(`${partition.name}/vmbus`);
    const state = (): VmbusServerState => this.state;
    this.gpadls = new Gpadls(partition.memory, () => this.state.gpadls, options.gpadlLimit ?? 1280 * MEGABYTE);
    const opened = (): void => this.monitors.watch();
    const offerSubChannel = (device: VspDevice): HostChannel | null => this.addSubChannel(device);
    const { gpadls, actor } = this;
    this.table = new ChannelTable({ partition, meter, gpadls, actor, state, opened, offerSubChannel });
    this.monitors = this.makeMonitors();
    this.control = new ControlMessages({
      partition,
      actor: this.actor,
      maxVersion,
      gpadls: this.gpadls,
      table: this.table,
      state,
      send: (message) => this.send(message),
      sendElsewhere: (vp, sint, message) => void this.post(vp, sint, message),
      sendOffers: () => this.sendOffers(),
      dropSubChannels: (device) => this.take(this.table.subChannelsOf(device)),
      disconnect: () => this.disconnect(),
      monitorPageAt: (gpa) => this.monitors.pageAt(gpa),
    });
    this.connect(maxVersion);
  }

  private makeMonitors(): Monitors {
    const { partition, table } = this;
    return new Monitors({
      partition,
      state: () => this.state,
      latencyOf: ({ relid }) => table.find(relid)?.device.offer.monitorLatency,
      signalled: (relid) => {
        const entry = table.find(relid);
        if (entry) table.guestSignalled(entry);
      },
    });
  }

  private connect(maxVersion: number): void {
    const { connections } = this.partition;
    const receiver = { message: (type: number, payload: Uint8Array) => this.receive(type, payload) };
    connections.connectMessage(VmbusConnection.Message, receiver);
    if (usesMessageConnection(maxVersion)) connections.connectMessage(VmbusConnection.Message4, receiver);
    connections.connectEvent(VmbusConnection.Event, { event: () => this.table.legacyEvent() });
    this.partition.onRoom(VMBUS_MESSAGE_PORT, () => this.flush());
  }

  /** True between a successful negotiation and the guest's unload or reset. */
  get connected(): boolean {
    return this.state.connected;
  }

  /** Version in use, or null when not connected. */
  get version(): number | null {
    return this.state.connected ? this.state.version : null;
  }

  /** Adds a device. A guest that has asked for offers hears of it at once (hot add). Null when all channel ids are taken. */
  add(device: VspDevice): HostChannel | null {
    const entry = this.table.add(device, 0);
    if (entry && this.state.offersRequested) this.offer(entry);
    return entry?.channel ?? null;
  }

  /**
   * Offers one more channel of a device whose driver asked for it through the device's own protocol; the device gets it by `attached`. It
   * lasts as long as the primary channel is open.
   */
  addSubChannel(device: VspDevice): HostChannel | null {
    const entry = this.table.add(device, this.table.of(device).length);
    if (entry && this.state.offersRequested) this.offer(entry);
    return entry?.channel ?? null;
  }

  /** Removes a device: its channels are closed and, where the guest knows them, rescinded. */
  remove(device: VspDevice): void {
    this.take(this.table.of(device));
  }

  private take(entries: readonly ChannelEntry[]): void {
    for (const entry of entries) {
      this.table.close(entry);
      this.table.detach(entry);
      this.rescind(entry.state);
    }
  }

  private rescind(state: ChannelState): void {
    if (!state.offered) return this.table.forget(state);
    state.phase = 'rescinded';
    this.send(encodeMessage(MessageType.RescindChannelOffer, RELID_MESSAGE, { relid: state.relid }));
  }

  private sendOffers(): void {
    this.state.offersRequested = true;
    for (const entry of this.table.all()) this.offer(entry);
    this.send(bareMessage(MessageType.AllOffersDelivered));
  }

  private offer(entry: ChannelEntry): void {
    const { relid, subChannelIndex } = entry.state;
    const dedicatedInterrupt = hasDedicatedInterrupts(this.state.version);
    const connectionId = dedicatedInterrupt ? channelConnection(relid) : VmbusConnection.Event;
    entry.state.offered = true;
    this.monitors.assign(entry.state);
    const { monitorId } = entry.state;
    const place = { relid, subChannelIndex, connectionId, dedicatedInterrupt, monitorId };
    const offer = offerMessage(entry.device.offer, place);
    this.send(encodeMessage(MessageType.OfferChannel, OFFER_CHANNEL, offer));
  }

  private receive(type: number, payload: Uint8Array): HvStatus {
    if (this.state.outbox.length > OUTBOX_LIMIT) return HvStatus.InsufficientBuffers;
    if (type === VMBUS_MESSAGE_TYPE) this.control.handle(payload);
    else this.state.counters.malformed++;
    return HvStatus.Success;
  }

  private send(message: Uint8Array): void {
    this.partition.trace.record(this.actor, TraceKind.VmbusToGuest, readU32(message, 0), message.length);
    this.state.outbox.push(message);
    this.flush();
  }

  private post(vp: number, sint: number, message: Uint8Array): HvStatus {
    return this.partition.postMessage(VMBUS_MESSAGE_PORT, vp, sint, VMBUS_MESSAGE_TYPE, message);
  }

  /** Posts what waits while the guest's port has room. A guest whose VP does not exist loses its messages. */
  private flush(): void {
    const { outbox, targetVp } = this.state;
    for (let message = outbox.shift(); message; message = outbox.shift()) {
      const status = this.post(targetVp, VMBUS_SINT, message);
      if (status !== HvStatus.InsufficientBuffers) continue;
      outbox.unshift(message);
      return;
    }
  }

  /** The connection is gone: channels closed, buffers forgotten, ids of removed devices free. */
  private disconnect(): void {
    for (const entry of this.table.all()) this.table.close(entry);
    this.table.dropSubChannels();
    const { state } = this;
    state.gpadls.length = 0;
    this.gpadls.invalidate();
    state.channels = state.channels.filter(({ phase }) => phase !== 'rescinded');
    for (const channel of state.channels) Object.assign(channel, { offered: false, monitorId: null });
    Object.assign(state, DISCONNECTED);
    this.monitors.stop();
    state.outbox.length = 0;
  }

  /** The machine was reset: the guest knows of nothing. Counters start again. */
  reset(): void {
    this.disconnect();
    const { channels } = this.state;
    this.state = { ...fresh(), channels };
  }

  save(): VmbusServerState {
    return clonePlain(this.state);
  }

  /** Devices must have been added before. A channel whose device is missing is rescinded. */
  restore(saved: VmbusServerState): void {
    this.state = clonePlain(saved);
    this.gpadls.invalidate();
    for (const state of this.table.relink()) this.rescind(state);
  }

  inspect(): InspectNode {
    const { connected, version, targetVp, offersRequested, outbox, gpadls, counters } = this.state;
    return {
      connected,
      version: versionText(version),
      targetVp,
      offersRequested,
      waiting: outbox.length,
      gpadls: gpadls.map(({ id, relid, ranges }) => ({ id, relid, bytes: ranges.length })),
      channels: this.table.inspect(),
      counters: { ...counters },
    };
  }
}

const DISCONNECTED = {
  connected: false,
  version: 0,
  interruptPage: null,
  monitorPage: null,
  offersRequested: false,
};

function fresh(): VmbusServerState {
  return {
    ...DISCONNECTED,
    targetVp: 0,
    channels: [],
    gpadls: [],
    outbox: [],
    counters: freshCounters(),
  };
}
