import { describe, expect, it } from 'vitest';
import { BROADCAST_MAC } from '@engine/base/mac';
import { ipv4Text, maskOf } from '@engine/base/net/address';
import { decodeArp, encodeArp } from '@engine/base/net/arp';
import { addVlanTag, decodeEthernet, encodeEthernet, EtherType } from '@engine/base/net/ethernet';
import { echoRequest, encodeIcmp, errorSubject, IcmpType } from '@engine/base/net/icmp';
import { decodeIpv4, encodeIpv4, ipv4Packet, IpProtocol } from '@engine/base/net/ipv4';
import { ARP_ENTRIES } from '@engine/base/net/stack/arp-cache';
import { encodeTcp, TcpFlag } from '@engine/base/net/tcp';
import { Random } from '@engine/base/random';
import { clonePlain } from '@engine/base/unit';
import { ip, MAC, ping, Wire } from './station-rig';

describe('IPv4', () => {
  it('answers pings of any size, in fragments if it must', () => {
    const wire = new Wire();
    const [a] = [wire.add('10.0.0.1'), wire.add('10.0.0.2')];
    for (const length of [0, 32, 1472, 1473, 65_507 - 8]) {
      ping(a, '10.0.0.2', length);
      wire.run();
      expect(wire.heard[0]?.icmp.at(-1)).toMatchObject({
        type: IcmpType.EchoReply,
        payload: new Uint8Array(length).fill(7),
      });
    }
    for (const frame of wire.sent) expect(frame.length).toBeLessThanOrEqual(1514);
  });

  it('stays silent when it must not answer pings, and to pings for everybody', () => {
    const wire = new Wire();
    const [a] = [wire.add('10.0.0.1'), wire.add('10.0.0.2', { answersEcho: false }), wire.add('10.0.0.3')];
    for (const target of ['10.0.0.2', '10.0.0.255', '255.255.255.255', '224.0.0.1']) ping(a, target);
    wire.run();
    expect(wire.heard[0]?.icmp).toEqual([]);
  });

  it('refuses ports and protocols that it does not have', () => {
    const wire = new Wire();
    const [a] = [wire.add('10.0.0.1'), wire.add('10.0.0.2', { ports: [7], gateway: '10.0.0.254' })];
    for (const destinationPort of [7, 8])
      a.sendUdp({ sourcePort: 9, destinationPort, payload: MAC(1) }, ip('10.0.0.2'));
    a.send({ destination: ip('10.0.0.2'), protocol: 99, payload: new Uint8Array(8) });
    a.sendUdp({ sourcePort: 9, destinationPort: 8, payload: MAC(1) }, ip('10.0.0.255'));
    wire.stations[0]?.sendUdp({ sourcePort: 9, destinationPort: 8, payload: MAC(1) }, ip('10.0.0.2'), {
      source: 0,
      link: MAC(2),
    });
    const before = wire.sent.length;
    wire.run();
    expect(wire.sent.length).toBe(before + 6); // ARP's answer, the three that waited for it, two refusals: none for 0.0.0.0
    expect(wire.heard[0]?.icmp.map(({ type, code }) => [type, code])).toEqual([
      [3, 3],
      [3, 2],
    ]);
    expect(wire.heard[0]?.icmp.map((message) => errorSubject(message)?.protocol)).toEqual([17, 99]);
  });

  it('resets a connection to a closed port', () => {
    const wire = new Wire();
    const [a] = [wire.add('10.0.0.1'), wire.add('10.0.0.2')];
    const segment = {
      sourcePort: 1,
      destinationPort: 2,
      sequence: 3,
      acknowledgment: 0,
      flags: TcpFlag.Syn,
      window: 1,
      maximumSegment: null,
      payload: new Uint8Array(0),
    };
    a.send({
      destination: ip('10.0.0.2'),
      protocol: IpProtocol.Tcp,
      payload: encodeTcp(segment, ip('10.0.0.1'), ip('10.0.0.2')),
    });
    wire.run();
    const answer = decodeIpv4(decodeEthernet(wire.sent.at(-1) ?? BROADCAST_MAC)?.payload ?? BROADCAST_MAC);
    expect([answer?.protocol, answer?.payload[13]]).toEqual([IpProtocol.Tcp, TcpFlag.Rst | TcpFlag.Ack]);
  });

  it('sends what is not on the wire to the gateway, and knows when there is no way', () => {
    const wire = new Wire();
    const [a, b] = [wire.add('10.0.0.1', { gateway: '10.0.0.254' }), wire.add('10.0.0.2')];
    const router = wire.add('10.0.0.254', { router: true });
    expect([ping(a, '203.0.113.10'), ping(b, '203.0.113.10')]).toEqual(['sent', 'no-route']);
    wire.run();
    const [packet] = wire.heard[2]?.forwarded ?? [];
    expect(packet && ipv4Text(packet.destination)).toBe('203.0.113.10');
    expect(packet && router.route({ ...packet, source: packet.destination, destination: packet.source })).toBe('sent');
    wire.run();
    expect(wire.stations[0]?.save().counters.delivered).toBe(1);
    expect(ping(wire.add(null), '10.0.0.1')).toBe('no-address');
    expect(
      a.send({ destination: ip('10.0.0.2'), protocol: 1, payload: new Uint8Array(3000), dontFragment: true }),
    ).toBe('too-big');
  });

  it('finds link-local neighbours on its own wire, whatever its own address is', () => {
    const wire = new Wire();
    const [a] = [wire.add('10.0.0.1', { gateway: '10.0.0.254' }), wire.add('169.254.3.4')];
    ping(a, '169.254.3.4');
    const arp = decodeArp(decodeEthernet(wire.sent[0] ?? BROADCAST_MAC)?.payload ?? BROADCAST_MAC);
    expect(arp && ipv4Text(arp.targetAddress)).toBe('169.254.3.4');
  });

  it('talks to itself without the wire', () => {
    const wire = new Wire();
    const a = wire.add('10.0.0.1');
    ping(a, '10.0.0.1');
    expect([wire.sent.length, wire.heard[0]?.icmp.length]).toEqual([0, 1]);
  });

  it('without an address hears what is sent to its hardware address, and speaks from 0.0.0.0', () => {
    const wire = new Wire();
    const [a] = [wire.add(null, { ports: [68] }), wire.add('10.0.0.1', { ports: [67] })];
    expect(a.sendUdp({ sourcePort: 68, destinationPort: 67, payload: MAC(1) }, 0xffffffff)).toBe('no-address');
    expect(a.sendUdp({ sourcePort: 68, destinationPort: 67, payload: MAC(1) }, 0xffffffff, { source: 0 })).toBe('sent');
    wire.stations[1]?.sendUdp({ sourcePort: 67, destinationPort: 68, payload: MAC(2) }, ip('10.0.0.100'), {
      link: MAC(1),
    });
    wire.run();
    expect([wire.heard[1]?.udp.length, wire.heard[0]?.udp.length]).toEqual([1, 1]);
  });

  it('ignores frames for others, of other VLANs, and from impossible sources', () => {
    const wire = new Wire();
    const a = wire.add('10.0.0.1');
    const packet = (source: string, destination = '10.0.0.1'): Uint8Array =>
      encodeIpv4(
        ipv4Packet({
          source: ip(source),
          destination: ip(destination),
          protocol: 1,
          payload: encodeIcmp(echoRequest(1, 1, MAC(1))),
        }),
      );
    const frame = (payload: Uint8Array, destination = MAC(1)): Uint8Array =>
      encodeEthernet({ destination, source: MAC(8), vlan: null, type: EtherType.Ipv4, payload });
    for (const source of ['10.0.0.1', '10.0.0.255', '224.0.0.1', '255.255.255.255', '127.0.0.1'])
      a.receive(frame(packet(source)));
    expect(a.save().counters).toMatchObject({ badSource: 5, delivered: 0 });
    a.receive(frame(packet('10.0.0.2'), MAC(3)));
    a.receive(addVlanTag(frame(packet('10.0.0.2')), { priority: 0, dropEligible: false, id: 10 }));
    a.receive(frame(packet('10.0.0.2', '10.0.0.3')));
    expect(a.save().counters).toMatchObject({ ignored: 3, delivered: 0 });
    a.receive(addVlanTag(frame(packet('10.0.0.2')), { priority: 3, dropEligible: false, id: 0 }));
    expect(a.save().counters.delivered).toBe(1);
  });
});

describe('state', () => {
  it('goes on in another station after being saved, with a question open', () => {
    const wire = new Wire();
    const a = wire.add('10.0.0.1');
    ping(a, '10.0.0.2');
    const saved = clonePlain(a.save());
    const other = new Wire();
    const restored = other.add(null);
    restored.restore(saved);
    expect(restored.save()).toEqual(saved);
    other.add('10.0.0.2');
    other.wait(1);
    expect(other.heard[0]?.icmp).toHaveLength(1);
    expect(other.stations[0]?.inspect()).toMatchObject({
      address: '10.0.0.1',
      arp: [{ address: '10.0.0.2', mac: '02-00-00-00-00-02' }],
    });
    restored.reset();
    expect(restored.config).toBeNull();
  });
});

describe('hostile frames', () => {
  it('never throw, and never change what the station knows about itself', () => {
    const wire = new Wire();
    const a = wire.add('10.0.0.1', { ports: [7], router: true, gateway: '10.0.0.254' });
    const random = new Random(31);
    const icmp = (): Uint8Array =>
      encodeIcmp({
        type: random.below(20),
        code: random.below(5),
        word: random.next(),
        payload: random.bytes(random.below(60)),
      });
    for (let round = 0; round < 20_000; round++) {
      const payload = encodeIpv4(
        ipv4Packet({
          source: 0x0a000000 + random.below(260),
          destination: random.below(3) ? ip('10.0.0.1') : random.next(),
          protocol: [1, 6, 17, 99][random.below(4)] ?? 1,
          payload: random.below(2) ? icmp() : random.bytes(random.below(100)),
          moreFragments: random.below(5) === 0,
          fragmentOffset: random.below(5) === 0 ? random.below(8192) * 8 : 0,
        }),
      );
      const arp = random.below(2)
        ? random.bytes(28)
        : encodeArp({
            operation: random.below(3),
            senderMac: random.bytes(6),
            senderAddress: 0x0a000000 + random.below(260),
            targetMac: MAC(1),
            targetAddress: ip('10.0.0.1'),
          });
      const isArp = random.below(3) === 0;
      const type = isArp ? EtherType.Arp : EtherType.Ipv4;
      const frame = encodeEthernet({
        destination: random.below(2) ? MAC(1) : BROADCAST_MAC,
        source: random.bytes(6),
        vlan: null,
        type,
        payload: isArp ? arp : payload,
      });
      if (random.below(3) === 0) frame[14 + random.below(frame.length - 14)] = random.next() & 0xff;
      a.receive(frame.subarray(0, random.below(4) ? frame.length : random.below(frame.length)));
      wire.now += 1000;
    }
    wire.run();
    wire.wait(5);
    const { config, arp, reassembly } = a.save();
    expect(config).toEqual({ address: ip('10.0.0.1'), mask: maskOf(24), gateway: ip('10.0.0.254') });
    expect(arp.entries.length).toBeLessThanOrEqual(ARP_ENTRIES);
    expect(reassembly.datagrams.length).toBeLessThanOrEqual(16);
    expect(a.save().counters.delivered).toBeGreaterThan(1000);
  });
});
