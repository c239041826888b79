import {
  NdisCapability,
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
import { encodeRndisPacket, untagFrame } from '../../../vmbus/protocol/rndis';
import type { HostChannel } from '../../../vmbus/server/host-channel';
import type { NetvspState, ReceiveBufferState } from './state';

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

/** Hands waiting control messages and then frames to the guest, as many as there are buffers and room for. */
export function deliver(channel: HostChannel, state: NetvspState): void {
  while (sendBatch(channel, state, state.control, (message) => message, RndisChannel.Control));
  const stripsTags = (state.capabilities & NdisCapability.Ieee8021q) !== 0n;
  const wrap = (frame: Uint8Array): Uint8Array => wrapped(frame, stripsTags);
  for (let waiting = state.frames.length; waiting > 0; waiting = state.frames.length) {
    if (!sendBatch(channel, state, state.frames, wrap, RndisChannel.Data)) return;
    state.counters.framesToGuest += waiting - state.frames.length;
  }
}

function wrapped(frame: Uint8Array, stripsTag: boolean): Uint8Array {
  if (!stripsTag) return encodeRndisPacket(frame);
  const untagged = untagFrame(frame);
  return encodeRndisPacket(untagged.frame, untagged.vlan);
}

/** Sends one transfer-page packet with the head of `queue`. False when nothing could be sent. */
function sendBatch(
  channel: HostChannel,
  state: NetvspState,
  queue: Uint8Array[],
  wrap: (item: Uint8Array) => Uint8Array,
  use: number,
): boolean {
  const buffer = state.receiveBuffer;
  const view = buffer && channel.gpadl(buffer.gpadl);
  if (!buffer || !view || queue.length === 0) return false;
  const batch = gather(buffer, queue, wrap);
  const packet = transferPacket(state, batch.ranges, use);
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
  state.inFlight.push({ id: state.nextTransaction, sections: batch.sections });
  state.nextTransaction = (state.nextTransaction % 0xffff_ffff) + 1;
  queue.splice(0, batch.messages.length);
  return channel.send(packet);
}

function gather(
  buffer: ReceiveBufferState,
  queue: readonly Uint8Array[],
  wrap: (item: Uint8Array) => Uint8Array,
): Batch {
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

function transferPacket(state: NetvspState, ranges: readonly TransferRange[], channel: number): OutgoingPacket {
  const fields = { type: NvspType.SendRndisPacket, channel, section: NO_SECTION, size: 0 };
  return {
    type: PacketType.TransferPages,
    flags: COMPLETION_REQUESTED,
    idLow: state.nextTransaction,
    ranges: encodeTransferRanges(RECEIVE_BUFFER_ID, ranges),
    payload: nvspMessage(NVSP_RNDIS_PACKET, fields, state.version),
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
export function returned(state: NetvspState, id: number): boolean {
  const index = state.inFlight.findIndex((packet) => packet.id === id);
  const [packet] = index < 0 ? [] : state.inFlight.splice(index, 1);
  if (packet && state.receiveBuffer) release(state.receiveBuffer, packet.sections);
  return packet !== undefined;
}
