import { readU32 } from '../../../base/bytes';
import { HashType } from '../../../base/net/flow-hash';
import type { ChannelDriver, ClientOffer } from '../../../vmbus/client/driver';
import {
  indirectionTableOf,
  NVSP_SUB_CHANNEL,
  NVSP_SUB_CHANNEL_COMPLETE,
  NvspStatus,
  NvspType,
  SEND_TABLE_ENTRIES,
  SUB_CHANNEL_ALLOCATE,
} from '../../../vmbus/protocol/nvsp';
import { Oid } from '../../../vmbus/protocol/oid';
import { encodeRssParameters, type ReceiveScale } from '../../../vmbus/protocol/receive-scale';
import { RNDIS_HEADER, RndisType } from '../../../vmbus/protocol/rndis';
import type { NetvscLink } from './link';
import { objectRequest } from './requests';
import type { NetvscSettings } from './settings';
import type { ScalingPhase } from './state';

/** The key that Linux begins with, Microsoft's own. linux drivers/net/hyperv/rndis_filter.c, netvsc_hash_key. */
export const HASH_KEY = Uint8Array.from(
  '6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa'.match(/../g) ?? [],
  (byte) => parseInt(byte, 16),
);
/** What the driver wants hashed. */
export const HASH_TYPES = HashType.Ipv4 | HashType.TcpIpv4 | HashType.Ipv6 | HashType.TcpIpv6;

/** What the sub-channels hand on. */
export interface ScalingHost {
  packet(relid: number): ChannelDriver['packet'];
  drained(): void;
}

/**
 * More channels than one: asks the provider for as many as there are processors, opens each on its own, and tells the adapter which flows
 * belong to which. linux drivers/net/hyperv/rndis_filter.c, rndis_set_subchannel.
 */
export class Scaling {
  constructor(
    private readonly link: NetvscLink,
    private readonly settings: NetvscSettings,
    private readonly host: ScalingHost,
  ) {
    for (const { relid } of link.state.subChannels) this.attach(relid);
  }

  /** The adapter is up: begins, where there is anything to gain. */
  begin(): void {
    const { state, client } = this.link;
    const channels = Math.min(this.settings.channels, client.vpCount, state.receiveQueues);
    if (channels < 2 || state.tableEntries === 0) return;
    Object.assign(state, { wanted: channels - 1, lost: 0, scaling: 'asked' });
    const fields = { type: NvspType.SubChannel, operation: SUB_CHANNEL_ALLOCATE, count: state.wanted };
    if (!this.link.nvsp(NVSP_SUB_CHANNEL, fields, true)) state.scaling = 'none';
  }

  /** The provider's answer: how many there will be. Without them the driver goes on with one. */
  answered(payload: Uint8Array): void {
    const { state } = this.link;
    const answer = NVSP_SUB_CHANNEL_COMPLETE.decode(payload);
    if (state.scaling !== 'asked') return;
    const isGood = answer?.status === NvspStatus.Success && answer.count <= state.wanted;
    state.scaling = isGood ? 'opening' : 'none';
    state.wanted = isGood ? answer.count : 0;
    if (isGood) this.goOn();
    else for (const { relid } of state.subChannels) this.link.client.closeChannel(relid); // offered all the same
  }

  /** A sub-channel is offered: opened with the processors in turn. */
  offered({ relid, subChannelIndex }: ClientOffer): void {
    const { state, client } = this.link;
    if (state.scaling === 'none' || subChannelIndex > state.wanted) return;
    state.subChannels.push({ relid, index: subChannelIndex, isOpen: false });
    this.attach(relid);
    const { ringPages } = this.settings;
    const isAsked = client.openChannel(relid, {
      sendPages: ringPages,
      receivePages: ringPages,
      targetVp: subChannelIndex % client.vpCount,
    });
    if (!isAsked) this.lose(relid);
  }

  private attach(relid: number): void {
    this.link.client.attach(relid, {
      opened: (status) => this.opened(relid, status),
      gpadlCreated: () => undefined,
      gpadlTornDown: () => undefined,
      packet: this.host.packet(relid),
      drained: () => this.host.drained(),
      closed: () => this.gone(relid),
      rescinded: () => this.gone(relid),
    });
  }

  private opened(relid: number, status: number): void {
    const { state, client } = this.link;
    if (state.scaling === 'none') return client.closeChannel(relid);
    const channel = state.subChannels.find((one) => one.relid === relid);
    if (!channel) return;
    if (status !== 0) return this.lose(relid);
    channel.isOpen = true;
    this.goOn();
  }

  /** A channel that was to open has not: the others do not wait for it. netvsc_sc_open counts it among those that are done. */
  private lose(relid: number): void {
    this.link.state.lost++;
    this.forget(relid);
    this.goOn();
  }

  private forget(relid: number): void {
    const { state } = this.link;
    state.subChannels = state.subChannels.filter((one) => one.relid !== relid);
  }

  /** Closed, or taken away by the host: also while it was opening. */
  private gone(relid: number): void {
    const channel = this.link.state.subChannels.find((one) => one.relid === relid);
    if (!channel) return;
    if (channel.isOpen) this.forget(relid);
    else this.lose(relid);
  }

  /** Every channel has opened or failed: the adapter's spreading is switched off and on again with what the driver wants. */
  private goOn(): void {
    const { state } = this.link;
    const open = state.subChannels.filter(({ isOpen }) => isOpen).length;
    if (state.scaling !== 'opening' || open + state.lost < state.wanted) return;
    if (open > 0 && state.sendTable.length === 0) state.sendTable = this.spread(SEND_TABLE_ENTRIES);
    this.set('disabling', null);
  }

  /** A table of so many entries over the channels that there are, in turn. Linux counts in those that failed; nothing would hear them. */
  private spread(entries: number): number[] {
    const open = this.link.state.subChannels.filter(({ isOpen }) => isOpen);
    const channels = [0, ...open.map(({ index }) => index).sort((a, b) => a - b)];
    return Array.from({ length: entries }, (_, i) => channels[i % channels.length] ?? 0);
  }

  private set(phase: ScalingPhase, scale: ReceiveScale | null): void {
    const { state } = this.link;
    const info = encodeRssParameters(scale);
    state.scaling = phase;
    this.link.control(objectRequest(RndisType.Set, Oid.ReceiveScaleParameters, ++state.requestId, info));
  }

  /** The adapter's answer. What it refuses leaves it with one queue for receiving; the channels stay. */
  rndisAnswered(answer: Uint8Array): void {
    const { state } = this.link;
    if (readU32(answer, RNDIS_HEADER) !== state.requestId) return;
    if (state.scaling === 'disabling') this.set('enabling', this.wanted());
    else if (state.scaling === 'enabling') state.scaling = 'on';
  }

  private wanted(): ReceiveScale {
    return { types: HASH_TYPES, key: HASH_KEY, table: this.spread(this.link.state.tableEntries) };
  }

  /** The host says over which channels to spread what is sent. */
  told(message: Uint8Array): void {
    const { state } = this.link;
    const table = indirectionTableOf(message, state.version);
    if (table) state.sendTable = table;
    else state.malformed++;
  }

  /** Closes the sub-channels: they go before the primary one. linux drivers/hv/channel.c, vmbus_disconnect_ring. */
  close(): void {
    const { state, client } = this.link;
    for (const { relid } of state.subChannels) client.closeChannel(relid);
    Object.assign(state, { scaling: 'none', wanted: 0, lost: 0, sendTable: [] });
  }
}
