import { BROADCAST_MAC, type MacAddress } from '../../mac';
import {
  ANY_ADDRESS,
  broadcastOf,
  isLinkLocal,
  isMulticastAddress,
  isSameSubnet,
  isStationAddress,
  LIMITED_BROADCAST,
  type Ipv4Address,
} from '../address';
import type { IpConfig } from './ip-types';

/** True for addresses that mean all stations of the wire. */
export function isBroadcast(config: IpConfig | null, address: Ipv4Address): boolean {
  return address === LIMITED_BROADCAST || (config !== null && address === broadcastOf(config.address, config.mask));
}

/** False for sources that no packet from the wire can have: a group, or the station's own address. */
export function isPossibleSource(config: IpConfig | null, source: Ipv4Address): boolean {
  if (isBroadcast(config, source) || (config !== null && source === config.address)) return false;
  return source === ANY_ADDRESS || isStationAddress(source);
}

/** Without an address, everything that came to the station's hardware address is for it (RFC 2131, section 4.1). */
export function isForStation(config: IpConfig | null, destination: Ipv4Address): boolean {
  if (config === null || isBroadcast(config, destination)) return true;
  return destination === config.address || isMulticastAddress(destination);
}

/** The station on this wire to which a packet goes first, or null when there is no way. */
export function nextHop(config: IpConfig | null, destination: Ipv4Address): Ipv4Address | null {
  if (isBroadcast(config, destination) || isMulticastAddress(destination)) return destination;
  if (config === null) return null;
  if (isSameSubnet(destination, config.address, config.mask) || isLinkLocal(destination)) return destination;
  return config.gateway;
}

/** Hardware address of a broadcast or multicast address (RFC 1112, section 6.4); null for a single station's. */
export function groupMac(config: IpConfig | null, address: Ipv4Address): MacAddress | null {
  if (isBroadcast(config, address)) return BROADCAST_MAC;
  if (!isMulticastAddress(address)) return null;
  return Uint8Array.of(0x01, 0x00, 0x5e, (address >>> 16) & 0x7f, (address >>> 8) & 0xff, address & 0xff);
}
