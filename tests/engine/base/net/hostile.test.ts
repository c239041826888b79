import { describe, expect, it } from 'vitest';
import { decodeArp, encodeArp } from '@engine/base/net/arp';
import { decodeDhcp, dhcpMessage, encodeDhcp } from '@engine/base/net/dhcp';
import { DhcpOption, optionAddresses, optionText, textOption, u8Option } from '@engine/base/net/dhcp-options';
import { decodeDns, dnsAddresses, dnsQuery, encodeDns } from '@engine/base/net/dns';
import { decodeEthernet, encodeEthernet } from '@engine/base/net/ethernet';
import { decodeIcmp, echoRequest, encodeIcmp, errorSubject, icmpError } from '@engine/base/net/icmp';
import { decodeIpv4, encodeIpv4, ipv4Packet } from '@engine/base/net/ipv4';
import { emptyReassembly, reassemble } from '@engine/base/net/ipv4-fragments';
import { decodeTcp, encodeTcp } from '@engine/base/net/tcp';
import { decodeTftp, encodeTftp } from '@engine/base/net/tftp';
import { decodeUdp, encodeUdp } from '@engine/base/net/udp';
import { Random } from '@engine/base/random';

const ROUNDS = 3000;
const PAYLOAD = Uint8Array.from({ length: 40 }, (_, i) => i);
const MAC = PAYLOAD.slice(0, 6);
const packet = ipv4Packet({ source: 1, destination: 2, protocol: 17, payload: PAYLOAD });

/** A codec with good bytes to spoil: what it reads it must be able to write, and what it wrote it must read as the same. */
const codecs: Record<string, { good: Uint8Array; reencode: (bytes: Uint8Array) => [unknown, unknown] | null }> = {
  ethernet: {
    good: encodeEthernet({
      destination: MAC,
      source: MAC,
      vlan: { priority: 1, dropEligible: false, id: 9 },
      type: 1,
      payload: PAYLOAD,
    }),
    reencode: both(decodeEthernet, encodeEthernet),
  },
  arp: {
    good: encodeArp({ operation: 1, senderMac: MAC, senderAddress: 1, targetMac: MAC, targetAddress: 2 }),
    reencode: both(decodeArp, encodeArp),
  },
  ipv4: { good: encodeIpv4(packet), reencode: both(decodeIpv4, encodeIpv4) },
  icmp: { good: encodeIcmp(icmpError(3, 3, packet)), reencode: both(decodeIcmp, encodeIcmp) },
  udp: {
    good: encodeUdp({ sourcePort: 1, destinationPort: 2, payload: PAYLOAD }, 1, 2),
    reencode: both(
      (bytes) => decodeUdp(bytes, 1, 2),
      (one) => encodeUdp(one, 1, 2),
    ),
  },
  tcp: {
    good: encodeTcp(
      {
        sourcePort: 1,
        destinationPort: 2,
        sequence: 3,
        acknowledgment: 4,
        flags: 2,
        window: 5,
        maximumSegment: 6,
        payload: PAYLOAD,
      },
      1,
      2,
    ),
    reencode: both(
      (bytes) => decodeTcp(bytes, 1, 2),
      (one) => encodeTcp(one, 1, 2),
    ),
  },
  dns: {
    good: encodeDns(dnsQuery(1, 'server1.lab')) ?? PAYLOAD,
    reencode: (bytes) => readOnly(decodeDns(bytes), dnsAddresses),
  },
  dhcp: {
    good: encodeDhcp(
      dhcpMessage({
        operation: 1,
        transaction: 2,
        clientMac: MAC,
        options: { 53: u8Option(1), 12: textOption('abc') },
      }),
    ),
    reencode: (bytes) => {
      const message = decodeDhcp(bytes);
      if (message) optionAddresses(message.options, DhcpOption.Router);
      if (message) optionText(message.options, DhcpOption.HostName);
      return message && [decodeDhcp(encodeDhcp(message))?.options, message.options];
    },
  },
  tftp: {
    good: encodeTftp({ kind: 'read', file: 'abc', mode: 'octet', options: { tsize: '0' } }),
    reencode: both(decodeTftp, encodeTftp),
  },
};

function both<T>(decode: (bytes: Uint8Array) => T | null, encode: (value: T) => Uint8Array) {
  return (bytes: Uint8Array): [unknown, unknown] | null => {
    const value = decode(bytes);
    return value === null ? null : [decode(encode(value)), value];
  };
}

function readOnly<T>(value: T | null, use: (value: T) => unknown): null {
  if (value !== null) use(value);
  return null;
}

/** Good bytes with a few spoiled, cut somewhere or grown; one time in four, noise. */
function spoil(good: Uint8Array, random: Random): Uint8Array {
  if (random.below(4) === 0) return random.bytes(random.below(400));
  const bytes = new Uint8Array(random.below(3) === 0 ? random.below(good.length + 20) : good.length);
  bytes.set(good.subarray(0, bytes.length));
  for (let i = random.below(4); i > 0 && bytes.length > 0; i--)
    bytes[random.below(bytes.length)] = random.next() & 0xff;
  return bytes;
}

describe('codecs and hostile bytes', () => {
  it.each(Object.entries(codecs))('%s reads anything, and writes what it has read', (name, { good, reencode }) => {
    const random = new Random(name.length);
    let read = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const pair = reencode(spoil(good, random));
      if (pair === null) continue;
      read++;
      expect(pair[0]).toEqual(pair[1]);
    }
    if (name !== 'dns') expect(read).toBeGreaterThan(50); // otherwise the round trip was never tried
  });

  it('reassembly survives any pieces and stays bounded', () => {
    const random = new Random(11);
    const state = emptyReassembly();
    for (let round = 0; round < ROUNDS; round++) {
      const piece = ipv4Packet({
        source: random.below(3),
        destination: 1,
        protocol: 17,
        identification: random.below(5),
        payload: random.bytes(random.below(64)),
        fragmentOffset: random.below(20) === 0 ? random.below(8192) * 8 : random.below(8) * 8,
        moreFragments: random.below(3) > 0,
      });
      const whole = reassemble(state, piece, round * 1_000_000);
      if (whole) expect(whole.moreFragments || whole.fragmentOffset > 0).toBe(false);
      expect(state.datagrams.length).toBeLessThanOrEqual(16);
    }
  });

  it('errors about anything can be read again', () => {
    const random = new Random(5);
    for (let round = 0; round < ROUNDS; round++) {
      const message = decodeIcmp(encodeIcmp({ ...echoRequest(1, 1, random.bytes(random.below(60))), type: 3 }));
      if (message) errorSubject(message);
    }
    const about = ipv4Packet({ ...packet, options: new Uint8Array(8).fill(1) });
    const error = icmpError(11, 0, about);
    expect(errorSubject(error)?.start.length).toBe(8);
  });
});
