import { verifyChecksums } from '../../../base/net/checksum-offload';
import { NdisCapability } from '../../../vmbus/protocol/nvsp';
import { OffloadKind, type Offloads } from '../../../vmbus/protocol/offload';
import { ChecksumFound, NO_INFO } from '../../../vmbus/protocol/packet-info';
import { encodeRndisPacket, untagFrame } from '../../../vmbus/protocol/rndis';
import type { NetvspState, WaitingFrame } from './state';

/** The PACKET message of a frame for the guest, with what the guest has asked to be told beside it: VLAN tag, checksums, hash. */
export function wrapFrame({ bytes, hash }: WaitingFrame, { capabilities, offloads }: NetvspState): Uint8Array {
  const takesTag = (capabilities & NdisCapability.Ieee8021q) !== 0n;
  const { frame, vlan } = takesTag ? untagFrame(bytes) : { frame: bytes, vlan: null };
  const checksum = found(frame, offloads);
  if (vlan === null && checksum === null && hash === null) return encodeRndisPacket(frame);
  return encodeRndisPacket(frame, { ...NO_INFO, vlan, checksum, hash });
}

/** What the adapter found out about the checksums that the guest wants looked at; null when there are none. */
function found(frame: Uint8Array, { receive }: Offloads): number | null {
  if (receive === 0) return null;
  const { ip, tcp, udp, version } = verifyChecksums(frame);
  const { Ip4, Tcp4, Tcp6, Udp4, Udp6 } = OffloadKind;
  const isV4 = version === 4;
  const { IpGood, IpFailed, TcpGood, TcpFailed, UdpGood, UdpFailed } = ChecksumFound;
  const bit = (verdict: boolean | null, kind: number, good: number, failed: number): number =>
    verdict === null || (receive & kind) === 0 ? 0 : verdict ? good : failed;
  const bits =
    bit(ip, Ip4, IpGood, IpFailed) |
    bit(tcp, isV4 ? Tcp4 : Tcp6, TcpGood, TcpFailed) |
    bit(udp, isV4 ? Udp4 : Udp6, UdpGood, UdpFailed);
  return bits === 0 ? null : bits;
}
