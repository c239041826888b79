import { describe, expect, it } from 'vitest';
import { BROADCAST_MAC } from '@engine/base/mac';
import { ipv4Text, maskOf } from '@engine/base/net/address';
import { ArpOperation, decodeArp, encodeArp } from '@engine/base/net/arp';
import { decodeEthernet, encodeEthernet, EtherType } from '@engine/base/net/ethernet';
import { ARP_ENTRIES, ARP_LIFETIME } from '@engine/base/net/stack/arp-cache';
import { ip, MAC, ping, SECOND, types, Wire } from './station-rig';

describe('ARP', () => {
  it('asks once, sends what waited when the answer comes, and remembers', () => {
    const wire = new Wire();
    const [a] = [wire.add('10.0.0.1'), wire.add('10.0.0.2')];
    for (let i = 0; i < 3; i++) expect(ping(a, '10.0.0.2')).toBe('sent');
    expect(types(wire.sent)).toEqual([EtherType.Arp]);
    wire.run();
    expect(wire.heard[0]?.icmp).toHaveLength(3);
    wire.sent.length = 0;
    ping(a, '10.0.0.2');
    expect(types(wire.sent)).toEqual([EtherType.Ipv4]);
    expect(decodeEthernet(wire.sent[0] ?? BROADCAST_MAC)?.destination).toEqual(MAC(2));
  });

  it('asks three times a second apart, then gives the packets up', () => {
    const wire = new Wire();
    const a = wire.add('10.0.0.1');
    ping(a, '10.0.0.9');
    ping(a, '10.0.0.9');
    expect(a.nextDue()).toBe(SECOND);
    wire.wait(2);
    expect([wire.sent.length, wire.heard[0]?.unreachable.length]).toEqual([3, 0]);
    wire.wait(1);
    expect([wire.sent.length, wire.heard[0]?.unreachable.map((packet) => ipv4Text(packet.destination))]).toEqual([
      3,
      ['10.0.0.9', '10.0.0.9'],
    ]);
    expect(a.nextDue()).toBeNull();
    ping(a, '10.0.0.9', 5000);
    wire.wait(3);
    expect(wire.heard[0]?.unreachable).toHaveLength(3); // one more, although it was four fragments
  });

  it('asks again when what it knew is old', () => {
    const wire = new Wire();
    const [a] = [wire.add('10.0.0.1'), wire.add('10.0.0.2')];
    ping(a, '10.0.0.2');
    wire.run();
    wire.now += ARP_LIFETIME;
    wire.sent.length = 0;
    ping(a, '10.0.0.2');
    expect(types(wire.sent)).toEqual([EtherType.Arp]);
  });

  it('follows a neighbour whose hardware address changes', () => {
    const wire = new Wire();
    const [a, b] = [wire.add('10.0.0.1'), wire.add('10.0.0.2'), wire.add(null)];
    ping(a, '10.0.0.2');
    wire.run();
    b.configure(null);
    wire.stations[2]?.configure({ address: ip('10.0.0.2'), mask: maskOf(24), gateway: null });
    wire.stations[2]?.announce();
    wire.run();
    wire.sent.length = 0;
    ping(a, '10.0.0.2');
    expect(decodeEthernet(wire.sent[0] ?? BROADCAST_MAC)?.destination).toEqual(MAC(3));
  });

  it('keeps a bounded number of neighbours, and none that it has no business with', () => {
    const wire = new Wire();
    const a = wire.add('10.0.0.1');
    const say = (n: number, target: string): void => {
      const payload = encodeArp({
        operation: ArpOperation.Request,
        senderMac: MAC(9),
        senderAddress: 0x0a000100 + n,
        targetMac: new Uint8Array(6),
        targetAddress: ip(target),
      });
      a.receive(
        encodeEthernet({ destination: BROADCAST_MAC, source: MAC(9), vlan: null, type: EtherType.Arp, payload }),
      );
    };
    for (let n = 0; n < 50; n++) say(n, '10.0.0.77');
    expect(a.save().arp.entries).toHaveLength(0);
    for (let n = 0; n < ARP_ENTRIES + 50; n++) say(n, '10.0.0.1');
    expect(a.save().arp.entries).toHaveLength(ARP_ENTRIES);
  });

  it('notices that somebody has its address, or wants the one it is probing', () => {
    const wire = new Wire();
    const [a, b, c] = [wire.add('10.0.0.1'), wire.add('10.0.0.1'), wire.add(null)];
    b.announce();
    wire.run();
    expect(wire.heard[0]?.conflicts).toEqual(['10.0.0.1']);
    c.probe(ip('10.0.0.1'));
    wire.run();
    expect(wire.heard[2]?.conflicts).toEqual(['10.0.0.1', '10.0.0.1']);
    a.configure(null);
    a.probe(ip('10.0.0.5'));
    c.probe(ip('10.0.0.5'));
    wire.run();
    expect(wire.heard[0]?.conflicts.at(-1)).toBe('10.0.0.5');
    expect(decodeArp(decodeEthernet(wire.sent.at(-1) ?? BROADCAST_MAC)?.payload ?? BROADCAST_MAC)?.senderAddress).toBe(
      0,
    );
  });
});
