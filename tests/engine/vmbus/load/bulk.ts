import { clonePlain, type InspectNode, type Unit } from '@engine/base/unit';
import type { VmbusClient } from '@engine/vmbus/client/client';
import type { ChannelDriver } from '@engine/vmbus/client/driver';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import type { OfferSpec } from '@engine/vmbus/protocol/offer';
import { PacketType, type Packet } from '@engine/vmbus/protocol/packet';
import type { VspDevice } from '@engine/vmbus/server/device';
import type { HostChannel } from '@engine/vmbus/server/host-channel';

interface HeldPacket {
  readonly idLow: number;
  readonly payload: Uint8Array;
}

/** A provider that sends everything back; what finds the ring full it keeps, and reads no more until that is gone. */
export class BulkDevice implements VspDevice, Unit<{ held: HeldPacket | null }> {
  readonly offer: OfferSpec;
  private state: { held: HeldPacket | null } = { held: null };

  constructor(number: number) {
    const instance = `22223333-4444-5555-6666-00000000000${number}`;
    this.offer = { name: `bulk-${number}`, interfaceType: DeviceClass.Heartbeat, instance };
  }

  attached(): void {
    // the channel comes with every signal
  }

  opened(): boolean {
    return true;
  }

  closed(): void {
    this.reset();
  }

  signalled(channel: HostChannel): void {
    if (!this.sendHeld(channel)) return;
    for (let packet = channel.receive(); packet; packet = channel.receive()) {
      this.state.held = { idLow: packet.idLow, payload: packet.payload.slice() };
      channel.chargeCopy(packet.payload.length);
      if (!this.sendHeld(channel)) return;
    }
  }

  private sendHeld(channel: HostChannel): boolean {
    const { held } = this.state;
    if (held && !channel.send({ type: PacketType.InBand, ...held })) return false;
    this.state.held = null;
    return true;
  }

  reset(): void {
    this.state = { held: null };
  }

  save(): { held: HeldPacket | null } {
    return clonePlain(this.state);
  }

  restore(saved: { held: HeldPacket | null }): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    return { held: this.state.held?.idLow ?? null };
  }
}

/** What a stream's driver remembers: how far it is both ways, and how often something was not what it should be. */
export interface BulkState {
  sent: number;
  received: number;
  wrong: number;
}

/** Payload of packet `number`: its length and its bytes follow from that. */
export function payloadOf(number: number): Uint8Array {
  return Uint8Array.from({ length: 8 + ((number * 613) % 1800) }, (_, i) => (i * 31 + number * 7) & 0xff);
}

/** A driver that sends `total` packets as fast as the ring takes them and wants each back, in order, as it was. */
export class BulkDriver implements ChannelDriver {
  constructor(
    private readonly client: VmbusClient,
    private readonly relid: number,
    readonly state: BulkState,
    private readonly total: number,
  ) {}

  pump(): void {
    const { state, relid, total } = this;
    const channel = this.client.channel(relid);
    while (channel && state.sent < total) {
      const packet = { type: PacketType.InBand, idLow: state.sent, payload: payloadOf(state.sent) };
      if (!channel.send(packet)) return;
      state.sent++;
    }
  }

  packet(packet: Packet): void {
    const { state } = this;
    const expected = payloadOf(state.received);
    const isSame = packet.idLow === state.received && expected.every((byte, i) => packet.payload[i] === byte);
    if (!isSame) state.wrong++;
    state.received++;
  }

  drained(): void {
    this.pump();
  }

  opened(): void {
    this.pump();
  }

  gpadlCreated(): void {
    // it shares nothing but its ring
  }

  gpadlTornDown(): void {
    // likewise
  }

  closed(): void {
    // it is never closed here
  }

  rescinded(): void {
    // nor taken away
  }
}
