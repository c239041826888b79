import type { VmbusClient } from '../../../vmbus/client/client';
import type { ChannelDriver } from '../../../vmbus/client/driver';
import { COMPLETION_REQUESTED, PacketType, type Packet } from '../../../vmbus/protocol/packet';

export interface MessageChannelOptions {
  readonly client: VmbusClient;
  readonly relid: number;
  /** Pages of each ring, its control page included. */
  readonly ringPages: number;
  /** Messages that wait for room; part of the driver's state. */
  readonly waiting: Uint8Array[];
  opened(): void;
  /** The payload of a packet from the host. */
  received(payload: Uint8Array): void;
  /** The channel cannot be opened, is closed, or was taken away. */
  ended(): void;
}

/** A channel on which a driver and its provider exchange messages in order: what screen, keyboard and mouse have in common. */
export class MessageChannel implements ChannelDriver {
  constructor(private readonly options: MessageChannelOptions) {
    options.client.attach(options.relid, this);
  }

  start(): void {
    const { client, relid, ringPages, ended } = this.options;
    if (!client.openChannel(relid, { sendPages: ringPages, receivePages: ringPages })) ended();
  }

  stop(): void {
    this.options.client.closeChannel(this.options.relid);
  }

  send(payload: Uint8Array): void {
    this.options.waiting.push(payload);
    this.drained();
  }

  drained(): void {
    const { client, relid, waiting } = this.options;
    const channel = client.channel(relid);
    for (let payload = waiting[0]; payload; payload = waiting[0]) {
      if (!channel?.send({ type: PacketType.InBand, flags: COMPLETION_REQUESTED, idLow: 1, payload })) return;
      waiting.shift();
    }
  }

  opened(status: number): void {
    if (status === 0) this.options.opened();
    else this.options.ended();
  }

  packet(packet: Packet): void {
    if (packet.type === PacketType.InBand) this.options.received(packet.payload);
  }

  closed(): void {
    this.options.ended();
  }

  rescinded(): void {
    this.options.ended();
  }

  gpadlCreated(): void {
    // Nothing is shared but the rings.
  }

  gpadlTornDown(): void {
    // As above.
  }
}
