import { wantsCompletion, PacketType, type OutgoingPacket, type Packet } from '../../vmbus/protocol/packet';
import type { HostChannel } from '../../vmbus/server/host-channel';

/** Sends what waits, in order, as far as the ring has room. True when nothing waits any more. */
export function flushOutbox(channel: HostChannel, waiting: OutgoingPacket[]): boolean {
  for (let next = waiting[0]; next; next = waiting[0]) {
    if (!channel.send(next)) return false;
    waiting.shift();
  }
  return true;
}

/** A packet with data of the host's own. */
export function inBand(payload: Uint8Array): OutgoingPacket {
  return { type: PacketType.InBand, idLow: 0, payload };
}

/** The empty completion that the sender of `packet` waits for, if it does. */
export function completionOf(packet: Packet): OutgoingPacket[] {
  const { idLow, idHigh } = packet;
  return wantsCompletion(packet) ? [{ type: PacketType.Completion, idLow, idHigh, payload: new Uint8Array(0) }] : [];
}
