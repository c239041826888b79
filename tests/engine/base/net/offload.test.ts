import { describe, expect, it } from 'vitest';
import { readBe16, readBe32, writeBe16, writeBe32 } from '@engine/base/bytes';
import {
  fillIpChecksum,
  fillTransportChecksum,
  leaveTransportChecksum,
  verifyChecksums,
} from '@engine/base/net/checksum-offload';
import { flowHash, HashType } from '@engine/base/net/flow-hash';
import { decodeIpv4 } from '@engine/base/net/ipv4';
import { segmentTcp } from '@engine/base/net/segmentation';
import { decodeTcp, TcpFlag } from '@engine/base/net/tcp';
import { HASH_KEY } from '@engine/guest/vsc/netvsc/scaling';
import { ipv4, ipv6, tcpFrame, tcp6Frame, udpFrame } from './frames';

const ALL = HashType.Ipv4 | HashType.TcpIpv4 | HashType.Ipv6 | HashType.TcpIpv6;

describe('the hash of a flow', () => {
  /** Microsoft, "Verifying the RSS Hash Calculation": destination, source, hash of addresses, hash with ports. */
  it.each([
    ['161.142.100.80', 1766, '66.9.149.187', 2794, 0x323e_8fc2, 0x51cc_c178],
    ['65.69.140.83', 4739, '199.92.111.2', 14230, 0xd718_262a, 0xc626_b0ea],
    ['12.22.207.184', 38024, '24.19.198.95', 12898, 0xd2d0_a5de, 0x5c2b_394a],
    ['209.142.163.6', 2217, '38.27.205.30', 48228, 0x8298_9176, 0xafc7_327f],
    ['202.188.127.2', 1303, '153.39.163.191', 44251, 0x5d18_09c5, 0x10e8_28a2],
  ])('is that of the published suite for IPv4 to %s', (to, toPort, from, fromPort, plain, tcp) => {
    const frame = tcpFrame({
      source: ipv4(from),
      destination: ipv4(to),
      sourcePort: fromPort,
      destinationPort: toPort,
    });
    expect([flowHash(frame, HASH_KEY, HashType.Ipv4), flowHash(frame, HASH_KEY, ALL)]).toEqual([plain, tcp]);
  });

  it.each([
    ['3ffe:2501:200:3:0:0:0:1', 1766, '3ffe:2501:200:1fff:0:0:0:7', 2794, 0x2cc1_8cd5, 0x4020_7d3d],
    ['ff02:0:0:0:0:0:0:1', 4739, '3ffe:501:8:0:260:97ff:fe40:efab', 14230, 0x0f0c_461c, 0xdde5_1bbf],
    ['fe80:0:0:0:200:f8ff:fe21:67cf', 38024, '3ffe:1900:4545:3:200:f8ff:fe21:67cf', 44251, 0x4b61_e985, 0x02d1_feef],
  ])('is that of the published suite for IPv6 to %s', (to, toPort, from, fromPort, plain, tcp) => {
    const frame = tcp6Frame(ipv6(from), ipv6(to), fromPort, toPort, new Uint8Array(10));
    expect([flowHash(frame, HASH_KEY, HashType.Ipv6), flowHash(frame, HASH_KEY, ALL)]).toEqual([plain, tcp]);
  });

  it('covers the addresses of UDP and of fragments, and nothing of what is no IP', () => {
    const udp = udpFrame(1, 2, new Uint8Array(8));
    const tcp = tcpFrame({});
    const piece = tcp.slice();
    piece[20] = 0x20; // more fragments
    expect(flowHash(udp, HASH_KEY, ALL)).toBe(flowHash(tcp, HASH_KEY, HashType.Ipv4));
    expect(flowHash(piece, HASH_KEY, ALL)).toBe(flowHash(tcp, HASH_KEY, HashType.Ipv4));
    expect([flowHash(new Uint8Array(60), HASH_KEY, ALL), flowHash(tcp.subarray(0, 30), HASH_KEY, ALL)]).toEqual([
      null,
      null,
    ]);
    expect(flowHash(udp, HASH_KEY, HashType.TcpIpv4)).toBeNull();
  });
});

describe('checksums that an adapter computes', () => {
  it('are those that the stack computes', () => {
    for (const whole of [
      tcpFrame({ payload: new Uint8Array([1, 2, 3]) }),
      udpFrame(53, 4000, new Uint8Array([7, 8, 9])),
    ]) {
      const left = whole.slice();
      expect(leaveTransportChecksum(left)).toBe(true);
      expect(left).not.toEqual(whole);
      writeBe16(left, 24, 0);
      expect([fillTransportChecksum(left), fillIpChecksum(left)]).toEqual([true, true]);
      expect(left).toEqual(whole);
    }
  });

  it('are found right and wrong', () => {
    const tcp = tcpFrame({ payload: new Uint8Array(100).fill(5) });
    expect(verifyChecksums(tcp)).toEqual({ version: 4, ip: true, tcp: true, udp: null });
    tcp[60] = (tcp[60] ?? 0) ^ 1;
    expect(verifyChecksums(tcp)).toEqual({ version: 4, ip: true, tcp: false, udp: null });
    const udp = udpFrame(53, 4000, new Uint8Array(9));
    udp[22] = 63; // the time to live, which only the header's checksum covers
    expect(verifyChecksums(udp)).toEqual({ version: 4, ip: false, tcp: null, udp: true });
    writeBe16(udp, 40, 0);
    expect(verifyChecksums(udp).udp).toBeNull(); // RFC 768: none
    const six = tcp6Frame(ipv6('1:2:3:4:5:6:7:8'), ipv6('1:2:3:4:5:6:7:9'), 1, 2, new Uint8Array(33).fill(3));
    expect(fillTransportChecksum(six)).toBe(true);
    expect(verifyChecksums(six)).toEqual({ version: 6, ip: null, tcp: true, udp: null });
  });

  it('leave alone what they cannot be computed for', () => {
    const piece = udpFrame(1, 2, new Uint8Array(16));
    piece[20] = 0x20;
    for (const bytes of [new Uint8Array(60), new Uint8Array(3), piece]) {
      const before = bytes.slice();
      expect([fillTransportChecksum(bytes), leaveTransportChecksum(bytes)]).toEqual([false, false]);
      expect(bytes).toEqual(before);
    }
  });
});

describe('a large packet', () => {
  const payload = Uint8Array.from({ length: 5000 }, (_, i) => i & 0xff);
  const large = tcpFrame({
    payload,
    flags: TcpFlag.Fin | TcpFlag.Psh | TcpFlag.Ack,
    sequence: 0xffff_fff0,
    identification: 0xffff,
  });

  it('is cut into segments that a stack puts together again', () => {
    const left = large.slice();
    writeBe16(left, 16, 0); // as drivers leave it
    const segments = segmentTcp(left, 1460) ?? [];
    expect(segments.map((bytes) => bytes.length - 54)).toEqual([1460, 1460, 1460, 620]);
    const seen = segments.map((bytes) => {
      const packet = decodeIpv4(bytes.subarray(14));
      const segment = packet && decodeTcp(packet.payload, packet.source, packet.destination);
      if (!packet || !segment) throw new Error('a segment does not hold together');
      return {
        id: packet.identification,
        sequence: segment.sequence,
        flags: segment.flags,
        payload: [...segment.payload],
      };
    });
    expect(seen.map(({ id, sequence, flags }) => [id, sequence, flags])).toEqual([
      [0xffff, 0xffff_fff0, TcpFlag.Ack],
      [0, 1444, TcpFlag.Ack],
      [1, 2904, TcpFlag.Ack],
      [2, 4364, TcpFlag.Fin | TcpFlag.Psh | TcpFlag.Ack],
    ]);
    expect(seen.flatMap((one) => one.payload)).toEqual([...payload]);
  });

  it('says that it has reduced its window once', () => {
    const marked = large.slice();
    marked[47] = (marked[47] ?? 0) | 0x80;
    expect(segmentTcp(marked, 2000)?.map((bytes) => (bytes[47] ?? 0) >> 7)).toEqual([1, 0, 0]);
  });

  it('is cut over IPv6 too', () => {
    const frame = tcp6Frame(ipv6('1:2:3:4:5:6:7:8'), ipv6('1:2:3:4:5:6:7:9'), 1, 2, payload);
    writeBe32(frame, 54 + 4, 100);
    writeBe16(frame, 18, 0);
    const segments = segmentTcp(frame, 1440) ?? [];
    expect(segments.map((bytes) => [readBe16(bytes, 18), readBe32(bytes, 58), verifyChecksums(bytes).tcp])).toEqual([
      [1460, 100, true],
      [1460, 1540, true],
      [1460, 2980, true],
      [700, 4420, true],
    ]);
  });

  it('is refused when it is no TCP packet, or the size is none', () => {
    const short = large.slice(0, 60);
    short[46] = 0xf0; // a header of sixty bytes
    expect([segmentTcp(large, 0), segmentTcp(udpFrame(1, 2, payload), 1000), segmentTcp(short, 1000)]).toEqual([
      null,
      null,
      null,
    ]);
  });
});
