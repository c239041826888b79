import type { FramePort } from '../../../base/backends';
import { readU32 } from '../../../base/bytes';
import { NO_SECTION, NVSP_RNDIS_PACKET, NvspStatus } from '../../../vmbus/protocol/nvsp';
import { PacketType, type Packet } from '../../../vmbus/protocol/packet';
import { decodeRndisPacket, rndisMessages, RndisType } from '../../../vmbus/protocol/rndis';
import type { HostChannel } from '../../../vmbus/server/host-channel';
import type { AdapterFacts } from './oids';
import { MAX_TRANSFER, offloadIndication, rndisControl } from './rndis-control';
import { framesOf } from './send-offload';
import type { NetvspState } from './state';

/** Sections of the send buffer, as Hyper-V has them. */
export const SEND_SECTION = 6144;
const FRAME_OVERHEAD = 18; // Ethernet header and a VLAN tag
const WAITING_CONTROL = 64; // answers that may wait for a guest that returns no buffers

/** Where what the guest sends goes. */
export interface TransmitHost {
  /** The one that the packet came by, and the primary one, which the guest's buffers belong to. */
  readonly channel: HostChannel;
  readonly primary: HostChannel;
  readonly state: NetvspState;
  readonly port: FramePort;
  readonly facts: AdapterFacts;
}

/** Handles a SEND_RNDIS_PACKET: frames leave through the port, control messages are answered. Returns the NVSP status. */
export function transmit(host: TransmitHost, packet: Packet): number {
  const bytes = rndisBytes(host, packet);
  const messages = bytes && rndisMessages(bytes);
  if (!messages) return malformed(host.state);
  host.channel.chargeCopy(bytes.length);
  let status: number = NvspStatus.Success;
  for (const message of messages) if (!handle(host, message)) status = malformed(host.state);
  return status;
}

function malformed(state: NetvspState): number {
  state.counters.malformed++;
  return NvspStatus.InvalidRndisPacket;
}

/**
 * The RNDIS bytes that a packet stands for: a section of the send buffer, page ranges, or both one after the other (drivers put the
 * header into a section and leave the data where it is). Null when they do not hold together.
 */
function rndisBytes({ channel, primary, state }: TransmitHost, packet: Packet): Uint8Array | null {
  const header = NVSP_RNDIS_PACKET.decode(packet.payload);
  if (!header) return null;
  const direct = packet.type === PacketType.GpaDirect ? channel.readGpaDirect(packet, MAX_TRANSFER) : new Uint8Array(0);
  if (header.section === NO_SECTION) return direct && direct.length > 0 ? direct : null;
  const buffer = state.sendBuffer;
  const view = buffer && primary.gpadl(buffer.gpadl);
  if (!view || !direct || header.section >= buffer.sections || header.size > SEND_SECTION) return null;
  const first = view.read(header.section * SEND_SECTION, header.size);
  if (direct.length === 0) return first;
  const bytes = new Uint8Array(first.length + direct.length);
  bytes.set(first);
  bytes.set(direct, first.length);
  return bytes;
}

function handle(host: TransmitHost, message: Uint8Array): boolean {
  const { state, facts, channel } = host;
  if (readU32(message, 0) === RndisType.Packet) return sendPacket(host, message);
  if (channel.subChannelIndex > 0) return false; // control messages go by the primary channel
  const before = state.offloads;
  const answer = state.control.length < WAITING_CONTROL ? rndisControl(message, state, facts) : 'malformed';
  if (answer === 'malformed') return false;
  if (answer) state.control.push(answer);
  if (state.offloads !== before) state.control.push(offloadIndication(state));
  channel.schedule();
  return true;
}

/** The frames of a PACKET message leave, as large as the MTU allows. False when it does not hold together. */
function sendPacket({ state, port }: TransmitHost, message: Uint8Array): boolean {
  const packet = decodeRndisPacket(message);
  const frames = packet && state.initialised ? framesOf(packet, state) : null;
  if (!frames) return false;
  for (const frame of frames) {
    if (frame.length > state.mtu + FRAME_OVERHEAD) {
      state.counters.oversize++;
      continue;
    }
    state.counters.framesFromGuest++;
    state.counters.bytesFromGuest += frame.length;
    port.send(frame);
  }
  return true;
}
