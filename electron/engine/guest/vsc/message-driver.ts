import type { VmbusClient } from '../../vmbus/client/client';
import type { ChannelDriver } from '../../vmbus/client/driver';
import { COMPLETION_REQUESTED, PacketType, type OutgoingPacket, type Packet } from '../../vmbus/protocol/packet';

/** How far every driver is with its provider; `P` is what lies between `open` and the end. */
export type DriverPhase<P extends string> = 'closed' | 'opening' | 'open' | 'failed' | 'removed' | P;

/** What the frame keeps in the state of each driver that exchanges messages. Plain. */
export interface DriverState<P extends string> {
  phase: DriverPhase<P>;
  /** Packets that wait for room in the ring, in order. */
  waiting: OutgoingPacket[];
  /** Messages that do not hold together, or that nobody expects. */
  malformed: number;
}

/** A channel that has never been opened. */
export function newDriverState(): { phase: 'closed'; waiting: OutgoingPacket[]; malformed: number } {
  return { phase: 'closed', waiting: [], malformed: 0 };
}

/** What every such driver is given. */
export interface ChannelOptions<P extends string> {
  readonly client: VmbusClient;
  readonly relid: number;
  /** Kept by the kernel with the device. */
  readonly state: DriverState<P>;
  /** The device works, or will not, or is gone. */
  readonly changed?: (phase: DriverPhase<P>) => void;
}

/** What one driver does with its channel. */
export interface MessageHandlers {
  /** Pages of each ring, its control page included. */
  readonly ringPages: number;
  /** The host has agreed to open the channel. */
  opened?(): void;
  /** One packet from the host. False: it does not hold together, or nobody expects it, which is counted. */
  received(packet: Packet): boolean;
}

/**
 * The guest's end of a channel on which a driver and its provider exchange messages in order: screen, keyboard, mouse, integration
 * components and dynamic memory. It opens and closes, and keeps what finds no room.
 */
export class MessageDriver<P extends string> implements ChannelDriver {
  constructor(
    private readonly options: ChannelOptions<P>,
    private readonly handlers: MessageHandlers,
  ) {
    options.client.attach(options.relid, this);
  }

  /** Opens the channel. */
  start(): void {
    const { client, relid } = this.options;
    const { ringPages } = this.handlers;
    this.enter('opening');
    if (!client.openChannel(relid, { sendPages: ringPages, receivePages: ringPages })) this.enter('failed');
  }

  /** Closes it again. */
  stop(): void {
    this.options.client.closeChannel(this.options.relid);
  }

  /** Sends a message; without room in the ring a copy of it waits. */
  send(packet: Omit<OutgoingPacket, 'type'>): void {
    const { client, relid, state } = this.options;
    const whole = { type: PacketType.InBand, ...packet };
    if (state.waiting.length > 0 || !client.channel(relid)?.send(whole))
      state.waiting.push({ ...whole, payload: packet.payload.slice() });
  }

  /** Sends a message and wants to hear that it was read, as Linux does for screen, keyboard and mouse. */
  request(payload: Uint8Array): void {
    this.send({ flags: COMPLETION_REQUESTED, idLow: 1, payload });
  }

  drained(): void {
    const { client, relid, state } = this.options;
    const channel = client.channel(relid);
    for (let next = state.waiting[0]; next; next = state.waiting[0]) {
      if (!channel?.send(next)) return;
      state.waiting.shift();
    }
  }

  opened(status: number): void {
    this.enter(status === 0 ? 'open' : 'failed');
    if (status === 0) this.handlers.opened?.();
  }

  packet(packet: Packet): void {
    if (packet.type !== PacketType.InBand) return; // completions of what was sent: nothing waits for them
    if (!this.handlers.received(packet)) this.options.state.malformed++;
  }

  closed(): void {
    this.end('closed');
  }

  rescinded(): void {
    this.end('removed');
  }

  private end(phase: 'closed' | 'removed'): void {
    this.options.state.waiting = [];
    this.enter(phase);
  }

  gpadlCreated(): void {
    // Nothing is shared but the rings.
  }

  gpadlTornDown(): void {
    // As above.
  }

  /** The driver is so far, and who wants to know is told. */
  enter(phase: DriverPhase<P>): void {
    this.options.state.phase = phase;
    this.options.changed?.(phase);
  }
}
