import { describe, expect, it } from 'vitest';
import { SECOND } from '@engine/clock/clock';
import { ipv4Text } from '@engine/base/net/address';
import {
  BootOperation,
  decodeDhcp,
  DhcpType,
  dhcpMessage,
  dhcpTypeOf,
  encodeDhcp,
  type DhcpMessage,
} from '@engine/base/net/dhcp';
import { DhcpOption, optionText, optionU32, u32Option, u8Option } from '@engine/base/net/dhcp-options';
import { Random } from '@engine/base/random';
import { DhcpClient } from '@engine/guest/kernel/net/dhcp-client';
import { newInterface } from '@engine/guest/kernel/net/net-state';
import { networkPolicy } from '@engine/guest/kernel/net/policy';
import { ip } from '../../parent/physical/support';
import { vmMac } from '../../vswitch/support';

const NAMES = ['', 'discover', 'offer', 'request', 'decline', 'ack', 'nak', 'release', 'inform'];

/** A client at a bench: what it sends and does is written down, answers are put in by hand. */
class Bench {
  now = 0;
  readonly sent: { at: number; message: DhcpMessage; server: number | null }[] = [];
  readonly log: string[] = [];
  readonly state = newInterface(vmMac(1)).dhcp;
  readonly client: DhcpClient;
  private readonly random = new Random(1);

  constructor(family: 'nt5' | 'nt6' | 'linux' = 'nt5') {
    const identity = { mac: vmMac(1), hostName: () => 'xp', policy: networkPolicy(family).dhcp };
    this.client = new DhcpClient(this.state, identity, {
      now: () => this.now,
      chance: () => this.random.next(),
      send: (message, server) => void this.sent.push({ at: this.now, message, server }),
      probe: (address) => void this.log.push(`probe ${ipv4Text(address)}`),
      bound: (lease) => void this.log.push(`bound ${ipv4Text(lease.address)}`),
      unbound: () => void this.log.push('unbound'),
      failed: () => void this.log.push('failed'),
    });
  }

  /** Lets time pass and the client work. */
  wait(seconds: number): this {
    const end = this.now + seconds * SECOND;
    for (let due = this.client.due; due !== null && due <= end; due = this.client.due) {
      this.now = Math.max(this.now, due);
      this.client.runDue();
    }
    this.now = end;
    return this;
  }

  get last(): DhcpMessage {
    const [message] = this.sent.slice(-1);
    if (!message) throw new Error('nothing was sent');
    return message.message;
  }

  /** What was sent since the last call, as `seconds kind`. */
  takeSent(): string[] {
    return this.sent
      .splice(0)
      .map(({ at, message }) => `${Math.round(at / SECOND)} ${NAMES[dhcpTypeOf(message) ?? 0]}`);
  }

  answer(type: number, address = '192.168.1.100', change: Partial<DhcpMessage> = {}): this {
    this.client.receive(reply(this.state.transaction, type, address, change));
    return this;
  }

  /** Up to the acknowledgment. */
  bind(): this {
    this.client.start();
    return this.answer(DhcpType.Offer).answer(DhcpType.Ack).wait(1);
  }
}

function reply(transaction: number, type: number, address: string, change: Partial<DhcpMessage> = {}): DhcpMessage {
  const options = {
    [DhcpOption.MessageType]: u8Option(type),
    [DhcpOption.ServerIdentifier]: u32Option(ip('192.168.1.1')),
    [DhcpOption.LeaseTime]: u32Option(3600),
    [DhcpOption.SubnetMask]: u32Option(ip('255.255.255.0')),
    [DhcpOption.Router]: u32Option(ip('192.168.1.1')),
  };
  const yourAddress = type === DhcpType.Nak ? 0 : ip(address);
  return dhcpMessage({
    operation: BootOperation.Reply,
    transaction,
    clientMac: vmMac(1),
    yourAddress,
    options,
    ...change,
  });
}

describe('getting an address', () => {
  it('discover, offer, request, acknowledgment, and a look whether it is free', () => {
    const bench = new Bench();
    bench.client.start();
    expect(bench.last).toMatchObject({ operation: 1, clientMac: vmMac(1), clientAddress: 0, broadcast: false });
    expect(bench.last.options[DhcpOption.ParameterList]?.[0]).toBe(1);
    expect([
      optionText(bench.last.options, DhcpOption.HostName),
      optionText(bench.last.options, DhcpOption.VendorClass),
    ]).toEqual(['xp', 'MSFT 5.0']);
    expect(bench.last.options[DhcpOption.ClientIdentifier]).toEqual(Uint8Array.of(1, ...vmMac(1)));
    expect(optionU32(bench.last.options, DhcpOption.RequestedAddress)).toBeNull();
    bench.answer(DhcpType.Offer);
    expect(optionU32(bench.last.options, DhcpOption.RequestedAddress)).toBe(ip('192.168.1.100'));
    expect(optionU32(bench.last.options, DhcpOption.ServerIdentifier)).toBe(ip('192.168.1.1'));
    bench.answer(DhcpType.Ack);
    expect([bench.log, bench.takeSent()]).toEqual([['probe 192.168.1.100'], ['0 discover', '0 request']]);
    bench.wait(1);
    expect(bench.log).toEqual(['probe 192.168.1.100', 'bound 192.168.1.100']);
    expect(bench.state).toMatchObject({
      phase: 'bound',
      due: 1800 * SECOND,
      lease: { rebindAt: 3150 * SECOND, expires: 3600 * SECOND },
    });
  });

  it('a Linux takes it at once', () => {
    const bench = new Bench('linux');
    bench.client.start();
    bench.answer(DhcpType.Offer).answer(DhcpType.Ack);
    expect(bench.log).toEqual(['bound 192.168.1.100']);
  });

  it('declines an address that somebody has, waits ten seconds and searches again', () => {
    const bench = new Bench();
    bench.client.start();
    bench.answer(DhcpType.Offer).answer(DhcpType.Ack);
    bench.client.conflict(ip('192.168.1.99'));
    expect(bench.state.phase).toBe('checking');
    bench.client.conflict(ip('192.168.1.100'));
    expect(optionU32(bench.last.options, DhcpOption.RequestedAddress)).toBe(ip('192.168.1.100'));
    bench.wait(11);
    expect(bench.takeSent()).toEqual(['0 discover', '0 request', '0 decline', '10 discover']);
    expect(bench.log).toEqual(['probe 192.168.1.100']);
  });

  it('begins anew when the server refuses or does not answer any more', () => {
    const bench = new Bench();
    bench.client.start();
    bench.answer(DhcpType.Offer).answer(DhcpType.Nak);
    expect([bench.takeSent(), bench.log]).toEqual([['0 discover', '0 request', '0 discover'], ['unbound']]);
    bench.answer(DhcpType.Offer).wait(70);
    const kinds = bench.takeSent().map((line) => line.split(' ')[1]);
    expect(kinds).toEqual(['request', 'request', 'request', 'request', 'discover', 'discover']);
  });

  it('ignores what is not for it', () => {
    const bench = new Bench();
    bench.client.start();
    bench.client.receive(reply(bench.state.transaction + 1, DhcpType.Offer, '10.0.0.1'));
    bench.answer(DhcpType.Offer, '10.0.0.1', { clientMac: vmMac(2) });
    bench.answer(DhcpType.Offer, '10.0.0.1', { operation: BootOperation.Request });
    bench.answer(DhcpType.Ack, '10.0.0.1');
    bench.answer(DhcpType.Offer, '0.0.0.0');
    bench.answer(DhcpType.Offer, '10.0.0.1', { options: { [DhcpOption.MessageType]: u8Option(DhcpType.Offer) } });
    expect([bench.takeSent(), bench.state.phase]).toEqual([['0 discover'], 'selecting']);
    bench.answer(DhcpType.Offer);
    bench.answer(DhcpType.Ack, '192.168.1.100', { options: { [DhcpOption.MessageType]: u8Option(DhcpType.Ack) } });
    expect(bench.state.phase).toBe('requesting');
  });
});

describe('without a server', () => {
  it.each([
    ['nt5', 12, 180],
    ['nt6', 2, 6],
    ['linux', 4, 60],
  ] as const)('%s sends %i messages in %i seconds, then every five minutes', (family, messages, seconds) => {
    const bench = new Bench(family);
    bench.client.start();
    bench.wait(seconds + messages + 1); // each wait is up to a second longer
    expect(bench.log).toEqual(['failed']);
    expect(bench.takeSent()).toHaveLength(messages);
    const failedAt = (bench.client.due ?? 0) - 300 * SECOND;
    expect(Math.abs(failedAt / SECOND - seconds)).toBeLessThanOrEqual(messages);
    bench.wait(1000);
    expect(bench.log).toEqual(['failed']);
    expect(bench.sent).toHaveLength(3);
    expect(bench.last.broadcast).toBe(true); // it may have given itself an address that lets no unicast through
    bench.answer(DhcpType.Offer).answer(DhcpType.Ack).wait(1);
    expect(bench.log.at(-1)).toBe('bound 192.168.1.100');
    expect(bench.state.hasFailed).toBe(false);
  });

  it('asking again starts a whole search', () => {
    const bench = new Bench('nt6');
    bench.client.start();
    bench.wait(10);
    bench.client.renew();
    expect(bench.state.hasFailed).toBe(false);
    bench.wait(10);
    expect(bench.log).toEqual(['failed', 'failed']);
  });
});

describe('keeping an address', () => {
  it('renews at half its time with the server alone, and binds further', () => {
    const bench = new Bench().bind();
    bench.takeSent();
    bench.wait(1800);
    expect(bench.sent[0]).toMatchObject({ server: ip('192.168.1.1'), message: { clientAddress: ip('192.168.1.100') } });
    expect(optionU32(bench.last.options, DhcpOption.RequestedAddress)).toBeNull();
    bench.answer(DhcpType.Ack);
    expect(bench.log).toEqual(['probe 192.168.1.100', 'bound 192.168.1.100', 'bound 192.168.1.100']);
    expect(bench.state.lease?.expires).toBe((1801 + 3600) * SECOND);
  });

  it('asks everybody when its server is silent, and gives the address up at the end', () => {
    const bench = new Bench().bind();
    bench.takeSent();
    bench.wait(3595);
    expect(bench.log.at(-1)).toBe('bound 192.168.1.100');
    const unicast = bench.sent.filter(({ server }) => server !== null);
    const broadcast = bench.sent.filter(({ server }) => server === null);
    expect(unicast.length).toBeGreaterThan(2);
    expect(unicast.every(({ at }) => at < 3150 * SECOND)).toBe(true);
    expect(broadcast.length).toBeGreaterThan(1);
    expect(broadcast[0]?.at).toBe(3150 * SECOND);
    bench.takeSent();
    bench.wait(5);
    expect(bench.log.at(-1)).toBe('unbound');
    expect([bench.takeSent(), bench.now / SECOND]).toEqual([['3600 discover'], 3601]);
  });

  it('a refusal ends the lease at once', () => {
    const bench = new Bench().bind();
    bench.wait(1800).answer(DhcpType.Nak);
    expect([bench.log.at(-1), bench.state.phase, bench.state.lease]).toEqual(['unbound', 'selecting', null]);
  });

  it('comes back to its address when the link does, if the lease is still good', () => {
    const bench = new Bench().bind();
    bench.client.suspend();
    expect(bench.client.due).toBeNull();
    bench.takeSent();
    bench.client.start();
    expect(optionU32(bench.last.options, DhcpOption.RequestedAddress)).toBe(ip('192.168.1.100'));
    expect(optionU32(bench.last.options, DhcpOption.ServerIdentifier)).toBeNull();
    expect(bench.takeSent()).toEqual(['1 request']);
    bench.answer(DhcpType.Ack).wait(1);
    expect(bench.log.at(-1)).toBe('bound 192.168.1.100');
    bench.client.suspend();
    bench.wait(4000);
    bench.takeSent();
    bench.client.start();
    expect(bench.takeSent()).toEqual(['4002 discover']);
  });

  it('searches when nobody knows the address that it comes back with', () => {
    const bench = new Bench().bind();
    bench.client.suspend();
    bench.takeSent();
    bench.client.start();
    bench.wait(20);
    expect(bench.takeSent().map((line) => line.split(' ')[1])).toEqual(['request', 'request', 'discover', 'discover']);
  });

  it('gives the address back on request', () => {
    const bench = new Bench().bind();
    bench.client.release();
    const { message, server } = bench.sent.at(-1) ?? {};
    expect([message && dhcpTypeOf(message), message?.clientAddress, server]).toEqual([
      DhcpType.Release,
      ip('192.168.1.100'),
      ip('192.168.1.1'),
    ]);
    expect([bench.log.at(-1), bench.state.phase, bench.state.lease, bench.client.due]).toEqual([
      'unbound',
      'off',
      null,
      null,
    ]);
    bench.takeSent();
    bench.client.renew();
    expect(bench.takeSent()).toEqual(['1 discover']);
  });

  it('gives nothing back that it does not use', () => {
    const bench = new Bench().bind();
    bench.client.suspend();
    bench.client.start();
    bench.takeSent();
    bench.client.release();
    expect([bench.takeSent(), bench.state.lease]).toEqual([[], null]);
  });

  it('renews early when asked to', () => {
    const bench = new Bench().bind();
    bench.takeSent();
    bench.client.renew();
    bench.answer(DhcpType.Ack);
    expect([bench.takeSent(), bench.state.phase]).toEqual([['1 request'], 'bound']);
  });
});

describe('hostile servers', () => {
  it('never make the client throw, stop for ever, or use an address without a lease', () => {
    const bench = new Bench();
    const random = new Random(99);
    bench.client.start();
    for (let round = 0; round < 10_000; round++) {
      const options: { [code: number]: Uint8Array } = { [DhcpOption.MessageType]: u8Option(random.below(10)) };
      for (let i = random.below(6); i > 0; i--)
        options[[1, 3, 6, 15, 51, 54, 58, 59][random.below(8)] ?? 1] = random.bytes(random.below(6));
      const message = {
        ...reply(random.below(20) ? bench.state.transaction : random.next(), 0, '10.0.0.1'),
        options,
        yourAddress: random.below(4) ? random.next() : 0,
      };
      const bytes = encodeDhcp(message);
      if (random.below(5) === 0) bytes[random.below(bytes.length)] = random.next() & 0xff;
      const heard = decodeDhcp(bytes);
      if (heard) bench.client.receive(heard);
      if (random.below(10) === 0) bench.client.conflict(random.next());
      if (random.below(3) === 0) bench.wait(random.below(100));
      expect(bench.client.due).not.toBeNull();
      if (bench.state.phase === 'bound') expect(bench.state.lease).not.toBeNull();
    }
  });
});
