/** IPv4 addresses and masks as 32-bit unsigned integers in host order: 192.168.1.1 is 0xC0A80101 (RFC 791, section 2.3). */
export type Ipv4Address = number;

/** "This host on this network": the source of a station that has no address yet (RFC 1122, 3.2.1.3). */
export const ANY_ADDRESS: Ipv4Address = 0;

/** Limited broadcast: every station on this wire (RFC 919). */
export const LIMITED_BROADCAST: Ipv4Address = 0xffffffff;

/** The dotted form, without leading zeros. */
export function ipv4Text(address: Ipv4Address): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
}

/** Parses exactly four decimal numbers of 0 to 255 between dots; null for anything else. */
export function parseIpv4(text: string): Ipv4Address | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (!parts || parts.some((part) => part > 255)) return null;
  return parts.reduce((address, part) => address * 256 + part, 0);
}

/** The mask of a prefix of 0 to 32 bits. */
export function maskOf(prefix: number): Ipv4Address {
  return prefix <= 0 ? 0 : (0xffffffff << (32 - Math.min(prefix, 32))) >>> 0;
}

/** Bits in a mask, or null when its ones are not all on the left (RFC 950). */
export function prefixOf(mask: Ipv4Address): number | null {
  const prefix = Math.clz32(~mask);
  return maskOf(prefix) === mask >>> 0 ? prefix : null;
}

/** True when both addresses lie in one subnet of `mask`. */
export function isSameSubnet(a: Ipv4Address, b: Ipv4Address, mask: Ipv4Address): boolean {
  return ((a ^ b) & mask) === 0;
}

/** The directed broadcast address of the subnet in which `address` lies. */
export function broadcastOf(address: Ipv4Address, mask: Ipv4Address): Ipv4Address {
  return (address | ~mask) >>> 0;
}

/** 224.0.0.0/4 (RFC 5771). */
export function isMulticastAddress(address: Ipv4Address): boolean {
  return address >>> 28 === 0xe;
}

/** 169.254.0.0/16, the range from which stations without a server choose for themselves (RFC 3927). */
export function isLinkLocal(address: Ipv4Address): boolean {
  return address >>> 16 === 0xa9fe;
}

/** True for an address that one station can have: not 0/8, not loopback, not class D or E. */
export function isStationAddress(address: Ipv4Address): boolean {
  const first = address >>> 24;
  return first !== 0 && first !== 127 && first < 224;
}
