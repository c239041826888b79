import type { GuestMemory } from '../../../memory/guest-memory';
import type { VmbusClient } from '../../../vmbus/client/client';
import type { PageAllocator } from '../../../vmbus/client/pages';
import type { Layout } from '../../../vmbus/protocol/layout';
import { NO_SECTION, NVSP_RNDIS_PACKET, NvspType, nvspMessage, RndisChannel } from '../../../vmbus/protocol/nvsp';
import {
  COMPLETION_REQUESTED,
  encodePageRanges,
  PacketType,
  type OutgoingPacket,
} from '../../../vmbus/protocol/packet';
import type { NetvscState } from './state';

/** Transaction id of everything but frames. */
export const SETUP_ID = 0xffff_0000;

/** The driver's channel and memory: what its parts send with. */
export class NetvscLink {
  constructor(
    readonly client: VmbusClient,
    readonly relid: number,
    readonly memory: GuestMemory,
    readonly pages: PageAllocator,
    readonly state: NetvscState,
  ) {}

  /** False when the channel is closed or its ring has no room. */
  send(packet: OutgoingPacket, relid = this.relid): boolean {
    return this.client.channel(relid)?.send(packet) ?? false;
  }

  /** Sends an NVSP message in-band, with or without a wish for its completion. */
  nvsp<T extends object>(layout: Layout<T>, fields: T, completes: boolean): boolean {
    const payload = nvspMessage(layout, fields, this.state.version);
    const flags = completes ? COMPLETION_REQUESTED : 0;
    return this.send({ type: PacketType.InBand, flags, idLow: SETUP_ID, payload });
  }

  /** Sends an RNDIS control message from the control page. One is out at a time. */
  control(message: Uint8Array): boolean {
    this.memory.write(this.state.control, message);
    const fields = { type: NvspType.SendRndisPacket, channel: RndisChannel.Control, section: NO_SECTION, size: 0 };
    return this.send({
      type: PacketType.GpaDirect,
      flags: COMPLETION_REQUESTED,
      idLow: SETUP_ID,
      ranges: encodePageRanges(this.state.control, message.length),
      payload: nvspMessage(NVSP_RNDIS_PACKET, fields, this.state.version),
    });
  }
}
