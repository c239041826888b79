import { describe, expect, it } from 'vitest';
import { ipv4Text, maskOf } from '@engine/base/net/address';
import { decodeDns, dnsAddresses, dnsQuery, DnsType, encodeDns } from '@engine/base/net/dns';
import { encodeIcmp } from '@engine/base/net/icmp';
import { Host, ip, MILLISECOND } from './support';

describe('the gateway', () => {
  it('answers ARP and pings, a little later', () => {
    const host = new Host();
    const client = host.client(1, '192.168.1.50');
    client.ping('192.168.1.1');
    host.settle();
    expect(client.answers).toEqual(['192.168.1.1 0/0']);
    expect(client.icmp[0]?.at).toBeGreaterThan(300_000); // two questions, two answers of 150 us each
    expect(client.icmp[0]?.at).toBeLessThan(MILLISECOND);
  });

  it('leads to the internet, which is farther away', () => {
    const host = new Host();
    const client = host.client(1, '192.168.1.50');
    client.ping('203.0.113.10', { length: 4000 });
    host.settle();
    expect(client.answers).toEqual(['203.0.113.10 0/0']);
    expect(client.icmp[0]?.message.payload.length).toBe(4000);
    expect(client.icmp[0]?.packet.ttl).toBe(61); // two routers and the gateway
    expect(client.icmp[0]?.at).toBeGreaterThan(12 * MILLISECOND);
  });

  it('and the routers behind it say when a time to live has run out', () => {
    const host = new Host();
    const client = host.client(1, '192.168.1.50');
    for (const ttl of [1, 2, 3, 4]) {
      client.ping('203.0.113.10', { ttl });
      host.settle();
    }
    expect(client.answers).toEqual([
      '192.168.1.1 11/0 about 203.0.113.10',
      '198.51.100.1 11/0 about 203.0.113.10',
      '198.51.100.129 11/0 about 203.0.113.10',
      '203.0.113.10 0/0',
    ]);
  });

  it('nobody answers for addresses that nobody has, and private networks are not routed', () => {
    const host = new Host();
    const client = host.client(1, '192.168.1.50');
    for (const target of ['203.0.113.77', '10.1.2.3', '172.20.0.1', '192.168.9.9']) client.ping(target);
    host.settle();
    const net = '198.51.100.1 3/0 about';
    expect(client.answers).toEqual([`${net} 10.1.2.3`, `${net} 172.20.0.1`, `${net} 192.168.9.9`]);
    client.ping('192.168.1.77');
    host.settle();
    expect(client.unreachable.map((packet) => ipv4Text(packet.destination))).toEqual(['192.168.1.77']);
  });

  it('errors are not sent about errors, nor about the middle of a datagram', () => {
    const host = new Host();
    const client = host.client(1, '192.168.1.50');
    const payload = encodeIcmp({ type: 0, code: 0, word: 1, payload: new Uint8Array(8) });
    for (const ttl of [1, 2, 64]) client.station.send({ destination: ip('10.1.2.3'), protocol: 1, payload, ttl });
    host.settle();
    expect(client.answers).toEqual([]);
    client.sendUdp('10.1.2.3', 99, new Uint8Array(4000));
    host.settle();
    expect(client.answers).toHaveLength(1);
  });

  it('sends a neighbour’s packet back to the LAN for who believes that it is not his own', () => {
    const host = new Host();
    const client = host.client(1, '192.168.1.2');
    client.station.configure({ address: ip('192.168.1.2'), mask: maskOf(30), gateway: ip('192.168.1.1') });
    client.ping('192.168.1.10');
    host.settle();
    expect(client.answers).toEqual(['192.168.1.10 0/0']);
  });

  it('loses what is too much for the way, and counts it', () => {
    const host = new Host();
    const client = host.client(1, '192.168.1.50');
    client.ping('192.168.1.1');
    host.settle();
    for (let i = 0; i < 1500; i++) {
      client.ping('203.0.113.10');
      host.clock.advanceBy(4_000);
    }
    host.settle();
    expect(host.lan.internet.inspect()).toMatchObject({ packets: 1500, answers: { underWay: 0, lost: 1500 - 1024 } });
    expect(client.answers).toHaveLength(1025);
    expect(host.trace.cause).toBe(0);
  });

  it('internet hosts refuse what they do not offer', () => {
    const host = new Host();
    const client = host.client(1, '192.168.1.50');
    client.sendUdp('203.0.113.10', 99, new Uint8Array(8));
    const syn = {
      sourcePort: 1,
      destinationPort: 80,
      sequence: 5,
      acknowledgment: 0,
      flags: 2,
      window: 1,
      maximumSegment: null,
    };
    client.sendTcp('203.0.113.10', { ...syn, payload: new Uint8Array(0) });
    host.settle();
    expect(client.answers).toEqual(['203.0.113.10 3/3 about 203.0.113.10']);
    expect(client.segments.map((segment) => [segment.flags, segment.acknowledgment])).toEqual([[0x14, 6]]);
  });
});

describe('the name server', () => {
  const ask = (host: Host, name: string, change: object = {}): ReturnType<typeof decodeDns> => {
    const client = host.virtualSwitch.port('vm-1') ? null : host.client(1, '192.168.1.50');
    client?.sendUdp('192.168.1.1', 53, encodeDns({ ...dnsQuery(77, name), ...change }) ?? new Uint8Array(0));
    host.settle();
    return decodeDns(client?.udp[0]?.datagram.payload ?? new Uint8Array(0));
  };

  it.each([
    ['server1.lab.example', '192.168.1.10'],
    ['GATEWAY.Lab.Example', '192.168.1.1'],
    ['www.example.com', '203.0.113.10'],
  ])('knows %s', (name, address) => {
    const answer = ask(new Host(), name);
    expect(answer && dnsAddresses(answer).map(ipv4Text)).toEqual([address]);
    expect(answer).toMatchObject({ id: 77, isResponse: true, code: 0, questions: [{ name }] });
  });

  it('says what it does not know, and what it does not do', () => {
    expect(ask(new Host(), 'nobody.example')).toMatchObject({ code: 3, answers: [] });
    expect(ask(new Host(), 'constructor')).toMatchObject({ code: 3 });
    expect(ask(new Host(), 'x.y', { opcode: 2 })).toMatchObject({ code: 4 });
    expect(ask(new Host(), 'x.y', { questions: [] })).toMatchObject({ code: 1 });
    const aaaa = { questions: [{ name: 'server1.lab.example', type: DnsType.Aaaa, class: 1 }] };
    expect(ask(new Host(), '', aaaa)).toMatchObject({ code: 0, answers: [] });
    expect(ask(new Host(), 'x.y', { isResponse: true })).toBeNull();
  });
});

describe('server1', () => {
  it('sends UDP back from its echo port, and nothing from its discard port', () => {
    const host = new Host();
    const client = host.client(1, '192.168.1.50');
    client.sendUdp('192.168.1.10', 7, Uint8Array.of(1, 2, 3));
    client.sendUdp('192.168.1.10', 9, Uint8Array.of(4));
    client.sendUdp('192.168.1.10', 7, Uint8Array.of(5), 7); // would go round for ever
    client.sendUdp('192.168.1.10', 11, Uint8Array.of(6));
    host.settle();
    expect(client.udp.map(({ datagram }) => [...datagram.payload])).toEqual([[1, 2, 3]]);
    expect(client.answers).toEqual(['192.168.1.10 3/3 about 192.168.1.10']);
  });
});

describe('the wire', () => {
  it('joins two hosts, and keeps VLANs of the virtual switch apart from its own', () => {
    const host = new Host();
    const inVlan = host.client(1, '192.168.1.50', { vlan: 10 });
    const other = host.client(2, '192.168.1.51', { vlan: 10 });
    inVlan.ping('192.168.1.1');
    inVlan.ping('192.168.1.51');
    host.settle();
    expect(inVlan.answers).toEqual(['192.168.1.51 0/0']);
    expect([inVlan.unreachable.length, other.icmp.length]).toEqual([1, 0]);
    // the question went out with its tag, and the office switch has nobody in that VLAN
    expect(host.nic.save().sentFrames).toBeGreaterThan(0);
    expect(host.lan.gateway.save().ip.counters.delivered).toBe(0);
  });

  it('unplugged takes the link of the switch’s uplink away and brings it back', () => {
    const host = new Host();
    const client = host.client(1, '192.168.1.50');
    const socket = host.lan.wire.port('host-nic');
    socket?.setLink(false);
    expect([host.nic.linkUp, host.virtualSwitch.uplink?.linkUp, client.port.linkUp]).toEqual([false, false, true]);
    client.ping('192.168.1.1');
    host.settle();
    expect(client.answers).toEqual([]);
    socket?.setLink(true);
    client.ping('192.168.1.1');
    host.settle();
    expect(client.answers).toEqual(['192.168.1.1 0/0']);
  });
});
