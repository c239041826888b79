import {
  NO_SECTION,
  NVSP_RNDIS_PACKET,
  NvspType,
  nvspMessage,
  RECEIVE_BUFFER_ID,
  RndisChannel,
} from '../../../vmbus/protocol/nvsp';
import {
  COMPLETION_REQUESTED,
  encodeTransferRanges,
  PacketType,
  type OutgoingPacket,
} from '../../../vmbus/protocol/packet';
import type { TransferRange } from '../../../vmbus/protocol/packet';
import type { HostChannel } from '../../../vmbus/server/host-channel';
import { wrapFrame } from './frame-info';
import type { NetvspState, QueueState, ReceiveBufferState, WaitingFrame } from './state';

/** Bytes of a sub-allocation of the receive buffer, as Hyper-V has them: an Ethernet frame with room for RNDIS before it. */
export const SUB_ALLOCATION = 1728;
/** Messages in one transfer-page packet. linux drivers/net/hyperv/hyperv_net.h, NETVSC_XFER_HEADER_SIZE. */
const MAX_RANGES = 375;

/** Messages that go out together: where each lies, and which sub-allocations they take. */
interface Batch {
  readonly messages: Uint8Array[];
  readonly ranges: TransferRange[];
  readonly sections: number[];
}

/** What one delivery works with: a channel and its queue. */
export interface DeliveryHost {
  readonly channel: HostChannel;
  /** The guest's buffers belong to the primary channel. */
  readonly primary: HostChannel;
  readonly state: NetvspState;
  readonly queue: QueueState;
}

/** Hands waiting control messages (on the primary channel) and then frames to the guest, as many as there are buffers and room for. */
export function deliver(host: DeliveryHost): void {
  const { state, queue, channel } = host;
  if (channel.subChannelIndex === 0) while (sendBatch(host, state.control, (message) => message, RndisChannel.Control));
  const wrap = (frame: WaitingFrame): Uint8Array => wrapFrame(frame, state);
  for (let waiting = queue.frames.length; waiting > 0; waiting = queue.frames.length) {
    if (!sendBatch(host, queue.frames, wrap, RndisChannel.Data)) return;
    state.counters.framesToGuest += waiting - queue.frames.length;
  }
}

/** Sends one transfer-page packet with the head of `waiting`. False when nothing could be sent. */
function sendBatch<T>(
  { channel, primary, state, queue }: DeliveryHost,
  waiting: T[],
  wrap: (item: T) => Uint8Array,
  use: number,
): boolean {
  const buffer = state.receiveBuffer;
  const view = buffer && primary.gpadl(buffer.gpadl);
  if (!buffer || !view || waiting.length === 0) return false;
  const batch = gather(buffer, waiting, wrap);
  const packet = transferPacket(state.version, queue.nextTransaction, batch.ranges, use);
  if (batch.messages.length === 0 || !channel.hasRoom(packet)) {
    release(buffer, batch.sections);
    if (batch.messages.length > 0) channel.send(packet); // finds no room, and so leaves the wish for it
    return false;
  }
  batch.messages.forEach((message, i) => {
    view.write(batch.ranges[i]?.offset ?? 0, message);
    channel.chargeCopy(message.length);
    state.counters.bytesToGuest += use === RndisChannel.Data ? message.length : 0;
  });
  queue.inFlight.push({ id: queue.nextTransaction, sections: batch.sections });
  queue.nextTransaction = (queue.nextTransaction % 0xffff_ffff) + 1;
  waiting.splice(0, batch.messages.length);
  return channel.send(packet);
}

function gather<T>(buffer: ReceiveBufferState, queue: readonly T[], wrap: (item: T) => Uint8Array): Batch {
  const batch: Batch = { messages: [], ranges: [], sections: [] };
  for (const item of queue) {
    if (batch.messages.length === MAX_RANGES) return batch;
    const message = wrap(item);
    const first = take(buffer, Math.ceil(message.length / SUB_ALLOCATION), batch.sections);
    if (first === null) return batch;
    batch.messages.push(message);
    batch.ranges.push({ offset: first * SUB_ALLOCATION, length: message.length });
  }
  return batch;
}

function transferPacket(
  version: number,
  idLow: number,
  ranges: readonly TransferRange[],
  channel: number,
): OutgoingPacket {
  const fields = { type: NvspType.SendRndisPacket, channel, section: NO_SECTION, size: 0 };
  return {
    type: PacketType.TransferPages,
    flags: COMPLETION_REQUESTED,
    idLow,
    ranges: encodeTransferRanges(RECEIVE_BUFFER_ID, ranges),
    payload: nvspMessage(NVSP_RNDIS_PACKET, fields, version),
  };
}

/** Takes `count` sub-allocations that lie together; the first of them, or null. Adds them to `taken`. */
function take(buffer: ReceiveBufferState, count: number, taken: number[]): number | null {
  const total = buffer.taken.length;
  for (let tried = 0, start = buffer.next; tried < total; tried++, start = start + 1 < total ? start + 1 : 0) {
    let run = 0;
    while (run < count && start + run < total && buffer.taken[start + run] === 0) run++;
    if (run < count) continue;
    for (let i = start; i < start + count; i++) {
      buffer.taken[i] = 1;
      taken.push(i);
    }
    buffer.next = (start + count) % total;
    return start;
  }
  return null;
}

/** Sub-allocations are free again. */
export function release(buffer: ReceiveBufferState, sections: readonly number[]): void {
  for (const section of sections) buffer.taken[section] = 0;
}

/** The guest returned transaction `id`. False when nothing of that id is under way. */
export function returned(state: NetvspState, queue: QueueState, id: number): boolean {
  const index = queue.inFlight.findIndex((packet) => packet.id === id);
  const [packet] = index < 0 ? [] : queue.inFlight.splice(index, 1);
  if (packet && state.receiveBuffer) release(state.receiveBuffer, packet.sections);
  return packet !== undefined;
}
