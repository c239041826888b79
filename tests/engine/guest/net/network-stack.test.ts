import { describe, expect, it } from 'vitest';
import { maskOf } from '@engine/base/net/address';
import { echoRequest, encodeIcmp, icmpError, IcmpType } from '@engine/base/net/icmp';
import { ipv4Packet } from '@engine/base/net/ipv4';
import { TraceKind } from '@engine/trace/kinds';
import { VirtualSwitch } from '@engine/vswitch/virtual-switch';
import { accounts, vmMac } from '../../vswitch/support';
import { Guest, Host, ip, SECOND } from './support';

describe('a guest on the LAN', () => {
  it('gets its address, gateway, name server and domain by DHCP', () => {
    const guest = new Guest(new Host(), 1).plug().wait(5);
    expect(guest.view).toEqual({
      name: 'nic-0',
      mac: '00-15-5D-00-00-01',
      linkUp: true,
      dhcp: 'bound',
      address: '192.168.1.100',
      mask: '255.255.255.0',
      gateway: '192.168.1.1',
      dns: ['192.168.1.1'],
      domain: 'lab.example',
      leaseServer: '192.168.1.1',
      lease: { obtained: expect.any(Number), expires: expect.any(Number) },
      hasConflict: false,
    });
    const { lease } = guest.view ?? {};
    expect(lease && lease.expires - lease.obtained).toBe(691_200 * SECOND);
  });

  it('pings the gateway, its neighbours, the server and the internet', () => {
    const host = new Host();
    const [a, b] = [new Guest(host, 1).plug(), new Guest(host, 2, 'linux').plug()];
    a.wait(5);
    expect([a.status, b.status]).toEqual(['bound 192.168.1.100', 'bound 192.168.1.101']);
    expect(a.ping('192.168.1.1')).toBe('reply 192.168.1.1 32 ttl 64');
    expect(a.ping('192.168.1.10', 8000)).toBe('reply 192.168.1.10 8000 ttl 64');
    expect(a.ping('203.0.113.10')).toBe('reply 203.0.113.10 32 ttl 61');
    expect(b.ping('192.168.1.100', 56)).toBe('reply 192.168.1.100 56 ttl 128');
    expect(a.ping('192.168.1.101')).toBe('reply 192.168.1.101 32 ttl 64');
    expect(a.ping('192.168.1.100')).toBe('reply 192.168.1.100 32 ttl 128');
    expect(a.ping('127.0.0.1')).toBe('reply 127.0.0.1 32 ttl 128');
  });

  it('says what became of a ping that was not answered', () => {
    const guest = new Guest(new Host(), 1).plug().wait(5);
    expect(guest.ping('192.168.1.77')).toBe('unreachable 192.168.1.100 1'); // by itself: nobody answered ARP
    expect(guest.ping('10.1.1.1')).toBe('unreachable 198.51.100.1 0');
    expect(guest.ping('203.0.113.10', 32, 1)).toBe('expired 192.168.1.1');
    expect(guest.ping('203.0.113.77')).toBe('timeout');
    const modern = new Guest(guest.host, 2, 'nt6').plug().wait(5);
    expect([guest.ping('192.168.1.101'), modern.ping('192.168.1.100')]).toEqual([
      'timeout',
      'reply 192.168.1.100 32 ttl 128',
    ]);
  });

  it('late, foreign and doubled answers do not count', () => {
    const host = new Host();
    const guest = new Guest(host, 1).plug().wait(5);
    expect(guest.ping('203.0.113.77')).toBe('timeout');
    const evil = host.client(9, '192.168.1.9');
    const say = (identifier: number, sequence: number): void => {
      const payload = encodeIcmp({
        type: IcmpType.EchoReply,
        code: 0,
        word: ((identifier << 16) | sequence) >>> 0,
        payload: new Uint8Array(1),
      });
      evil.station.send({ destination: ip('192.168.1.100'), protocol: 1, payload });
      host.settle();
    };
    const { identifier = 0, sequence = 0 } = guest.state.echo ?? {};
    say(identifier, sequence - 1);
    say(identifier + 1, sequence);
    const other = ipv4Packet({
      source: ip('192.168.1.100'),
      destination: ip('203.0.113.78'),
      protocol: 1,
      payload: encodeIcmp(echoRequest(identifier, sequence, new Uint8Array(8))),
    });
    evil.station.send({
      destination: ip('192.168.1.100'),
      protocol: 1,
      payload: encodeIcmp(icmpError(IcmpType.Unreachable, 1, other)),
    });
    host.settle();
    expect(guest.stack.echoResult()).toBeNull();
    say(identifier, sequence);
    const first = guest.stack.echoResult();
    say(identifier, sequence);
    expect(first).not.toBeNull();
    expect(guest.stack.echoResult()).toEqual(first);
  });

  it('refuses connections and datagrams that no program takes', () => {
    const host = new Host();
    new Guest(host, 1).plug().wait(5);
    const client = host.client(2, '192.168.1.50');
    client.sendUdp('192.168.1.100', 999, new Uint8Array(8));
    client.sendUdp('192.168.1.100', 68, new Uint8Array(8)); // not from a DHCP server's port
    const syn = {
      sourcePort: 1,
      destinationPort: 80,
      sequence: 5,
      acknowledgment: 0,
      flags: 2,
      window: 1,
      maximumSegment: null,
    };
    client.sendTcp('192.168.1.100', { ...syn, payload: new Uint8Array(0) });
    host.settle();
    const refusal = '192.168.1.100 3/3 about 192.168.1.100';
    expect(client.answers).toEqual([refusal, refusal]);
    expect(client.segments.map(({ flags }) => flags)).toEqual([0x14]);
  });
});

describe('names', () => {
  it('are asked for, with the domain behind short ones, and remembered', () => {
    const host = new Host();
    const guest = new Guest(host, 1).plug().wait(5);
    expect(guest.stack.resolve('server1')).toEqual({ kind: 'pending' });
    expect(['server1', 'SERVER1.lab.example.', 'www.example.com'].map((name) => guest.lookUp(name))).toEqual([
      '192.168.1.10',
      '192.168.1.10',
      '203.0.113.10',
    ]);
    const before = host.nic.save().sentFrames;
    expect(guest.stack.resolve('server1')).toEqual({ kind: 'address', address: ip('192.168.1.10') });
    expect(host.nic.save().sentFrames).toBe(before);
    guest.wait(3601);
    expect(guest.stack.resolve('server1')).toEqual({ kind: 'pending' });
  });

  it('of its own, of this system, and addresses need nobody', () => {
    const guest = new Guest(new Host(), 1);
    expect(['10.1.2.3', 'localhost', 'GUEST1'].map((name) => guest.lookUp(name))).toEqual([
      '10.1.2.3',
      '127.0.0.1',
      '127.0.0.1',
    ]);
    guest.plug().wait(5);
    expect(guest.lookUp('guest1')).toBe('192.168.1.100');
  });

  it('that nobody knows are unknown, also without a name server or when it is silent', () => {
    const host = new Host();
    const guest = new Guest(host, 1);
    expect(guest.lookUp('server1')).toBe('unknown');
    guest.plug().wait(10);
    expect([guest.lookUp('nobody'), guest.lookUp('x.example'), guest.lookUp('a..b'), guest.lookUp('')]).toEqual([
      'unknown',
      'unknown',
      'unknown',
      'unknown',
    ]);
    guest.wait(10);
    host.lan.wire.port('gateway')?.setLink(false);
    const start = host.clock.now();
    expect(guest.lookUp('server1')).toBe('unknown');
    expect(Math.round((host.clock.now() - start) / SECOND)).toBe(7);
    host.lan.wire.port('gateway')?.setLink(true);
    guest.wait(10);
    expect(guest.lookUp('server1')).toBe('192.168.1.10');
  });

  it('are believed from name servers only', () => {
    const host = new Host();
    const guest = new Guest(host, 1).plug().wait(5);
    guest.stack.resolve('server1');
    const [{ id = 0 } = {}] = guest.state.names;
    const forged = Uint8Array.from([
      id >> 8,
      id & 255,
      0x81,
      0x80,
      0,
      1,
      0,
      1,
      0,
      0,
      0,
      0,
      ...[7, ...Buffer.from('server1'), 3, ...Buffer.from('lab'), 7, ...Buffer.from('example'), 0, 0, 1, 0, 1],
      0xc0,
      12,
      0,
      1,
      0,
      1,
      0,
      0,
      0,
      60,
      0,
      4,
      6,
      6,
      6,
      6,
    ]);
    const evil = host.client(9, '192.168.1.9');
    evil.station.sendUdp({ sourcePort: 53, destinationPort: 1025, payload: forged }, ip('192.168.1.100'), {
      link: vmMac(1),
    });
    host.clock.advanceBy(100_000);
    expect(guest.lookUp('server1')).toBe('192.168.1.10');
  });
});

describe('links', () => {
  it('without one there is no address; when it comes, the search begins', () => {
    const host = new Host();
    const guest = new Guest(host, 1).plug();
    const port = host.virtualSwitch.port('vm-1/nic-0');
    guest.wait(5);
    port?.setLink(false);
    expect([guest.view?.linkUp, guest.status]).toEqual([false, 'off null']);
    expect(guest.ping('192.168.1.1')).toBe('no route');
    port?.setLink(true);
    expect(guest.status).toBe('searching null');
    guest.wait(5);
    expect(guest.status).toBe('bound 192.168.1.100');
  });

  it('an adapter that goes takes its address along; another one is another', () => {
    const host = new Host();
    const guest = new Guest(host, 1).plug().wait(5);
    host.virtualSwitch.port('vm-1/nic-0')?.dispose();
    guest.unplug();
    expect(guest.stack.snapshot()).toEqual([]);
    expect(guest.ping('192.168.1.1')).toBe('no route');
    guest.plug({}, 'nic-0', vmMac(77)).wait(5);
    expect(guest.status).toBe('bound 192.168.1.101');
    host.virtualSwitch.port('vm-1/nic-0')?.dispose();
    guest.drop().plug({}, 'nic-0', vmMac(78)).wait(5); // gone and come between two looks
    expect(guest.status).toBe('bound 192.168.1.102');
  });

  it('two adapters reach two networks', () => {
    const host = new Host();
    const inside = new VirtualSwitch(host.clock, host.trace, { id: 'switch/in', name: 'in', kind: 'internal' });
    const port = (n: number) => inside.connect({ name: `in-${n}`, kind: 'synthetic', mac: vmMac(200 + n) });
    const a = new Guest(host, 1).plug().plug({}, 'nic-1', vmMac(201), port(1));
    const b = new Guest(host, 2).plug({}, 'nic-0', vmMac(202), port(2));
    a.stack.useStatic('nic-1', { address: ip('10.0.0.1'), mask: maskOf(24), gateway: null, dns: [] });
    b.stack.useStatic('nic-0', { address: ip('10.0.0.2'), mask: maskOf(24), gateway: null, dns: [] });
    a.rearm().wait(5);
    expect(a.stack.snapshot().map(({ dhcp, address }) => [dhcp, address])).toEqual([
      ['bound', '192.168.1.100'],
      ['static', '10.0.0.1'],
    ]);
    expect([a.ping('10.0.0.2'), a.ping('192.168.1.10'), b.ping('192.168.1.1')]).toEqual([
      'reply 10.0.0.2 32 ttl 128',
      'reply 192.168.1.10 32 ttl 64',
      'no route',
    ]);
  });
});

describe('VLANs', () => {
  it('a guest in a VLAN of its own finds no server', () => {
    const host = new Host();
    const [a, b] = [new Guest(host, 1, 'nt6').plug({ vlan: 10 }), new Guest(host, 2, 'nt6').plug()];
    a.wait(20);
    expect([a.view?.dhcp, b.view?.dhcp]).toEqual(['failed', 'bound']);
    host.virtualSwitch.port('vm-1/nic-0')?.configure({ vlan: null });
    a.wait(300);
    expect(a.view?.dhcp).toBe('bound');
  });
});

describe('ten machines', () => {
  it('get ten addresses and share the line without losing a frame unseen', () => {
    const host = new Host();
    const guests = Array.from({ length: 10 }, (_, n) => new Guest(host, n + 1, 'nt6').plug());
    host.settle(5);
    expect(new Set(guests.map((guest) => guest.view?.address)).size).toBe(10);
    for (let round = 0; round < 20; round++) {
      for (const guest of guests) {
        guest.stack.echo(ip('203.0.113.10'), 20_000);
        guest.rearm();
      }
      host.settle(1);
      expect(guests.every((guest) => guest.stack.echoResult()?.kind === 'reply')).toBe(true);
    }
    const { queued, dropped } = accounts(host.virtualSwitch);
    expect([queued, dropped]).toEqual([0, host.trace.count(TraceKind.FrameDropped, host.trace.actor('switch/ext'))]);
  });
});
