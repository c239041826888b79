import { describe, expect, it } from 'vitest';
import { BROADCAST_MAC } from '@engine/base/mac';
import { encodeEthernet, EtherType } from '@engine/base/net/ethernet';
import { encodeIcmp } from '@engine/base/net/icmp';
import { encodeIpv4, ipv4Packet } from '@engine/base/net/ipv4';
import { encodeUdp } from '@engine/base/net/udp';
import { DropReason } from '@engine/vswitch/drop-reason';
import { frameOf, lanMac, Network, vmMac, type Station } from './support';

function ipFrame(from: Station, protocol: number, payload: Uint8Array, fragmentOffset = 0): Uint8Array {
  const packet = encodeIpv4(ipv4Packet({ source: 1, destination: 2, protocol, payload, fragmentOffset }));
  return encodeEthernet({
    destination: BROADCAST_MAC,
    source: from.mac,
    vlan: null,
    type: EtherType.Ipv4,
    payload: packet,
  });
}

function ipv6Frame(from: Station, next: number, payload: readonly number[]): Uint8Array {
  const packet = new Uint8Array(40 + payload.length);
  packet[0] = 0x60;
  packet[6] = next;
  packet.set(payload, 40);
  return encodeEthernet({
    destination: BROADCAST_MAC,
    source: from.mac,
    vlan: null,
    type: EtherType.Ipv6,
    payload: packet,
  });
}

const udpFrom = (port: number): Uint8Array =>
  encodeUdp({ sourcePort: port, destinationPort: 68, payload: new Uint8Array(4) }, 1, 2);
const icmp = (type: number): Uint8Array => encodeIcmp({ type, code: 0, word: 0, payload: new Uint8Array(0) });

describe('MAC address spoofing', () => {
  it('is refused when it is off, and learned when it is on', () => {
    const net = new Network();
    const [a, b, up] = [net.vm(1), net.vm(2), net.uplink()];
    a.port.send(frameOf(lanMac(7), b.mac, 1));
    a.port.configure({ allowMacSpoofing: true });
    a.port.send(frameOf(lanMac(7), b.mac, 2));
    b.send(lanMac(7), 3);
    net.settle();
    expect([b.take(), a.take(), up.take()]).toEqual([[2], [3], []]);
    expect(a.port.counters.droppedSending).toEqual({ [DropReason.SpoofedSource]: 1 });
  });

  it('does not take another machine’s address even when it is on', () => {
    const net = new Network();
    const [a, b, c] = [net.vm(1, { allowMacSpoofing: true }), net.vm(2), net.vm(3)];
    a.port.send(frameOf(b.mac, c.mac, 1));
    c.send(b.mac, 2);
    net.settle();
    expect([a.take(), b.take(), c.take()]).toEqual([[], [2], []]);
    expect(a.port.counters.droppedSending).toEqual({ [DropReason.AddressConflict]: 1 });
  });

  it('the physical network cannot take a machine’s address either', () => {
    const net = new Network();
    const [a, b, up] = [net.vm(1), net.vm(2), net.uplink()];
    up.port.send(frameOf(a.mac, b.mac, 1));
    b.send(a.mac, 2);
    net.settle();
    expect([a.take(), b.take(), up.take()]).toEqual([[2], [1], []]);
    expect(net.virtualSwitch.save().table.count).toBe(0);
  });
});

describe('the same address on two ports', () => {
  it('stays with the first; the second cannot send until the first is gone', () => {
    const net = new Network();
    const [first, second, other] = [
      net.vm(1),
      net.station({ name: 'clone', kind: 'synthetic', mac: vmMac(1) }),
      net.vm(2),
    ];
    expect(net.virtualSwitch.conflicts()).toEqual([{ port: second.port, owner: first.port }]);
    second.send(other.mac, 1);
    other.send(vmMac(1), 2);
    net.settle();
    expect([first.take(), second.take(), other.take()]).toEqual([[2], [], []]);
    expect(second.port.counters.droppedSending).toEqual({ [DropReason.AddressConflict]: 1 });
    first.port.dispose();
    expect(net.virtualSwitch.conflicts()).toEqual([]);
    second.send(other.mac, 3);
    other.send(vmMac(1), 4);
    net.settle();
    expect([second.take(), other.take()]).toEqual([[4], [3]]);
  });
});

describe('guards', () => {
  it('DHCP guard drops what a DHCP server says, and nothing else', () => {
    const net = new Network('private');
    const [rogue, client] = [net.vm(1, { dhcpGuard: true }), net.vm(2)];
    rogue.port.send(ipFrame(rogue, 17, udpFrom(67)));
    rogue.port.send(ipv6Frame(rogue, 17, [0x02, 0x23, 0x02, 0x22]));
    rogue.port.send(ipFrame(rogue, 17, udpFrom(68)));
    rogue.port.send(ipFrame(rogue, 1, icmp(9)));
    rogue.port.send(ipFrame(rogue, 17, udpFrom(67), 8)); // the middle of a datagram has no ports
    rogue.broadcast();
    net.settle();
    expect(client.frames).toHaveLength(4);
    expect(rogue.port.counters.droppedSending).toEqual({ [DropReason.DhcpGuard]: 2 });
  });

  it('router guard drops advertisements and redirections', () => {
    const net = new Network('private');
    const [rogue, client] = [net.vm(1, { routerGuard: true }), net.vm(2)];
    for (const type of [5, 9]) rogue.port.send(ipFrame(rogue, 1, icmp(type)));
    for (const type of [134, 137]) rogue.port.send(ipv6Frame(rogue, 58, [type, 0, 0, 0]));
    rogue.port.send(ipFrame(rogue, 1, icmp(8)));
    rogue.port.send(ipFrame(rogue, 17, udpFrom(67)));
    rogue.port.send(ipv6Frame(rogue, 58, [135, 0, 0, 0]));
    net.settle();
    expect(client.frames).toHaveLength(3);
    expect(rogue.port.counters.droppedSending).toEqual({ [DropReason.RouterGuard]: 4 });
  });

  it('without guards everything passes', () => {
    const net = new Network('private');
    const [server, client] = [net.vm(1), net.vm(2)];
    server.port.send(ipFrame(server, 17, udpFrom(67)));
    server.port.send(ipFrame(server, 1, icmp(5)));
    net.settle();
    expect(client.frames).toHaveLength(2);
  });
});

describe('port mirroring', () => {
  it('copies what a source sends and receives to the destinations', () => {
    const net = new Network('private');
    const [a, b, watcher, other] = [
      net.vm(1, { mirror: 'source' }),
      net.vm(2),
      net.vm(3, { mirror: 'destination' }),
      net.vm(4),
    ];
    a.send(b.mac, 1);
    b.send(a.mac, 2);
    b.send(other.mac, 3);
    a.send(lanMac(1), 4);
    a.broadcast(5);
    net.settle();
    expect([a, b, watcher, other].map((one) => one.take().sort())).toEqual([[2], [1, 5], [1, 2, 4, 5], [3, 5]]);
  });
});
