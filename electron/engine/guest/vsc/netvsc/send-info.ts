import { leaveLargeSend, leaveTransportChecksum } from '../../../base/net/checksum-offload';
import { flowHash } from '../../../base/net/flow-hash';
import { IpProtocol } from '../../../base/net/ipv4';
import { transportOf } from '../../../base/net/transport';
import { NvspVersion } from '../../../vmbus/protocol/nvsp';
import { OffloadKind } from '../../../vmbus/protocol/offload';
import { ChecksumWish, NO_INFO, type PacketInfo } from '../../../vmbus/protocol/packet-info';
import { encodeRndisPacket, untagFrame } from '../../../vmbus/protocol/rndis';
import { HASH_KEY, HASH_TYPES } from './scaling';
import type { NetvscState } from './state';

/** linux drivers/net/hyperv/hyperv_net.h, ndis_tcp_lso_info: version 2 in bit 30. */
const LARGE_SEND_V2 = 1 << 30;

/** A frame as the provider gets it, and the hash of its flow where there are channels to choose from. */
export interface DressedFrame {
  readonly message: Uint8Array;
  readonly hash: number | null;
  /** How many frames come of it on the wire. */
  readonly frames: number;
}

/**
 * The PACKET message of a frame of the stack: the VLAN tag beside it, the checksum left to the adapter where that computes it. The stack gives
 * finished frames; what an adapter with that ability is not given by a real one is taken out again here. linux
 * drivers/net/hyperv/netvsc_drv.c, netvsc_xmit.
 */
export function dress(given: Uint8Array, state: NetvscState, segmentSize = 0): DressedFrame {
  const { frame, vlan } = state.version >= NvspVersion.V2 ? untagFrame(given) : { frame: given, vlan: null };
  const hash = state.sendTable.length > 0 ? flowHash(frame, HASH_KEY, HASH_TYPES) : null;
  if (segmentSize > 0) return dressLarge(frame, { ...NO_INFO, vlan, hash }, segmentSize);
  const wish = state.offloads.send === 0 ? 0 : wishFor(frame, state.offloads.send);
  if (wish === 0 && vlan === null && hash === null) return { message: encodeRndisPacket(frame), hash, frames: 1 };
  const left = wish === 0 ? frame : frame.slice();
  if (wish !== 0) leaveTransportChecksum(left);
  return { message: encodeRndisPacket(left, { ...NO_INFO, checksum: wish || null, vlan, hash }), hash, frames: 1 };
}

/** A large TCP packet: where its TCP header lies and how large segments may be. The adapter computes their checksums unasked. */
function dressLarge(frame: Uint8Array, info: PacketInfo, segmentSize: number): DressedFrame {
  const left = frame.slice();
  const transport = leaveLargeSend(left) ?? 0;
  const data = left.length - transport - ((left[transport + 12] ?? 0) >>> 4) * 4;
  const largeSend = (segmentSize | (transport << 20) | LARGE_SEND_V2) >>> 0;
  const frames = Math.max(1, Math.ceil(data / segmentSize));
  return { message: encodeRndisPacket(left, { ...info, largeSend }), hash: info.hash, frames };
}

/** What the adapter is asked to compute: nothing for packets that it cannot, and for pieces of packets. */
function wishFor(frame: Uint8Array, send: number): number {
  const place = transportOf(frame);
  if (!place || place.isFragment) return 0;
  const { version, protocol, transport } = place;
  const isV4 = version === 4;
  const isTcp = protocol === IpProtocol.Tcp && (send & (isV4 ? OffloadKind.Tcp4 : OffloadKind.Tcp6)) !== 0;
  const isUdp = protocol === IpProtocol.Udp && (send & (isV4 ? OffloadKind.Udp4 : OffloadKind.Udp6)) !== 0;
  if (!isTcp && !isUdp) return 0;
  const what = isTcp ? ChecksumWish.Tcp : ChecksumWish.Udp;
  return (isV4 ? ChecksumWish.Ipv4 : ChecksumWish.Ipv6) | what | (transport << 16);
}

/** The channel that a flow is sent by: as the host's table says, the primary one for what has no hash or no open channel. */
export function channelFor(hash: number | null, { sendTable, subChannels }: NetvscState, primary: number): number {
  const index = hash === null ? 0 : (sendTable[hash % sendTable.length] ?? 0);
  const channel = index === 0 ? undefined : subChannels.find((one) => one.index === index);
  return channel?.isOpen ? channel.relid : primary;
}
