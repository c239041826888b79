import { readBe16, readBe32, writeBe16, writeBe32 } from '../bytes';
import type { Ipv4Address } from './address';
import { internetChecksum } from './checksum';

/** Protocol numbers (IANA, "Assigned Internet Protocol Numbers"). */
export const IpProtocol = { Icmp: 1, Tcp: 6, Udp: 17 } as const;

/** Bytes of a header without options. */
export const IPV4_HEADER = 20;

/** The largest datagram: its total length has 16 bits. */
export const IPV4_MAXIMUM = 65_535;

/** One IPv4 packet: a whole datagram or a fragment of one (RFC 791, section 3.1). */
export interface Ipv4Packet {
  readonly source: Ipv4Address;
  readonly destination: Ipv4Address;
  readonly protocol: number;
  readonly ttl: number;
  readonly identification: number;
  readonly typeOfService: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** Place of this payload in the datagram, in bytes: a multiple of 8. */
  readonly fragmentOffset: number;
  /** Option bytes as they stand in the header: up to 40, a multiple of 4. */
  readonly options: Uint8Array;
  readonly payload: Uint8Array;
}

const NO_OPTIONS = new Uint8Array(0);
const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;

/** What a packet is beside its addresses and payload; everything has the usual value when left out. */
export type Ipv4Fields = Pick<Ipv4Packet, 'source' | 'destination' | 'protocol' | 'payload'> & Partial<Ipv4Packet>;

/** A whole datagram with the usual values: TTL 64, no options, may be fragmented. */
export function ipv4Packet(fields: Ipv4Fields): Ipv4Packet {
  return {
    ttl: 64,
    identification: 0,
    typeOfService: 0,
    dontFragment: false,
    moreFragments: false,
    fragmentOffset: 0,
    options: NO_OPTIONS,
    ...fields,
  };
}

/** Null unless the header is whole, correct by its checksum, and the announced length is there. Padding is cut off. */
export function decodeIpv4(bytes: Uint8Array): Ipv4Packet | null {
  const first = bytes[0] ?? 0;
  const headerLength = (first & 0xf) * 4;
  const total = readBe16(bytes, 2);
  if (first >> 4 !== 4 || headerLength < IPV4_HEADER || total < headerLength || total > bytes.length) return null;
  if (internetChecksum(bytes.subarray(0, headerLength)) !== 0) return null;
  const flags = readBe16(bytes, 6);
  return {
    source: readBe32(bytes, 12),
    destination: readBe32(bytes, 16),
    protocol: bytes[9] ?? 0,
    ttl: bytes[8] ?? 0,
    identification: readBe16(bytes, 4),
    typeOfService: bytes[1] ?? 0,
    dontFragment: (flags & DONT_FRAGMENT) !== 0,
    moreFragments: (flags & MORE_FRAGMENTS) !== 0,
    fragmentOffset: (flags & 0x1fff) * 8,
    options: bytes.subarray(IPV4_HEADER, headerLength),
    payload: bytes.subarray(headerLength, total),
  };
}

/** Bytes of a packet, header checksum included. The payload is cut to what a total length of 16 bits can say. */
export function encodeIpv4(packet: Ipv4Packet): Uint8Array {
  const headerLength = IPV4_HEADER + ((Math.min(packet.options.length, 40) + 3) & ~3);
  const payload = packet.payload.subarray(0, IPV4_MAXIMUM - headerLength);
  const bytes = new Uint8Array(headerLength + payload.length);
  bytes[0] = 0x40 | (headerLength / 4);
  bytes[1] = packet.typeOfService;
  writeBe16(bytes, 2, bytes.length);
  writeBe16(bytes, 4, packet.identification);
  const flags = (packet.dontFragment ? DONT_FRAGMENT : 0) | (packet.moreFragments ? MORE_FRAGMENTS : 0);
  writeBe16(bytes, 6, flags | ((packet.fragmentOffset / 8) & 0x1fff));
  bytes[8] = packet.ttl;
  bytes[9] = packet.protocol;
  writeBe32(bytes, 12, packet.source);
  writeBe32(bytes, 16, packet.destination);
  bytes.set(packet.options.subarray(0, 40), IPV4_HEADER);
  writeBe16(bytes, 10, internetChecksum(bytes.subarray(0, headerLength)));
  bytes.set(payload, headerLength);
  return bytes;
}

/** True when the packet is only a piece of its datagram. */
export function isFragment(packet: Ipv4Packet): boolean {
  return packet.moreFragments || packet.fragmentOffset > 0;
}
