import { readBe16, writeBe16 } from '../bytes';
import { addWords, foldChecksum, internetChecksum } from './checksum';
import { IpProtocol } from './ipv4';
import { TCP_HEADER } from './tcp';
import { addressesOf, transportOf, type TransportPlace } from './transport';

/** What a look at the checksums of a frame finds; null where there is none that can be looked at. */
export interface ChecksumVerdict {
  /** Of the IP packet. */
  readonly version: 4 | 6 | null;
  readonly ip: boolean | null;
  readonly tcp: boolean | null;
  readonly udp: boolean | null;
}

const NOTHING: ChecksumVerdict = { version: null, ip: null, tcp: null, udp: null };
const UDP_HEADER = 8;

/** Where the checksum lies in the transport header, or null when the packet has none that can be computed from this frame. */
function fieldOf({ protocol, transport, end, isFragment }: TransportPlace): number | null {
  if (isFragment) return null;
  if (protocol === IpProtocol.Tcp) return transport + TCP_HEADER <= end ? transport + 16 : null;
  return protocol === IpProtocol.Udp && transport + UDP_HEADER <= end ? transport + 6 : null;
}

/** Sum of the pseudo header of a packet (RFC 9293, section 3.1; RFC 8200, section 8.1). */
function pseudoSum(frame: Uint8Array, place: TransportPlace, length: number): number {
  return addWords(place.protocol + length, addressesOf(frame, place));
}

/** Puts the checksum of a TCP or UDP packet into `frame`, whatever was there. False when it holds no such packet. */
export function fillTransportChecksum(frame: Uint8Array): boolean {
  const place = transportOf(frame);
  const field = place && fieldOf(place);
  if (!place || field === null) return false;
  writeBe16(frame, field, 0);
  const { transport, end, protocol } = place;
  const sum = foldChecksum(addWords(pseudoSum(frame, place, end - transport), frame.subarray(transport, end)));
  writeBe16(frame, field, sum === 0 && protocol === IpProtocol.Udp ? 0xffff : sum); // RFC 768: zero says "none"
  return true;
}

/**
 * Puts the sum of the pseudo header where the checksum belongs: what a protocol stack leaves to an adapter that computes the rest. False when
 * `frame` holds no TCP or UDP packet. linux include/linux/skbuff.h, CHECKSUM_PARTIAL.
 */
export function leaveTransportChecksum(frame: Uint8Array): boolean {
  const place = transportOf(frame);
  const field = place && fieldOf(place);
  if (!place || field === null) return false;
  writeBe16(frame, field, ~foldChecksum(pseudoSum(frame, place, place.end - place.transport)) & 0xffff);
  return true;
}

/**
 * Makes a large TCP packet of IP version 4 ready for an adapter that cuts it: no length, no header checksum, and the sum of a pseudo header without
 * length. The place of the TCP header in the frame; null when there is none. linux drivers/net/hyperv/netvsc_drv.c, netvsc_xmit.
 */
export function leaveLargeSend(frame: Uint8Array): number | null {
  const place = transportOf(frame);
  const field = place && fieldOf(place);
  if (place?.version !== 4 || place.protocol !== IpProtocol.Tcp || field === null) return null;
  writeBe16(frame, place.ip + 2, 0);
  writeBe16(frame, place.ip + 10, 0);
  writeBe16(frame, field, ~foldChecksum(pseudoSum(frame, place, 0)) & 0xffff);
  return place.transport;
}

/** Puts the header checksum of an IPv4 packet into `frame`. False when it holds none. */
export function fillIpChecksum(frame: Uint8Array): boolean {
  const place = transportOf(frame);
  if (place?.version !== 4) return false;
  writeBe16(frame, place.ip + 10, 0);
  writeBe16(frame, place.ip + 10, internetChecksum(frame.subarray(place.ip, place.transport)));
  return true;
}

/** Verifies the checksums of a frame. */
export function verifyChecksums(frame: Uint8Array): ChecksumVerdict {
  const place = transportOf(frame);
  if (!place) return NOTHING;
  const { version, ip, transport, end, protocol } = place;
  const header = version === 4 ? internetChecksum(frame.subarray(ip, transport)) === 0 : null;
  const field = fieldOf(place);
  if (field === null || (protocol === IpProtocol.Udp && readBe16(frame, field) === 0))
    return { ...NOTHING, version, ip: header };
  const sum = addWords(pseudoSum(frame, place, end - transport), frame.subarray(transport, end));
  const isGood = foldChecksum(sum) === 0;
  return protocol === IpProtocol.Tcp
    ? { version, ip: header, tcp: isGood, udp: null }
    : { version, ip: header, tcp: null, udp: isGood };
}
