import { readBe16 } from '../bytes';
import { ETHERNET_HEADER, EtherType, VLAN_TAG } from './ethernet';
import { IPV4_HEADER } from './ipv4';

/** Bytes of an IPv6 header (RFC 8200, section 3). */
export const IPV6_HEADER = 40;

/** Where the headers of a frame lie, as offsets into it. */
export interface TransportPlace {
  readonly version: 4 | 6;
  readonly ip: number;
  /** What follows the IP header, up to `end`: the transport protocol's header, or the first extension header of IPv6. */
  readonly transport: number;
  readonly end: number;
  readonly protocol: number;
  /** A piece of a larger packet: its ports are not all there. */
  readonly isFragment: boolean;
}

/**
 * Finds the headers of an IP packet in a frame with or without a VLAN tag; null when it holds none that is whole.
 * @param isLarge the packet ends where the frame does, whatever its length field says: one that is still to be cut into segments
 */
export function transportOf(frame: Uint8Array, isLarge = false): TransportPlace | null {
  const isTagged = frame.length >= ETHERNET_HEADER && readBe16(frame, 12) === EtherType.Vlan;
  const ip = ETHERNET_HEADER + (isTagged ? VLAN_TAG : 0);
  const type = ip <= frame.length ? readBe16(frame, ip - 2) : 0;
  if (type === EtherType.Ipv4) return inIpv4(frame, ip, isLarge);
  return type === EtherType.Ipv6 ? inIpv6(frame, ip, isLarge) : null;
}

function inIpv4(frame: Uint8Array, ip: number, isLarge: boolean): TransportPlace | null {
  const first = frame[ip] ?? 0;
  const transport = ip + (first & 15) * 4;
  if (ip + IPV4_HEADER > frame.length || first >>> 4 !== 4 || transport < ip + IPV4_HEADER) return null;
  const end = isLarge ? frame.length : ip + readBe16(frame, ip + 2);
  if (end > frame.length || transport > end) return null;
  const isFragment = (readBe16(frame, ip + 6) & 0x3fff) !== 0;
  return { version: 4, ip, transport, end, protocol: frame[ip + 9] ?? 0, isFragment };
}

function inIpv6(frame: Uint8Array, ip: number, isLarge: boolean): TransportPlace | null {
  const transport = ip + IPV6_HEADER;
  if (transport > frame.length || (frame[ip] ?? 0) >>> 4 !== 6) return null;
  const end = isLarge ? frame.length : transport + readBe16(frame, ip + 4);
  if (end > frame.length) return null;
  return { version: 6, ip, transport, end, protocol: frame[ip + 6] ?? 0, isFragment: false };
}

/** The two addresses of a packet, source first: the bytes that pseudo headers and flow hashes begin with. */
export function addressesOf(frame: Uint8Array, { version, ip }: TransportPlace): Uint8Array {
  return version === 4 ? frame.subarray(ip + 12, ip + 20) : frame.subarray(ip + 8, ip + IPV6_HEADER);
}
