import { readU32, writeU32 } from '../../base/bytes';

/** Priority, CFI and VLAN id as the per-packet information has them: 2:0, 3, 15:4. */
export type VlanInfo = number;

/** What travels beside a frame in a PACKET message; null: nothing is said. */
export interface PacketInfo {
  /** `ChecksumWish` bits to the host, `ChecksumFound` bits from it. */
  readonly checksum: number | null;
  /** Large send: 19:0 segment size, 29:20 offset of the TCP header, 30 version 2, 31 IPv6. */
  readonly largeSend: number | null;
  readonly vlan: VlanInfo | null;
  /** Hash of the flow. */
  readonly hash: number | null;
}

export const NO_INFO: PacketInfo = { checksum: null, largeSend: null, vlan: null, hash: null };

/** struct ndis_tcp_ip_checksum_info, transmit; the TCP header's offset lies in 25:16. */
export const ChecksumWish = { Ipv4: 1, Ipv6: 2, Tcp: 4, Udp: 8, IpHeader: 0x10 } as const;
/** struct ndis_tcp_ip_checksum_info, receive. */
export const ChecksumFound = {
  TcpFailed: 1,
  UdpFailed: 2,
  IpFailed: 4,
  TcpGood: 8,
  UdpGood: 0x10,
  IpGood: 0x20,
} as const;

/** struct rndis_per_packet_info. */
const HEADER = 12;
const ITEM = HEADER + 4;
/** enum ndis_per_pkt_info_type. linux drivers/net/hyperv/hyperv_net.h. */
const TYPES: readonly (readonly [number, keyof PacketInfo])[] = [
  [8, 'hash'],
  [6, 'vlan'],
  [2, 'largeSend'],
  [0, 'checksum'],
];

/** Bytes that the items of `info` take. */
export function packetInfoBytes(info: PacketInfo): number {
  if (info === NO_INFO) return 0;
  return TYPES.reduce((sum, [, key]) => sum + (info[key] === null ? 0 : ITEM), 0);
}

/** Writes the items of `info` from `at` on, in the order in which drivers write them. */
export function writePacketInfo(bytes: Uint8Array, at: number, info: PacketInfo): void {
  let next = at;
  for (const [type, key] of TYPES) {
    const value = info[key];
    if (value === null) continue;
    writeU32(bytes, next, ITEM);
    writeU32(bytes, next + 4, type);
    writeU32(bytes, next + 8, HEADER);
    writeU32(bytes, next + 12, value);
    next += ITEM;
  }
}

/** The items in `bytes`; a malformed one ends the search. */
export function readPacketInfo(bytes: Uint8Array): PacketInfo {
  if (bytes.length === 0) return NO_INFO;
  const info: { -readonly [K in keyof PacketInfo]: PacketInfo[K] } = { ...NO_INFO };
  for (let at = 0; at + HEADER <= bytes.length;) {
    const size = readU32(bytes, at);
    const value = at + readU32(bytes, at + 8);
    if (size < HEADER || at + size > bytes.length) return info;
    const known = TYPES.find(([type]) => type === readU32(bytes, at + 4));
    if (known && value + 4 <= at + size) info[known[1]] = readU32(bytes, value);
    at += size;
  }
  return info;
}
