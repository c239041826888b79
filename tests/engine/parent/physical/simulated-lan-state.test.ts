import { describe, expect, it } from 'vitest';
import { decodeEthernet, encodeEthernet, EtherType } from '@engine/base/net/ethernet';
import { encodeIcmp } from '@engine/base/net/icmp';
import { encodeIpv4, ipv4Packet } from '@engine/base/net/ipv4';
import { encodeTcp } from '@engine/base/net/tcp';
import { encodeUdp } from '@engine/base/net/udp';
import { Random } from '@engine/base/random';
import { TraceKind } from '@engine/trace/kinds';
import { accounts } from '../../vswitch/support';
import { Host, ip, MILLISECOND, SECOND } from './support';

describe('state', () => {
  const chat = (host: Host, round: number): void => {
    for (const n of [1, 2]) {
      const port = host.virtualSwitch.port(`vm-${n}`);
      port?.send(arpFor(n, round));
    }
  };
  const arpFor = (n: number, round: number): Uint8Array => {
    const mac = [0x00, 0x15, 0x5d, 0, 0, n];
    const target = [192, 168, 1, round % 2 ? 1 : 10];
    const payload = Uint8Array.from([0, 1, 8, 0, 6, 4, 0, 1, ...mac, 192, 168, 1, 50 + n, 0, 0, 0, 0, 0, 0, ...target]);
    return encodeEthernet({
      destination: new Uint8Array(6).fill(255),
      source: Uint8Array.from(mac),
      vlan: null,
      type: EtherType.Arp,
      payload,
    });
  };
  const build = (): { host: Host; received: string[] } => {
    const host = new Host(5_000_000);
    const received: string[] = [];
    for (const n of [1, 2]) {
      const client = host.client(n, null);
      client.port.setReceiver({
        receive: (frame) => void received.push(`${host.clock.now()} ${n} ${decodeEthernet(frame)?.source}`),
        linkChanged: () => undefined,
      });
    }
    return { host, received };
  };

  it('saved in the middle of everything goes on equally elsewhere', () => {
    const whole = build();
    for (let round = 0; round < 40; round++) {
      chat(whole.host, round);
      whole.host.clock.advanceBy(50_000);
    }
    const saved = {
      clock: whole.host.clock.save(),
      lan: whole.host.lan.save(),
      nic: whole.host.nic.save(),
      vs: whole.host.virtualSwitch.save(),
    };
    const mark = whole.received.length;
    const records = whole.host.trace.length;
    const other = build();
    other.host.lan.restore(saved.lan);
    other.host.nic.restore(saved.nic);
    other.host.virtualSwitch.restore(saved.vs);
    other.host.clock.restore(saved.clock);
    expect(other.host.lan.save()).toEqual(saved.lan);
    for (let round = 0; round < 40; round++) {
      for (const { host } of [whole, other]) {
        chat(host, round);
        host.clock.advanceBy(50_000);
      }
    }
    for (const { host } of [whole, other]) host.settle();
    expect(other.received.length).toBeGreaterThan(20);
    expect(other.received).toEqual(whole.received.slice(mark));
    expect(other.host.trace.length).toBe(whole.host.trace.length - records);
    expect(other.host.lan.save()).toEqual(whole.host.lan.save());
    whole.host.lan.reset();
    expect(whole.host.lan.save()).toEqual(new Host(5_000_000).lan.save());
  });

  it('an idle network wakes nobody', () => {
    const host = new Host();
    const client = host.client(1, '192.168.1.50');
    client.ping('192.168.1.1');
    host.settle(10);
    const before = host.trace.length;
    host.clock.advanceBy(3600 * SECOND);
    expect(host.trace.length).toBe(before);
    expect(host.clock.nextDue()).toBeNull();
  });

  it('can be read by people', () => {
    const host = new Host();
    host.client(1, '192.168.1.50').ping('203.0.113.10');
    host.settle();
    expect(host.lan.inspect()).toMatchObject({ gateway: { ip: { address: '192.168.1.1' } }, internet: { packets: 1 } });
    expect(host.nic.inspect()).toMatchObject({ name: 'NIC', linkUp: true, boundTo: 'NIC', sentFrames: 2 });
  });
});

describe('hostile machines', () => {
  it('never make the network throw, nor change the hosts’ own addresses, nor stop it from serving others', () => {
    const host = new Host();
    const evil = host.client(1, null, { allowMacSpoofing: true });
    const good = host.client(2, '192.168.1.60');
    const random = new Random(404);
    for (let round = 0; round < 15_000; round++) {
      evil.port.send(hostile(random));
      if (random.below(4) === 0) host.clock.advanceBy(random.below(2 * MILLISECOND));
    }
    host.settle(700);
    expect(host.lan.inspect()).toMatchObject({
      gateway: { ip: { address: '192.168.1.1' } },
      server1: { ip: { address: '192.168.1.10' } },
    });
    const before = good.answers.length;
    for (const target of ['192.168.1.1', '192.168.1.10', '203.0.113.10']) good.ping(target);
    host.settle();
    expect(good.answers.slice(before).sort()).toEqual(['192.168.1.1 0/0', '192.168.1.10 0/0', '203.0.113.10 0/0']);
    expect(accounts(host.virtualSwitch).queued).toBe(0);
    expect(host.trace.count(TraceKind.FrameForwarded)).toBeGreaterThan(10_000);
  });

  /** IP to the LAN's hosts and services with nonsense inside, ARP with nonsense, noise. */
  function hostile(random: Random): Uint8Array {
    const destination = random.below(4)
      ? Uint8Array.of(0x02, 0x4c, 0x41, 0x4e, 0, random.below(2) ? 1 : 10)
      : new Uint8Array(6).fill(255);
    const source = Uint8Array.of(2, ...random.bytes(5));
    const frame = (type: number, payload: Uint8Array): Uint8Array =>
      encodeEthernet({ destination, source, vlan: null, type, payload });
    const kind = random.below(6);
    if (kind === 0)
      return frame(
        EtherType.Arp,
        Uint8Array.of(
          0,
          1,
          8,
          0,
          6,
          4,
          0,
          1 + random.below(2),
          ...random.bytes(6),
          192,
          168,
          1,
          random.below(40) + 20,
          ...random.bytes(6),
          192,
          168,
          1,
          1,
        ),
      );
    if (kind === 1) return random.bytes(random.below(200));
    return frame(EtherType.Ipv4, packetTo(random, kind));
  }
});

function packetTo(random: Random, kind: number): Uint8Array {
  const source = random.below(3) ? ip('192.168.1.20') + random.below(40) : random.next();
  const destination = [ip('192.168.1.1'), ip('192.168.1.10'), ip('203.0.113.10'), random.next()][random.below(4)] ?? 0;
  const noise = random.bytes(random.below(300));
  const port = [7, 9, 53, 67, 68][random.below(5)] ?? 7;
  const upper =
    kind === 2
      ? encodeIcmp({ type: random.below(20), code: random.below(4), word: random.next(), payload: noise })
      : kind === 3
        ? encodeUdp({ sourcePort: random.below(70), destinationPort: port, payload: noise }, source, destination)
        : encodeTcp(
            {
              sourcePort: random.below(4),
              destinationPort: port,
              sequence: random.next(),
              acknowledgment: random.next(),
              flags: random.below(64),
              window: random.below(70_000),
              maximumSegment: random.below(2) ? random.below(2000) : null,
              payload: noise,
            },
            source,
            destination,
          );
  const protocol = kind === 2 ? 1 : kind === 3 ? 17 : 6;
  return encodeIpv4(
    ipv4Packet({
      source,
      destination,
      protocol,
      payload: upper,
      ttl: random.below(6),
      moreFragments: random.below(8) === 0,
    }),
  );
}
