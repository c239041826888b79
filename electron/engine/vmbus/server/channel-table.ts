import type { InspectNode } from '../../base/unit';
import type { Partition } from '../../hypervisor/partition';
import type { CostMeter } from '../../trace/cost';
import { TraceKind } from '../../trace/kinds';
import { PAGE_SIZE } from '../../memory/guest-memory';
import { INTERRUPT_PAGE_HALF, MAX_RELID, VMBUS_SINT, channelConnection } from '../protocol/transport';
import { hasDedicatedInterrupts } from '../protocol/versions';
import type { OpenChannel } from '../protocol/messages';
import type { VspDevice } from './device';
import type { Gpadls } from './gpadls';
import { HostChannel, type ChannelHost } from './host-channel';
import type { ChannelState, VmbusServerState } from './state';

/** Wiring of one channel: the device that offers it, and the parent's end. `state` is the element of the server's state. */
export interface ChannelEntry {
  readonly device: VspDevice;
  readonly subChannelIndex: number;
  readonly channel: HostChannel;
  state: ChannelState;
}

export interface ChannelTableHost {
  readonly partition: Partition;
  readonly meter: CostMeter;
  readonly gpadls: Gpadls;
  readonly actor: number;
  state(): VmbusServerState;
  offerSubChannel(device: VspDevice): HostChannel | null;
  /** A channel has been opened. */
  opened(): void;
}

const SMALLEST_RING = 2; // pages: control and data

/** The channels of a server: which device is behind which id, opening, closing, signals both ways. */
export class ChannelTable {
  private entries: ChannelEntry[] = [];

  constructor(private readonly host: ChannelTableHost) {}

  /** Makes the channel of a device (or its sub-channel). Null when all ids are taken. */
  add(device: VspDevice, subChannelIndex: number): ChannelEntry | null {
    const state = this.freshState(device.offer.name, subChannelIndex);
    if (!state) return null;
    this.host.state().channels.push(state);
    return this.wire(device, state);
  }

  private wire(device: VspDevice, state: ChannelState): ChannelEntry {
    const { subChannelIndex } = state;
    const channel = new HostChannel(this.channelHost(device, subChannelIndex, () => entry));
    const entry: ChannelEntry = { device, subChannelIndex, state, channel };
    this.entries.push(entry);
    this.connect(entry);
    device.attached(channel);
    return entry;
  }

  private channelHost(device: VspDevice, subChannelIndex: number, entry: () => ChannelEntry): ChannelHost {
    const { partition, meter, gpadls } = this.host;
    const name = `${device.offer.name}/${subChannelIndex}`;
    const reach = device.isPrivate ? 'inherited' : 'host';
    const runOf = ({ channel }: ChannelEntry): void => {
      meter.charge('interrupt');
      channel.run();
    };
    return {
      memory: partition.memory,
      trace: partition.trace,
      actor: partition.trace.actor(`${partition.name}/${device.offer.name}`),
      meter,
      alarm: partition.clock.alarm(`vmbus/${name}`, () => runOf(entry()), { reach }),
      device,
      now: () => partition.clock.now(),
      state: () => entry().state,
      gpadl: (id) => (gpadls.find(id)?.relid === entry().state.relid ? gpadls.view(id) : null),
      offerSubChannel: () => this.host.offerSubChannel(device),
      signalGuest: (relid, vp) => this.signalGuest(relid, vp),
      ringFault: () => {
        this.host.state().counters.ringFaults++;
      },
    };
  }

  private freshState(device: string, subChannelIndex: number): ChannelState | null {
    const taken = new Set(this.host.state().channels.map(({ relid }) => relid));
    let relid = 1;
    while (taken.has(relid)) relid++;
    return relid > MAX_RELID
      ? null
      : { device, subChannelIndex, relid, monitorId: null, ...CLOSED, userData: new Uint8Array(120) };
  }

  private connect(entry: ChannelEntry): void {
    const receiver = { event: () => this.guestSignalled(entry) };
    this.host.partition.connections.connectEvent(channelConnection(entry.state.relid), receiver);
  }

  /** The guest has signalled a channel, by whatever way. */
  guestSignalled(entry: ChannelEntry): void {
    if (entry.state.phase === 'open') entry.channel.signalled();
    else this.host.state().counters.straySignals++;
  }

  /** The shared page of old guests: each flag set in its second half is a channel that was signalled. */
  legacyEvent(): void {
    const page = this.host.state().interruptPage;
    if (page === null) return;
    const { memory } = this.host.partition;
    for (const entry of this.entries) {
      const at = page + INTERRUPT_PAGE_HALF + (entry.state.relid >> 3);
      const bit = 1 << (entry.state.relid & 7);
      const bits = memory.readU8(at);
      if ((bits & bit) === 0) continue;
      memory.writeU8(at, bits & ~bit);
      this.guestSignalled(entry);
    }
  }

  private signalGuest(relid: number, targetVp: number): void {
    const { partition } = this.host;
    const { version, interruptPage, targetVp: contactVp } = this.host.state();
    if (hasDedicatedInterrupts(version)) return void partition.signalEvent(targetVp, VMBUS_SINT, relid);
    if (interruptPage === null) return;
    const at = interruptPage + (relid >> 3);
    partition.memory.writeU8(at, partition.memory.readU8(at) | (1 << (relid & 7)));
    partition.signalEvent(contactVp, VMBUS_SINT, 0);
  }

  /** Every channel whose device is here, in the order in which they were added. */
  all(): readonly ChannelEntry[] {
    return this.entries;
  }

  find(relid: number): ChannelEntry | undefined {
    return this.entries.find((entry) => entry.state.relid === relid);
  }

  of(device: VspDevice): ChannelEntry[] {
    return this.entries.filter((entry) => entry.device === device);
  }

  /** Sub-channels of a device. */
  subChannelsOf(device: VspDevice): ChannelEntry[] {
    return this.of(device).filter(({ subChannelIndex }) => subChannelIndex > 0);
  }

  /** Opens a channel over the ring that the guest prepared. False when the request does not hold, or the device refuses. */
  open(entry: ChannelEntry, request: OpenChannel): boolean {
    const { state, channel, device } = entry;
    if (state.phase !== 'closed' || !state.offered || !this.isRing(state.relid, request)) return false;
    const { ringGpadl, downstreamPage, targetVp, openId, userData } = request;
    Object.assign(state, { phase: 'open', ringGpadl, downstreamPage, targetVp, openId, userData, faulted: false });
    channel.begin();
    this.host.opened();
    if (device.opened(channel)) return true;
    this.close(entry);
    return false;
  }

  private isRing(relid: number, { ringGpadl, downstreamPage }: OpenChannel): boolean {
    const view = this.host.gpadls.find(ringGpadl)?.relid === relid ? this.host.gpadls.view(ringGpadl) : null;
    if (!view || view.length % PAGE_SIZE !== 0) return false;
    return downstreamPage >= SMALLEST_RING && view.length / PAGE_SIZE - downstreamPage >= SMALLEST_RING;
  }

  /** Closes a channel if it is open; the device hears of it. */
  close(entry: ChannelEntry): boolean {
    const { state, channel, device } = entry;
    if (state.phase !== 'open') return false;
    Object.assign(state, CLOSED, { relid: state.relid, offered: state.offered });
    channel.end();
    device.closed(channel);
    this.host.partition.trace.record(this.host.actor, TraceKind.ChannelClose, state.relid);
    return true;
  }

  /** Takes a channel's wiring away. Its state stays until the guest gives the id back. */
  detach(entry: ChannelEntry): void {
    this.entries = this.entries.filter((other) => other !== entry);
    this.host.partition.connections.disconnect(channelConnection(entry.state.relid));
    entry.channel.dispose();
  }

  /** Forgets a channel's state: its id is free. */
  forget(state: ChannelState): void {
    const list = this.host.state().channels;
    const index = list.indexOf(state);
    if (index >= 0) list.splice(index, 1);
  }

  /** Forgets the sub-channels: a driver asks for them anew on each connection. */
  dropSubChannels(): void {
    for (const entry of this.entries.filter(({ subChannelIndex }) => subChannelIndex > 0)) {
      this.detach(entry);
      this.forget(entry.state);
    }
  }

  /**
   * After the state was replaced: each device finds its channel's state again, and gets the sub-channels that it had. Returns the states
   * without a device.
   */
  relink(): ChannelState[] {
    const devices = this.entries.filter(({ subChannelIndex }) => subChannelIndex === 0).map(({ device }) => device);
    for (const entry of [...this.entries]) {
      if (entry.subChannelIndex > 0) this.detach(entry);
      else this.host.partition.connections.disconnect(channelConnection(entry.state.relid));
    }
    for (const entry of this.entries) this.relinkPrimary(entry);
    const { channels } = this.host.state();
    const orphans = channels.filter(
      (state) => state.phase !== 'rescinded' && !this.entries.some((entry) => entry.state === state),
    );
    return orphans.filter((state) => {
      const device = state.subChannelIndex > 0 ? devices.find(({ offer }) => offer.name === state.device) : undefined;
      if (device) this.wire(device, state);
      return !device;
    });
  }

  private relinkPrimary(entry: ChannelEntry): void {
    const { channels } = this.host.state();
    const { name } = entry.device.offer;
    const isOwn = (state: ChannelState): boolean =>
      state.device === name && state.subChannelIndex === 0 && state.phase !== 'rescinded';
    const state = channels.find(isOwn) ?? this.freshState(name, 0);
    if (state && !channels.includes(state)) channels.push(state);
    if (state) entry.state = state;
    entry.channel.invalidate();
    this.connect(entry);
  }

  inspect(): InspectNode {
    return Object.fromEntries(
      this.entries.map(({ device, subChannelIndex, channel }) => [
        `${device.offer.name}/${subChannelIndex}`,
        channel.inspect(),
      ]),
    );
  }
}

const CLOSED = {
  offered: false,
  phase: 'closed' as const,
  ringGpadl: 0,
  downstreamPage: 0,
  targetVp: 0,
  openId: 0,
  userData: new Uint8Array(0),
  faulted: false,
};
