import { describe, expect, it } from 'vitest';
import { ipv4Text, maskOf } from '@engine/base/net/address';
import {
  BootOperation,
  dhcpMessage,
  DhcpType,
  dhcpTypeOf,
  encodeDhcp,
  decodeDhcp,
  type DhcpMessage,
} from '@engine/base/net/dhcp';
import { DhcpOption, optionAddresses, optionText, optionU32, u32Option, u8Option } from '@engine/base/net/dhcp-options';
import { Random } from '@engine/base/random';
import { EngineClock, SECOND } from '@engine/clock/clock';
import { DhcpServer } from '@engine/parent/physical/dhcp-server';
import { SimulatedLan } from '@engine/parent/physical/simulated-lan';
import { Trace } from '@engine/trace/trace';
import { vmMac } from '../../vswitch/support';
import { Host, ip } from './support';

const LEASE = 3600;

function server(size = 100): DhcpServer {
  return new DhcpServer({
    server: ip('192.168.1.1'),
    first: ip('192.168.1.100'),
    last: ip('192.168.1.100') + size - 1,
    mask: maskOf(24),
    router: ip('192.168.1.1'),
    dns: [ip('192.168.1.1'), ip('192.168.1.2')],
    domain: 'lab.example',
    leaseSeconds: LEASE,
  });
}

interface Wish {
  requested?: string;
  server?: string;
  have?: string;
  broadcast?: boolean;
}

function message(n: number, type: number, wish: Wish = {}): DhcpMessage {
  const options = { [DhcpOption.MessageType]: u8Option(type) };
  if (wish.requested) Object.assign(options, { [DhcpOption.RequestedAddress]: u32Option(ip(wish.requested)) });
  if (wish.server) Object.assign(options, { [DhcpOption.ServerIdentifier]: u32Option(ip(wish.server)) });
  return dhcpMessage({
    operation: BootOperation.Request,
    transaction: 0x1000 + n,
    clientMac: vmMac(n),
    clientAddress: wish.have ? ip(wish.have) : 0,
    broadcast: wish.broadcast ?? false,
    options,
  });
}

/** The answer as `type address`. */
function ask(subject: DhcpServer, n: number, type: number, wish: Wish = {}, now = 0): string | null {
  const answer = subject.answer(message(n, type, wish), now);
  return answer && `${dhcpTypeOf(answer)} ${ipv4Text(answer.yourAddress)}`;
}

/** Discover and request: the address. */
function lease(subject: DhcpServer, n: number, now = 0): string | null {
  const offer = ask(subject, n, DhcpType.Discover, {}, now)?.split(' ')[1];
  return offer
    ? (ask(subject, n, DhcpType.Request, { requested: offer, server: '192.168.1.1' }, now)?.split(' ')[1] ?? null)
    : null;
}

describe('a DHCP server', () => {
  it('offers and gives an address with everything a client needs', () => {
    const subject = server();
    expect(ask(subject, 1, DhcpType.Discover)).toBe('2 192.168.1.100');
    const ack = subject.answer(message(1, DhcpType.Request, { requested: '192.168.1.100', server: '192.168.1.1' }), 0);
    expect(ack).toMatchObject({
      operation: 2,
      transaction: 0x1001,
      clientMac: vmMac(1),
      yourAddress: ip('192.168.1.100'),
    });
    const options = ack?.options ?? {};
    expect(dhcpTypeOf(ack ?? message(1, 0))).toBe(DhcpType.Ack);
    expect(optionU32(options, DhcpOption.SubnetMask)).toBe(maskOf(24));
    expect(optionAddresses(options, DhcpOption.Router).map(ipv4Text)).toEqual(['192.168.1.1']);
    expect(optionAddresses(options, DhcpOption.DomainNameServer).map(ipv4Text)).toEqual(['192.168.1.1', '192.168.1.2']);
    expect(optionText(options, DhcpOption.DomainName)).toBe('lab.example');
    const times = [DhcpOption.LeaseTime, DhcpOption.RenewalTime, DhcpOption.RebindingTime].map((code) =>
      optionU32(options, code),
    );
    expect(times).toEqual([3600, 1800, 3150]);
    expect(ack && decodeDhcp(encodeDhcp(ack))).toEqual(ack);
  });

  it('gives each client one address, in the order of asking, and the same again', () => {
    const subject = server();
    expect([3, 1, 2].map((n) => lease(subject, n))).toEqual(['192.168.1.100', '192.168.1.101', '192.168.1.102']);
    expect([1, 2, 3].map((n) => lease(subject, n, 10 * LEASE * SECOND))).toEqual([
      '192.168.1.101',
      '192.168.1.102',
      '192.168.1.100',
    ]);
  });

  it('gives the address that a new client asks for if it is free', () => {
    const subject = server();
    expect(ask(subject, 1, DhcpType.Discover, { requested: '192.168.1.150' })).toBe('2 192.168.1.150');
    expect(ask(subject, 2, DhcpType.Discover, { requested: '192.168.1.150' })).toBe('2 192.168.1.100');
    expect(ask(subject, 3, DhcpType.Discover, { requested: '192.168.1.9' })).toBe('2 192.168.1.101');
  });

  it('renews, and answers a client that comes back with its address', () => {
    const subject = server();
    lease(subject, 1);
    expect(ask(subject, 1, DhcpType.Request, { have: '192.168.1.100' }, 1800 * SECOND)).toBe('5 192.168.1.100');
    expect(subject.leases[0]).toMatchObject({ state: 'bound', until: (1800 + LEASE) * SECOND });
    expect(ask(subject, 1, DhcpType.Request, { requested: '192.168.1.100' })).toBe('5 192.168.1.100');
  });

  it('a client that asks anew keeps its lease', () => {
    const subject = server();
    lease(subject, 1);
    expect(ask(subject, 1, DhcpType.Discover, {}, 10 * SECOND)).toBe('2 192.168.1.100');
    expect(subject.leases[0]).toMatchObject({ state: 'bound', until: LEASE * SECOND });
  });

  it('refuses addresses that the client does not have, and is silent about strangers', () => {
    const subject = server();
    lease(subject, 1);
    expect(ask(subject, 1, DhcpType.Request, { have: '192.168.1.120' })).toBe('6 0.0.0.0');
    expect(ask(subject, 2, DhcpType.Request, { requested: '192.168.1.100', server: '192.168.1.1' })).toBe('6 0.0.0.0');
    expect(ask(subject, 3, DhcpType.Request, { requested: '10.0.0.5' })).toBe('6 0.0.0.0');
    expect(ask(subject, 3, DhcpType.Request, { requested: '192.168.1.130' })).toBeNull();
  });

  it('takes back what was offered when the client chose another server', () => {
    const subject = server(1);
    ask(subject, 1, DhcpType.Discover);
    expect(ask(subject, 1, DhcpType.Request, { requested: '10.0.0.9', server: '10.0.0.1' })).toBeNull();
    expect(ask(subject, 2, DhcpType.Discover)).toBe('2 192.168.1.100');
  });

  it('gives the address that is free for longest when none is new, and none when all are in use', () => {
    const subject = server(2);
    expect([lease(subject, 1, 0), lease(subject, 2, SECOND)]).toEqual(['192.168.1.100', '192.168.1.101']);
    expect(lease(subject, 3, 2 * SECOND)).toBeNull();
    expect(subject.save().exhausted).toBe(1);
    expect(lease(subject, 3, (LEASE + 2) * SECOND)).toBe('192.168.1.100');
    expect(lease(subject, 1, (LEASE + 2) * SECOND)).toBe('192.168.1.101');
  });

  it('an offer that is not taken is free again after a minute', () => {
    const subject = server(1);
    ask(subject, 1, DhcpType.Discover);
    expect(ask(subject, 2, DhcpType.Discover, {}, 59 * SECOND)).toBeNull();
    expect(ask(subject, 2, DhcpType.Discover, {}, 60 * SECOND)).toBe('2 192.168.1.100');
  });

  it('does not give an address that a client found in use', () => {
    const subject = server();
    lease(subject, 1);
    expect(ask(subject, 1, DhcpType.Decline, { requested: '192.168.1.100', server: '192.168.1.1' })).toBeNull();
    expect(lease(subject, 1)).toBe('192.168.1.101');
    expect(subject.leases[0]).toMatchObject({ state: 'declined', mac: '' });
  });

  it('keeps a released address for who had it as long as others are left', () => {
    const subject = server(2);
    lease(subject, 1);
    ask(subject, 1, DhcpType.Release, { have: '192.168.1.100' });
    expect([lease(subject, 2), lease(subject, 1)]).toEqual(['192.168.1.101', '192.168.1.100']);
  });

  it('tells a client with an address the rest, without a lease', () => {
    const answer = server().answer(message(1, DhcpType.Inform, { have: '192.168.1.50' }), 0);
    expect(answer).toMatchObject({ yourAddress: 0, clientAddress: ip('192.168.1.50') });
    expect(answer && optionU32(answer.options, DhcpOption.LeaseTime)).toBeNull();
    expect(answer && optionU32(answer.options, DhcpOption.SubnetMask)).toBe(maskOf(24));
  });

  it('ignores answers, plain BOOTP and unknown types', () => {
    const subject = server();
    expect(subject.answer({ ...message(1, DhcpType.Discover), operation: BootOperation.Reply }, 0)).toBeNull();
    expect(subject.answer({ ...message(1, 1), options: {} }, 0)).toBeNull();
    expect([DhcpType.Offer, DhcpType.Ack, 99].map((type) => ask(subject, 1, type))).toEqual([null, null, null]);
  });

  it('is saved and restored with its leases', () => {
    const subject = server();
    lease(subject, 1);
    const other = server();
    other.restore(subject.save());
    lease(subject, 2);
    expect([other.leases.length, lease(other, 1), lease(other, 9)]).toEqual([1, '192.168.1.100', '192.168.1.101']);
    other.reset();
    expect(other.leases).toEqual([]);
  });

  it('survives nonsense and never gives one address to two clients', () => {
    const subject = server(20);
    const random = new Random(12);
    for (let round = 0; round < 10_000; round++) {
      const address = (): string => `192.168.1.${95 + random.below(30)}`;
      const wish = {
        requested: random.below(2) ? address() : undefined,
        have: random.below(3) ? undefined : address(),
        server: ['192.168.1.1', '10.0.0.1', undefined][random.below(3)],
      };
      subject.answer(message(random.below(40), random.below(10), wish), round * SECOND);
      const owned = subject.leases.filter((one) => one.mac !== '');
      expect(new Set(owned.map((one) => one.mac)).size).toBe(owned.length);
      expect(new Set(subject.leases.map((one) => one.address)).size).toBe(subject.leases.length);
    }
    expect(subject.leases.length).toBeLessThanOrEqual(20);
  });
});

describe('on the LAN', () => {
  it('answers a client without an address at its hardware address, or by broadcast if asked to', () => {
    const host = new Host();
    const [a, b] = [host.client(1, null), host.client(2, null)];
    a.station.sendUdp(
      { sourcePort: 68, destinationPort: 67, payload: encodeDhcp(message(1, 1)) },
      ip('255.255.255.255'),
      { source: 0 },
    );
    host.settle();
    const offers = (client: typeof a): number =>
      client.udp.filter(({ datagram }) => datagram.destinationPort === 68).length;
    expect([offers(a), offers(b)]).toEqual([1, 0]);
    expect(a.udp[0] && ipv4Text(a.udp[0].packet.destination)).toBe('192.168.1.100');
    a.station.sendUdp(
      { sourcePort: 68, destinationPort: 67, payload: encodeDhcp(message(1, 1, { broadcast: true })) },
      ip('255.255.255.255'),
      { source: 0 },
    );
    host.settle();
    expect([offers(a), offers(b)]).toEqual([2, 1]);
    expect(a.udp[1] && ipv4Text(a.udp[1].packet.destination)).toBe('255.255.255.255');
  });

  it('refusals are broadcast, renewals go to the address', () => {
    const host = new Host();
    const client = host.client(1, '192.168.1.150');
    const send = (wish: Wish): void => {
      client.station.sendUdp(
        { sourcePort: 68, destinationPort: 67, payload: encodeDhcp(message(1, 3, wish)) },
        ip('192.168.1.1'),
      );
      host.settle();
    };
    send({ have: '10.9.9.9' });
    host.lan.dhcp.answer(message(1, 1, { requested: '192.168.1.150' }), 0);
    send({ have: '192.168.1.150' });
    expect(client.udp.map(({ packet }) => ipv4Text(packet.destination))).toEqual(['255.255.255.255', '192.168.1.150']);
  });
});

describe('a network that was made larger', () => {
  it('gives addresses of its own range, under its own mask', () => {
    const clock = new EngineClock();
    const size = { mask: maskOf(21), poolFirst: ip('192.168.2.0'), poolLast: ip('192.168.6.255') };
    const lan = new SimulatedLan(clock, new Trace(clock), 'campus', size);
    const offer = lan.dhcp.answer(message(1, DhcpType.Discover), 0);
    expect(offer && ipv4Text(offer.yourAddress)).toBe('192.168.2.0');
    expect(offer && optionU32(offer.options, DhcpOption.SubnetMask)).toBe(maskOf(21));
    expect(lan.gateway.ip.config?.mask).toBe(maskOf(21));
  });
});
