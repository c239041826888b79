import { readBe16, readBe32, writeBe16, writeBe32 } from '../bytes';
import { fillIpChecksum, fillTransportChecksum } from './checksum-offload';
import { IpProtocol } from './ipv4';
import { TCP_HEADER, TcpFlag } from './tcp';
import { IPV6_HEADER, transportOf } from './transport';

const CWR = 0x80; // RFC 3168: answers one congestion mark, so it is sent once

interface Headers {
  readonly version: 4 | 6;
  readonly ip: number;
  readonly transport: number;
  /** Length of all headers: where the data begins. */
  readonly length: number;
}

/**
 * Cuts a frame with one large TCP packet into frames of at most `maximum` bytes of data each, as an adapter with large send offload does:
 * IP lengths, identifications that count up, sequence numbers, FIN and PSH on the last one only, and all checksums. The IP length of the
 * large one is not looked at: drivers leave it at zero. Null when there is no TCP packet in the frame. NDIS, "Offloading the Segmentation of
 * Large TCP Packets".
 */
export function segmentTcp(frame: Uint8Array, maximum: number): Uint8Array[] | null {
  const headers = maximum > 0 ? headersOf(frame) : null;
  if (!headers) return null;
  const segments: Uint8Array[] = [];
  for (let at = headers.length; at < frame.length || segments.length === 0; at += maximum) {
    segments.push(segment(frame, headers, at, Math.min(at + maximum, frame.length), segments.length));
  }
  return segments;
}

function headersOf(frame: Uint8Array): Headers | null {
  const place = transportOf(frame, true);
  if (!place || place.protocol !== IpProtocol.Tcp || place.isFragment) return null;
  const { version, ip, transport } = place;
  const length = transport + ((frame[transport + 12] ?? 0) >>> 4) * 4;
  return length >= transport + TCP_HEADER && length <= frame.length ? { version, ip, transport, length } : null;
}

function segment(frame: Uint8Array, headers: Headers, from: number, to: number, number: number): Uint8Array {
  const { version, ip, transport, length } = headers;
  const bytes = new Uint8Array(length + to - from);
  bytes.set(frame.subarray(0, length));
  bytes.set(frame.subarray(from, to), length);
  if (version === 4) {
    writeBe16(bytes, ip + 2, bytes.length - ip);
    writeBe16(bytes, ip + 4, (readBe16(frame, ip + 4) + number) & 0xffff);
    fillIpChecksum(bytes);
  } else writeBe16(bytes, ip + 4, bytes.length - ip - IPV6_HEADER);
  writeBe32(bytes, transport + 4, (readBe32(frame, transport + 4) + from - length) >>> 0);
  const flags = frame[transport + 13] ?? 0;
  const notHere = (to < frame.length ? TcpFlag.Fin | TcpFlag.Psh : 0) | (number > 0 ? CWR : 0);
  bytes[transport + 13] = flags & ~notHere;
  fillTransportChecksum(bytes);
  return bytes;
}
