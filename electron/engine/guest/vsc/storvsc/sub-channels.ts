import type { VmbusClient } from '../../../vmbus/client/client';
import type { ChannelDriver, ClientOffer } from '../../../vmbus/client/driver';
import type { Packet } from '../../../vmbus/protocol/packet';
import type { StorvscState } from './state';

export interface SubChannelsHost {
  readonly client: VmbusClient;
  readonly state: StorvscState;
  /** Pages of each ring, control page included. */
  readonly ringPages: number;
  packet(packet: Packet): void;
  drained(): void;
  /** A channel is gone, with what had been sent by it. */
  lost(relid: number): void;
}

const nothing = (): void => undefined;

/**
 * The channels of a controller besides the primary one: each is opened as it is offered, aimed at the processors in turn, and used
 * without a beginning of its own. linux drivers/scsi/storvsc_drv.c, handle_sc_creation.
 */
export class SubChannels {
  constructor(private readonly host: SubChannelsHost) {
    for (const { relid } of host.state.subChannels) this.attach(relid);
  }

  /** One more than was asked for is left alone. */
  offered({ relid, subChannelIndex }: ClientOffer): void {
    const { client, state, ringPages } = this.host;
    if (subChannelIndex > state.wanted) return;
    this.attach(relid);
    const targetVp = subChannelIndex % client.vpCount;
    if (!client.openChannel(relid, { sendPages: ringPages, receivePages: ringPages, targetVp })) return;
    state.subChannels.push({ relid, isOpen: false });
  }

  private attach(relid: number): void {
    const driver: ChannelDriver = {
      opened: (status) => this.opened(relid, status),
      gpadlCreated: nothing, // only rings are shared
      gpadlTornDown: nothing,
      packet: (packet) => this.host.packet(packet),
      drained: () => this.host.drained(),
      closed: () => this.gone(relid),
      rescinded: () => this.gone(relid),
    };
    this.host.client.attach(relid, driver);
  }

  /** The host's refusal leaves the driver with fewer. */
  private opened(relid: number, status: number): void {
    const { state } = this.host;
    const channel = state.subChannels.find((one) => one.relid === relid);
    if (channel) channel.isOpen = status === 0;
    if (status !== 0) this.forget(relid);
  }

  private forget(relid: number): void {
    const { state } = this.host;
    state.subChannels = state.subChannels.filter((one) => one.relid !== relid);
  }

  private gone(relid: number): void {
    this.forget(relid);
    this.host.lost(relid);
  }

  /** Closes them: they go before the primary one. linux drivers/hv/channel.c, vmbus_close. */
  close(): void {
    const { client, state } = this.host;
    for (const { relid } of state.subChannels) client.closeChannel(relid);
    Object.assign(state, { subChannels: [], wanted: 0 });
  }
}
