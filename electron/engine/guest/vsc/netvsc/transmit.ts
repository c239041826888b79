import { PAGE_SIZE } from '../../../memory/guest-memory';
import {
  NO_SECTION,
  NVSP_RNDIS_PACKET,
  NVSP_STATUS,
  NvspStatus,
  NvspType,
  nvspMessage,
  RndisChannel,
} from '../../../vmbus/protocol/nvsp';
import { COMPLETION_REQUESTED, encodePageRanges, PacketType, type Packet } from '../../../vmbus/protocol/packet';
import { dress, channelFor } from './send-info';
import { SETUP_ID, type NetvscLink } from './link';
import { FIRST_DIRECT } from './state';

/** Frames that wait for the provider; then they are dropped and counted. */
const QUEUE_LIMIT = 256;
const FRAME_OVERHEAD = 18; // Ethernet header and a VLAN tag

/** The sending half of the driver: frames into sections of the send buffer, large ones from pages of their own. */
export class Transmitter {
  constructor(private readonly link: NetvscLink) {}

  /**
   * Sends a frame, or keeps it until there is room.
   * @param segmentSize above 0: the adapter is to cut a large TCP packet into segments of so many bytes of data
   */
  send(frame: Uint8Array, segmentSize = 0): void {
    const { state } = this.link;
    const longest = (segmentSize > 0 ? state.largestSend : state.mtu) + FRAME_OVERHEAD;
    if (state.phase !== 'up' || frame.length > longest) state.dropped++;
    else if (state.waiting.length === 0 && this.trySend(frame, segmentSize)) return;
    else if (state.waiting.length >= QUEUE_LIMIT) state.dropped++;
    else state.waiting.push({ frame: frame.slice(), segmentSize });
  }

  /** Sends what waits, in order, as far as there is room. */
  flush(): void {
    const { state } = this.link;
    for (let next = state.waiting[0]; next && this.trySend(next.frame, next.segmentSize); next = state.waiting[0])
      state.waiting.shift();
  }

  /** Counts what leaves as the frames that come of it. */
  private trySend(frame: Uint8Array, segmentSize: number): boolean {
    const { state, relid } = this.link;
    const { message, hash, frames } = dress(frame, state, segmentSize);
    const channel = channelFor(hash, state, relid);
    const fits = state.used.length > 0 && message.length <= state.sectionSize;
    const isSent = fits ? this.sendSection(message, channel) : this.sendDirect(message, channel);
    if (isSent) state.sent += frames;
    return isSent;
  }

  private sendSection(message: Uint8Array, channel: number): boolean {
    const { state, memory } = this.link;
    const section = state.used.indexOf(0);
    if (section < 0 || !state.send) return false;
    memory.write(state.send.gpa + section * state.sectionSize, message);
    const payload = this.header(section, message.length);
    const packet = { type: PacketType.InBand, flags: COMPLETION_REQUESTED, idLow: section + 1, payload };
    const isSent = this.link.send(packet, channel);
    if (isSent) state.used[section] = 1;
    return isSent;
  }

  private sendDirect(message: Uint8Array, channel: number): boolean {
    const { state, memory, pages } = this.link;
    const count = Math.ceil(message.length / PAGE_SIZE);
    const gpa = pages.allocate(count);
    if (gpa === null) return false;
    memory.write(gpa, message);
    const idLow = state.nextDirect;
    const ranges = encodePageRanges(gpa, message.length);
    const payload = this.header(NO_SECTION, 0);
    const packet = { type: PacketType.GpaDirect, flags: COMPLETION_REQUESTED, idLow, ranges, payload };
    if (!this.link.send(packet, channel)) {
      pages.release(gpa, count);
      return false;
    }
    state.direct.push({ id: idLow, gpa, pages: count });
    state.nextDirect = idLow === 0xffff_ffff ? FIRST_DIRECT : idLow + 1;
    return true;
  }

  private header(section: number, size: number): Uint8Array {
    const fields = { type: NvspType.SendRndisPacket, channel: RndisChannel.Data, section, size };
    return nvspMessage(NVSP_RNDIS_PACKET, fields, this.link.state.version);
  }

  /** The provider is done with a transaction: its section or pages are free, also when it refused the frame. */
  completed({ idLow: id, payload }: Packet): void {
    const { state } = this.link;
    if (id === SETUP_ID) return; // a control message: its answer comes by itself
    if (!this.takeBack(id)) state.malformed++;
    else if (NVSP_STATUS.decode(payload)?.status !== NvspStatus.Success) state.refused++;
  }

  /** False when no frame is under way by that id. */
  private takeBack(id: number): boolean {
    const { state, pages } = this.link;
    if (state.used[id - 1] === 1) {
      state.used[id - 1] = 0;
      return true;
    }
    const index = state.direct.findIndex((direct) => direct.id === id);
    const [direct] = index < 0 ? [] : state.direct.splice(index, 1);
    if (direct) pages.release(direct.gpa, direct.pages);
    return direct !== undefined;
  }
}
