import { readBe16, writeBe16 } from '../bytes';
import type { Ipv4Address } from './address';
import { addWords, foldChecksum, pseudoHeaderSum } from './checksum';
import { IpProtocol } from './ipv4';

/** One UDP datagram (RFC 768). */
export interface UdpDatagram {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
}

/** Bytes of the header. */
export const UDP_HEADER = 8;

/**
 * Null when the length is wrong or the checksum does not fit the addresses; a checksum of zero means that there is none.
 * @param bytes payload of an IPv4 packet from `source` to `destination`
 */
export function decodeUdp(bytes: Uint8Array, source: Ipv4Address, destination: Ipv4Address): UdpDatagram | null {
  const length = readBe16(bytes, 4);
  if (bytes.length < UDP_HEADER || length < UDP_HEADER || length > bytes.length) return null;
  const datagram = bytes.subarray(0, length);
  if (readBe16(bytes, 6) !== 0 && checksum(datagram, source, destination) !== 0) return null;
  return {
    sourcePort: readBe16(bytes, 0),
    destinationPort: readBe16(bytes, 2),
    payload: datagram.subarray(UDP_HEADER),
  };
}

/** Bytes of a datagram with its checksum. */
export function encodeUdp(datagram: UdpDatagram, source: Ipv4Address, destination: Ipv4Address): Uint8Array {
  const bytes = new Uint8Array(UDP_HEADER + datagram.payload.length);
  writeBe16(bytes, 0, datagram.sourcePort);
  writeBe16(bytes, 2, datagram.destinationPort);
  writeBe16(bytes, 4, bytes.length);
  bytes.set(datagram.payload, UDP_HEADER);
  writeBe16(bytes, 6, checksum(bytes, source, destination) || 0xffff); // zero would say that there is no checksum
  return bytes;
}

function checksum(bytes: Uint8Array, source: Ipv4Address, destination: Ipv4Address): number {
  return foldChecksum(addWords(pseudoHeaderSum(source, destination, IpProtocol.Udp, bytes.length), bytes));
}
