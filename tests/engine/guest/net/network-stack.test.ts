import { describe, expect, it } from 'vitest';
import { isLinkLocal, maskOf } from '@engine/base/net/address';
import { EtherType, decodeEthernet } from '@engine/base/net/ethernet';
import { echoRequest, encodeIcmp, icmpError, IcmpType } from '@engine/base/net/icmp';
import { ipv4Packet } from '@engine/base/net/ipv4';
import { IpStation } from '@engine/base/net/stack/ip-station';
import { Random } from '@engine/base/random';
import { clonePlain } from '@engine/base/unit';
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

describe('without a server', () => {
  it('two Windows systems on a private switch give themselves addresses and reach each other', () => {
    const host = new Host();
    const inside = new VirtualSwitch(host.clock, host.trace, { id: 'switch/p', name: 'p', kind: 'private' });
    const port = (n: number) => inside.connect({ name: `p-${n}`, kind: 'synthetic', mac: vmMac(n) });
    const [xp, vista, linux] = [new Guest(host, 1, 'nt5'), new Guest(host, 2, 'nt6'), new Guest(host, 3, 'linux')];
    [xp, vista, linux].forEach((guest, i) => guest.plug({}, 'nic-0', vmMac(i + 1), port(i + 1)));
    xp.wait(9);
    expect([xp.status, vista.view?.dhcp, linux.status]).toEqual(['searching null', 'failed', 'searching null']);
    xp.wait(300);
    expect(
      [xp.view, vista.view].map((view) => [
        view?.dhcp,
        view?.mask,
        view?.gateway,
        isLinkLocal(ip(view?.address ?? '')),
      ]),
    ).toEqual([
      ['failed', '255.255.0.0', null, true],
      ['failed', '255.255.0.0', null, true],
    ]);
    expect(xp.view?.address).not.toBe(vista.view?.address);
    expect(linux.status).toBe('failed null');
    expect(vista.ping(xp.view?.address ?? '')).toContain('reply 169.254.');
    expect(linux.ping('169.254.1.1')).toBe('no route');
  });

  it('an address that it is about to choose is forgotten with the link', () => {
    const host = new Host();
    host.lan.wire.port('gateway')?.setLink(false);
    const guest = new Guest(host, 1, 'nt6').plug();
    const isAsking = (): boolean => (guest.state.interfaces['nic-0']?.linkLocal?.due ?? null) !== null;
    for (let tenths = 0; tenths < 200 && !isAsking(); tenths++) guest.wait(0.1);
    expect(isAsking()).toBe(true);
    const port = host.virtualSwitch.port('vm-1/nic-0');
    port?.setLink(false);
    guest.wait(2);
    port?.setLink(true);
    expect(guest.status).toBe('searching null');
  });

  it('a chosen address that somebody takes later stays, and the trouble is noted', () => {
    const host = new Host();
    host.lan.wire.port('gateway')?.setLink(false);
    const guest = new Guest(host, 1, 'nt6').plug().wait(20);
    const { address } = guest.view ?? {};
    const thief = host.client(9, null);
    thief.station.configure({ address: ip(address ?? ''), mask: maskOf(16), gateway: null });
    thief.station.announce();
    guest.wait(5);
    expect(guest.view).toMatchObject({ address, hasConflict: true });
  });

  it('a server that comes later takes the place of the chosen address', () => {
    const host = new Host();
    const gateway = host.lan.wire.port('gateway');
    gateway?.setLink(false);
    const guest = new Guest(host, 1, 'nt6').plug().wait(30);
    expect(guest.status).toContain('failed 169.254.');
    gateway?.setLink(true);
    guest.wait(300);
    expect(guest.status).toBe('bound 192.168.1.100');
    expect(guest.state.interfaces['nic-0']?.linkLocal).toBeNull();
    expect(guest.ping('192.168.1.1')).toBe('reply 192.168.1.1 32 ttl 64');
  });

  it('an address that somebody has is not taken, neither chosen nor leased', () => {
    const host = new Host();
    const squatter = host.client(9, '192.168.1.100');
    const guest = new Guest(host, 1).plug().wait(20);
    expect(guest.status).toBe('bound 192.168.1.101');
    expect(host.lan.dhcp.leases[0]).toMatchObject({ state: 'declined' });

    host.lan.wire.port('gateway')?.setLink(false);
    // answers every question about 169.254.x.y but the third
    let asked = 0;
    squatter.port.setReceiver({
      receive: (frame) => {
        const { type, payload } = decodeEthernet(frame) ?? {};
        if (type !== EtherType.Arp || !payload || payload[24] !== 169 || ++asked > 2) return;
        const wanted = new DataView(payload.buffer, payload.byteOffset).getUint32(24);
        const liar = new IpStation({
          mac: vmMac(9),
          ttl: 1,
          answersEcho: false,
          now: () => 0,
          transmit: (out) => squatter.port.send(out),
          upper: NOBODY,
        });
        liar.configure({ address: wanted, mask: maskOf(16), gateway: null });
        liar.receive(frame);
      },
      linkChanged: () => undefined,
    });
    const other = new Guest(host, 2, 'nt6').plug().wait(30);
    expect(other.status).toContain('failed 169.254.');
    expect(asked).toBeGreaterThanOrEqual(3);
  });

  const NOBODY = {
    udp: () => true,
    tcp: () => true,
    icmp: () => undefined,
    unreachable: () => undefined,
    conflict: () => undefined,
  };
});

describe('addresses that a person sets', () => {
  it('replace the lease, announce themselves and can be taken back', () => {
    const host = new Host();
    const guest = new Guest(host, 1).plug().wait(5);
    guest.stack.useStatic('nic-0', {
      address: ip('192.168.1.60'),
      mask: maskOf(24),
      gateway: ip('192.168.1.1'),
      dns: [ip('192.168.1.1')],
    });
    guest.rearm().wait(1);
    expect(guest.view).toMatchObject({
      dhcp: 'static',
      address: '192.168.1.60',
      dns: ['192.168.1.1'],
      leaseServer: null,
      lease: null,
    });
    expect(host.lan.dhcp.leases[0]?.state).toBe('released');
    expect([guest.ping('203.0.113.10'), guest.lookUp('server1.lab.example')]).toEqual([
      'reply 203.0.113.10 32 ttl 61',
      '192.168.1.10',
    ]);
    guest.stack.renew();
    guest.stack.release();
    expect(guest.status).toBe('static 192.168.1.60');
    const port = host.virtualSwitch.port('vm-1/nic-0');
    port?.setLink(false);
    expect([guest.status, guest.ping('192.168.1.1')]).toEqual(['static null', 'no route']);
    port?.setLink(true);
    expect(guest.status).toBe('static 192.168.1.60');
    guest.stack.useDhcp('nic-0');
    guest.rearm().wait(5);
    expect(guest.status).toBe('bound 192.168.1.100');
  });

  it('that somebody else has are noticed by both', () => {
    const host = new Host();
    const [a, b] = [new Guest(host, 1).plug(), new Guest(host, 2).plug()];
    a.wait(5);
    for (const guest of [a, b]) {
      guest.stack.useStatic('nic-0', { address: ip('192.168.1.60'), mask: maskOf(24), gateway: null, dns: [] });
      guest.rearm().wait(1);
    }
    expect([a.view?.hasConflict, b.view?.hasConflict]).toEqual([true, true]);
  });

  it('released and renewed leases show', () => {
    const guest = new Guest(new Host(), 1).plug().wait(5);
    guest.stack.release();
    guest.rearm().wait(1);
    expect(guest.status).toBe('off null');
    const { transaction } = guest.state.interfaces['nic-0']?.dhcp ?? {};
    guest.stack.renew();
    guest.rearm();
    expect(guest.status).toBe('searching null');
    expect(guest.state.interfaces['nic-0']?.dhcp.transaction).not.toBe(transaction);
    guest.wait(5);
    expect(guest.status).toBe('bound 192.168.1.100');
    const { lease } = guest.view ?? {};
    guest.wait(345_599); // half of eight days, all but a second
    guest.ping('192.168.1.10');
    const neighbours = guest.state.interfaces['nic-0']?.ip.arp.entries.length;
    expect([guest.view?.lease?.obtained === lease?.obtained, neighbours]).toEqual([false, 2]); // renewed without forgetting whom it knows
    expect(guest.view?.lease?.obtained).toBeGreaterThan(lease?.expires ? lease.expires - 345_700 * SECOND : Infinity);
    expect(guest.ping('192.168.1.1')).toBe('reply 192.168.1.1 32 ttl 64');
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

describe('state', () => {
  const build = (): { host: Host; guests: Guest[] } => {
    const host = new Host(2_000_000);
    return { host, guests: [1, 2, 3].map((n) => new Guest(host, n, (['nt5', 'nt6', 'linux'] as const)[n - 1]).plug()) };
  };
  const work = ({ host, guests }: ReturnType<typeof build>, from: number, rounds: number): string[] => {
    const log: string[] = [];
    for (let round = from; round < from + rounds; round++) {
      guests.forEach((guest, i) => {
        const target = ['192.168.1.1', '192.168.1.10', '203.0.113.10', '192.168.1.101'][(round + i) % 4] ?? '';
        log.push(`${host.clock.now()} ${guest.status} ${JSON.stringify(guest.stack.echoResult())}`);
        if (round % 7 === 0) guest.stack.resolve(`host${round}`);
        guest.stack.echo(ip(target), 200 + i * 700);
        guest.rearm();
      });
      host.clock.advanceBy(23_456_789);
    }
    return log;
  };

  it.each([3, 40, 120])('saved after %i rounds in mid-transfer and restored elsewhere goes on equally', (rounds) => {
    const whole = build();
    work(whole, 0, rounds);
    const { host, guests } = whole;
    const saved = {
      clock: host.clock.save(),
      lan: host.lan.save(),
      nic: host.nic.save(),
      vs: host.virtualSwitch.save(),
      guests: guests.map(({ state }) => clonePlain(state)),
    };
    const records = host.trace.length;
    const other = build();
    other.host.lan.restore(saved.lan);
    other.host.nic.restore(saved.nic);
    other.host.virtualSwitch.restore(saved.vs);
    other.guests.forEach((guest, i) => guest.restore(saved.guests[i] ?? guest.state));
    other.host.clock.restore(saved.clock);
    const before = other.host.trace.length;
    expect(work(other, rounds, 100)).toEqual(work(whole, rounds, 100));
    expect(other.guests.map(({ state }) => state)).toEqual(guests.map(({ state }) => state));
    const tail = (from: Host, since: number): object[] =>
      from.trace.recent(from.trace.length - since).map(({ time, kind, operands }) => ({ time, kind, operands }));
    expect(tail(other.host, before)).toEqual(tail(host, records));
    expect(host.trace.length - records).toBeGreaterThan(500);
  });

  it('two runs have the same trace, and an idle guest costs nothing', () => {
    const digests = [1, 2].map(() => {
      const run = build();
      work(run, 0, 100);
      return run.host.trace.digest();
    });
    expect(digests[0]).toBe(digests[1]);
    const { host, guests } = build();
    guests[0]?.wait(60);
    const before = host.trace.length;
    host.clock.advanceBy(3600 * SECOND);
    expect(host.trace.length).toBe(before);
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

describe('hostile neighbours', () => {
  it('change neither a guest’s configuration nor its ability to talk', () => {
    const host = new Host();
    const guest = new Guest(host, 1).plug().wait(5);
    const before = guest.view;
    const evil = host.client(9, null, { allowMacSpoofing: true });
    const random = new Random(55);
    for (let round = 0; round < 10_000; round++) {
      const frame = new Uint8Array(22 + random.below(400));
      frame.set(random.bytes(frame.length));
      frame.set(random.below(2) ? vmMac(1) : new Uint8Array(6).fill(255), 0);
      frame.set([2, ...random.bytes(5)], 6);
      frame.set(random.below(2) ? [8, 0, 0x45, 0] : [8, 6, 0, 1, 8, 0, 6, 4], 12);
      evil.port.send(frame);
      if (random.below(8) === 0) host.clock.advanceBy(random.below(1_000_000));
    }
    host.settle();
    expect(guest.view).toEqual({ ...before, hasConflict: guest.view?.hasConflict });
    expect(guest.ping('192.168.1.1')).toBe('reply 192.168.1.1 32 ttl 64');
  });
});
