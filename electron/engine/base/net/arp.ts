import { readBe16, readBe32, writeBe16, writeBe32 } from '../bytes';
import type { MacAddress } from '../mac';
import type { Ipv4Address } from './address';
import { EtherType } from './ethernet';

/** Operation codes of RFC 826. */
export const ArpOperation = { Request: 1, Reply: 2 } as const;

/** Bytes of an ARP packet for Ethernet and IPv4. */
export const ARP_LENGTH = 28;

/** An ARP packet for IPv4 over Ethernet (RFC 826). */
export interface ArpPacket {
  readonly operation: number;
  readonly senderMac: MacAddress;
  readonly senderAddress: Ipv4Address;
  readonly targetMac: MacAddress;
  readonly targetAddress: Ipv4Address;
}

const HARDWARE_ETHERNET = 1;

/** Null unless it is a whole packet about IPv4 on Ethernet. Bytes behind it are padding. */
export function decodeArp(bytes: Uint8Array): ArpPacket | null {
  if (bytes.length < ARP_LENGTH) return null;
  if (readBe16(bytes, 0) !== HARDWARE_ETHERNET || readBe16(bytes, 2) !== EtherType.Ipv4) return null;
  if (bytes[4] !== 6 || bytes[5] !== 4) return null;
  return {
    operation: readBe16(bytes, 6),
    senderMac: bytes.subarray(8, 14),
    senderAddress: readBe32(bytes, 14),
    targetMac: bytes.subarray(18, 24),
    targetAddress: readBe32(bytes, 24),
  };
}

export function encodeArp(packet: ArpPacket): Uint8Array {
  const bytes = new Uint8Array(ARP_LENGTH);
  writeBe16(bytes, 0, HARDWARE_ETHERNET);
  writeBe16(bytes, 2, EtherType.Ipv4);
  bytes[4] = 6;
  bytes[5] = 4;
  writeBe16(bytes, 6, packet.operation);
  bytes.set(packet.senderMac.subarray(0, 6), 8);
  writeBe32(bytes, 14, packet.senderAddress);
  bytes.set(packet.targetMac.subarray(0, 6), 18);
  writeBe32(bytes, 24, packet.targetAddress);
  return bytes;
}
