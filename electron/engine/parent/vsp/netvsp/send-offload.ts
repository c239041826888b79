import { fillIpChecksum, fillTransportChecksum } from '../../../base/net/checksum-offload';
import { ETHERNET_HEADER } from '../../../base/net/ethernet';
import { segmentTcp } from '../../../base/net/segmentation';
import { LARGEST_SEND } from '../../../vmbus/protocol/offload';
import { ChecksumWish, type PacketInfo } from '../../../vmbus/protocol/packet-info';
import { tagFrame, type RndisFrame } from '../../../vmbus/protocol/rndis';
import type { NetvspState } from './state';

const SEGMENT_SIZE = 0xf_ffff; // of the large-send information
const HEADERS = 256; // room for the headers of a large packet: Ethernet, IP with options, TCP with options

/**
 * The frames that a packet of the guest comes to, with the work done that it left to its adapter: checksums computed, a large one cut into
 * segments, the VLAN tag put in. Null when the packet does not hold together.
 */
export function framesOf({ frame, info }: RndisFrame, state: NetvspState): Uint8Array[] | null {
  if (frame.length < ETHERNET_HEADER) return null;
  const { vlan } = info;
  const frames = info.largeSend === null ? [checked(frame, info, state)] : cut(frame, info.largeSend, state);
  return frames && (vlan === null ? frames : frames.map((one) => tagFrame(one, vlan)));
}

/** Computes the checksums that the guest asks for; what it asks of other packets than TCP and UDP is left alone. */
function checked(frame: Uint8Array, { checksum }: PacketInfo, { counters }: NetvspState): Uint8Array {
  const wish = checksum ?? 0;
  const { Tcp, Udp, IpHeader, Ipv4 } = ChecksumWish;
  const isTransport = (wish & (Tcp | Udp)) !== 0;
  const isHeader = (wish & IpHeader) !== 0 && (wish & Ipv4) !== 0;
  if (!isTransport && !isHeader) return frame;
  const own = frame.slice();
  if (isHeader && fillIpChecksum(own)) counters.checksums++;
  if (isTransport && fillTransportChecksum(own)) counters.checksums++;
  return own;
}

function cut(frame: Uint8Array, largeSend: number, { counters }: NetvspState): Uint8Array[] | null {
  if (frame.length > LARGEST_SEND + HEADERS) return null;
  const segments = segmentTcp(frame, largeSend & SEGMENT_SIZE);
  if (segments) counters.segmented++;
  return segments;
}
