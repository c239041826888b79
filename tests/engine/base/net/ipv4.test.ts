import { describe, expect, it } from 'vitest';
import { internetChecksum } from '@engine/base/net/checksum';
import { decodeIpv4, encodeIpv4, ipv4Packet, isFragment, type Ipv4Packet } from '@engine/base/net/ipv4';
import {
  emptyReassembly,
  fragmentIpv4,
  reassemble,
  REASSEMBLY_DATAGRAMS,
  REASSEMBLY_TIMEOUT,
} from '@engine/base/net/ipv4-fragments';
import { Random } from '@engine/base/random';
import { hex, toHex } from '../../hex';

/** A header whose checksum (0xB861) is worked out in many textbooks. */
const HEADER = hex('4500 0073 0000 4000 4011 b861 c0a80001 c0a800c7');

function datagram(length: number, identification = 7): ReturnType<typeof ipv4Packet> {
  const payload = Uint8Array.from({ length }, (_, i) => (i * 7 + identification) & 0xff);
  return ipv4Packet({ source: 0x0a000001, destination: 0x0a000002, protocol: 17, payload, identification });
}

describe('the Internet checksum', () => {
  it('is the example of RFC 1071, and counts an odd byte as a high half', () => {
    expect(internetChecksum(hex('0001 f203 f4f5 f6f7'))).toBe(0x220d);
    expect(internetChecksum(hex('0100'))).toBe(internetChecksum(hex('01')));
  });
});

describe('IPv4 packets', () => {
  it('are read when the checksum fits, and written with the same one', () => {
    const bytes = new Uint8Array(0x73);
    bytes.set(HEADER);
    const packet = decodeIpv4(bytes);
    expect(packet).toMatchObject({
      source: 0xc0a80001,
      destination: 0xc0a800c7,
      protocol: 17,
      ttl: 64,
      dontFragment: true,
    });
    expect(packet?.payload.length).toBe(0x73 - 20);
    expect(packet && toHex(encodeIpv4(packet).subarray(0, 20))).toBe(toHex(HEADER));
  });

  it('lose the padding of a short frame', () => {
    const bytes = encodeIpv4(datagram(5));
    const padded = new Uint8Array(46);
    padded.set(bytes);
    expect(decodeIpv4(padded)?.payload.length).toBe(5);
  });

  it('keep options and flags', () => {
    const packet = {
      ...datagram(16),
      options: hex('94040000'),
      moreFragments: true,
      fragmentOffset: 24,
      typeOfService: 0x10,
    };
    expect(decodeIpv4(encodeIpv4(packet))).toEqual(packet);
  });

  it.each([
    ['version 6', 0, 0x65],
    ['a header of 16 bytes', 0, 0x44],
    ['a wrong checksum', 10, 0],
    ['more length than there is', 3, 0xff],
  ])('with %s are nothing', (_, at, value) => {
    const bytes = encodeIpv4(datagram(20));
    bytes[at] = value;
    expect(decodeIpv4(bytes)).toBeNull();
  });
});

describe('fragmentation', () => {
  it('cuts at multiples of eight within the MTU and is undone in any order', () => {
    const random = new Random(4);
    for (const length of [1, 1480, 1481, 4000, 65_507]) {
      const whole = datagram(length);
      const pieces = fragmentIpv4(whole, 1500);
      expect(pieces.length).toBe(Math.ceil(length / 1480));
      for (const piece of pieces) expect(encodeIpv4(piece).length).toBeLessThanOrEqual(1500);
      const state = emptyReassembly();
      const shuffled = pieces.map((piece) => ({ piece, key: random.next() })).sort((a, b) => a.key - b.key);
      const results = shuffled.map(({ piece }) => reassemble(state, decodeIpv4(encodeIpv4(piece)) ?? whole, 0));
      expect(results.filter(Boolean)).toHaveLength(1);
      expect(results.at(-1)).toEqual(whole);
      expect(state.datagrams).toHaveLength(0);
    }
  });

  it('cuts pieces again', () => {
    const pieces = fragmentIpv4(datagram(3000), 1500).flatMap((piece) => fragmentIpv4(piece, 576));
    const state = emptyReassembly();
    expect(pieces.map((piece) => reassemble(state, piece, 0)).at(-1)).toEqual(datagram(3000));
  });

  it('is refused for packets that must stay whole', () => {
    expect(fragmentIpv4({ ...datagram(3000), dontFragment: true }, 1500)).toEqual([]);
    expect(fragmentIpv4({ ...datagram(30), dontFragment: true }, 1500)).toHaveLength(1);
  });
});

describe('reassembly', () => {
  const [first, second, third] = pieces(7);

  /** The three pieces of a datagram of 4000 bytes. */
  function pieces(identification: number): [Ipv4Packet, Ipv4Packet, Ipv4Packet] {
    const [a, b, c, ...rest] = fragmentIpv4(datagram(4000, identification), 1500);
    if (!a || !b || !c || rest.length > 0) throw new Error('expected three pieces');
    return [a, b, c];
  }

  it('ignores repetitions and keeps datagrams apart', () => {
    const state = emptyReassembly();
    const other = pieces(8);
    for (const piece of [first, other[0], first, other[2], second]) expect(reassemble(state, piece, 0)).toBeNull();
    expect(reassemble(state, third, 0)).toEqual(datagram(4000));
    expect(reassemble(state, other[1], 0)).toEqual(datagram(4000, 8));
  });

  it('gives a datagram up when pieces overlap, reach too far or contradict the end', () => {
    const overlapping = { ...second, fragmentOffset: 8 };
    const tooFar = { ...second, fragmentOffset: 65_528 };
    const behindTheEnd = { ...second, fragmentOffset: 8000 };
    for (const bad of [overlapping, tooFar]) {
      const state = emptyReassembly();
      reassemble(state, first, 0);
      expect(reassemble(state, bad, 0)).toBeNull();
      expect(state.datagrams).toHaveLength(0);
    }
    const state = emptyReassembly();
    reassemble(state, third, 0);
    reassemble(state, behindTheEnd, 0);
    expect(state.datagrams).toHaveLength(0);
  });

  it('forgets what stays incomplete, and keeps a bounded number', () => {
    const state = emptyReassembly();
    reassemble(state, first, 0);
    reassemble(state, second, REASSEMBLY_TIMEOUT);
    expect(reassemble(state, third, REASSEMBLY_TIMEOUT)).toBeNull();
    for (let i = 0; i < 100; i++) reassemble(state, { ...first, identification: i + 100 }, REASSEMBLY_TIMEOUT);
    expect(state.datagrams).toHaveLength(REASSEMBLY_DATAGRAMS);
  });

  it('knows a piece from a whole', () => {
    expect([datagram(8), first, third].map(isFragment)).toEqual([false, true, true]);
  });
});
