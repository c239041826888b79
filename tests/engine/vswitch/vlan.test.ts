import { describe, expect, it } from 'vitest';
import { BROADCAST_MAC } from '@engine/base/mac';
import { addVlanTag, vlanTagOf } from '@engine/base/net/ethernet';
import { DropReason } from '@engine/vswitch/drop-reason';
import { frameOf, lanMac, Network } from './support';

const tag = (id: number): { priority: number; dropEligible: boolean; id: number } => ({
  priority: 0,
  dropEligible: false,
  id,
});

describe('VLANs', () => {
  it('separate machines on one switch, for broadcast and for known addresses', () => {
    const net = new Network('private');
    const [a, b, c, d] = [net.vm(1, { vlan: 10 }), net.vm(2, { vlan: 10 }), net.vm(3, { vlan: 20 }), net.vm(4)];
    a.broadcast(1);
    a.send(c.mac, 2);
    a.send(d.mac, 3);
    d.broadcast(4);
    a.send(b.mac, 5);
    net.settle();
    expect([a, b, c, d].map((one) => one.take())).toEqual([[], [1, 5], [], []]);
    expect(a.port.counters.droppedSending).toEqual({ [DropReason.NoReceiver]: 2 });
  });

  it('are tags behind the uplink and no tags in the machine', () => {
    const net = new Network();
    const [a, untagged, up] = [net.vm(1, { vlan: 10 }), net.vm(2), net.uplink()];
    a.send(lanMac(1), 1);
    untagged.send(lanMac(1), 2);
    net.settle();
    expect(up.frames.map((frame) => [vlanTagOf(frame)?.id ?? 0, frame.length])).toEqual([
      [10, 64],
      [0, 60],
    ]);
    up.port.send(addVlanTag(frameOf(lanMac(1), BROADCAST_MAC, 3), tag(10)));
    up.port.send(addVlanTag(frameOf(lanMac(1), BROADCAST_MAC, 4), tag(11)));
    up.port.send(frameOf(lanMac(1), BROADCAST_MAC, 5));
    up.port.send(addVlanTag(frameOf(lanMac(1), BROADCAST_MAC, 6), tag(4095))); // reserved
    expect(up.port.counters.droppedSending).toEqual({ [DropReason.NoReceiver]: 1, [DropReason.VlanNotAllowed]: 1 });
    net.settle();
    expect(a.frames).toEqual([frameOf(lanMac(1), BROADCAST_MAC, 3)]);
    expect(untagged.take()).toEqual([5]);
  });

  it('learn each address apart', () => {
    const net = new Network();
    const [a, bridge, up] = [net.vm(1, { vlan: 10 }), net.vm(2, { vlan: 20, allowMacSpoofing: true }), net.uplink()];
    bridge.port.send(frameOf(lanMac(5), BROADCAST_MAC));
    a.send(lanMac(5), 1);
    net.settle();
    expect(bridge.take()).toEqual([]);
    expect(up.frames.map((frame) => vlanTagOf(frame)?.id)).toEqual([20, 10]);
  });

  it('a machine in access mode or untagged cannot tag by itself, but may mark priority', () => {
    const net = new Network('private');
    const [a, b, c] = [net.vm(1, { vlan: 10 }), net.vm(2, { vlan: 10 }), net.vm(3)];
    for (const id of [10, 20]) a.port.send(addVlanTag(frameOf(a.mac, b.mac), tag(id)));
    c.port.send(addVlanTag(frameOf(c.mac, b.mac), tag(10)));
    a.port.send(addVlanTag(frameOf(a.mac, b.mac, 7), { priority: 6, dropEligible: false, id: 0 }));
    net.settle();
    expect([a, c].map((one) => one.port.counters.droppedSending)).toEqual([
      { [DropReason.TaggedFrame]: 2 },
      { [DropReason.TaggedFrame]: 1 },
    ]);
    expect(b.frames).toEqual([frameOf(a.mac, b.mac, 7)]);
  });

  it('a trunk carries its VLANs with tags and the native one without', () => {
    const net = new Network('private');
    const trunk = net.vm(1, { trunk: { native: 5, allowed: [10, 20] } });
    const others = [5, 10, 20, 30].map((vlan, i) => net.vm(i + 2, { vlan }));
    trunk.broadcast(1);
    for (const id of [10, 20, 30, 4095])
      trunk.port.send(addVlanTag(frameOf(trunk.mac, BROADCAST_MAC, id & 0xff), tag(id)));
    net.settle();
    expect(others.map((one) => one.take())).toEqual([[1], [10], [20], []]);
    expect(trunk.port.counters.droppedSending).toEqual({ [DropReason.VlanNotAllowed]: 2 });
    for (const one of others) one.broadcast();
    net.settle();
    expect(trunk.frames.map((frame) => vlanTagOf(frame)?.id ?? null)).toEqual([null, 10, 20]);
  });

  it('can be changed while the machine runs', () => {
    const net = new Network('private');
    const [a, b] = [net.vm(1, { vlan: 10 }), net.vm(2)];
    a.send(b.mac, 1);
    b.port.configure({ vlan: 10 });
    a.send(b.mac, 2);
    net.settle();
    expect(b.take()).toEqual([2]);
  });

  it('the longest frame still fits when it is tagged', () => {
    const net = new Network();
    const [a, up] = [net.vm(1, { vlan: 10 }), net.uplink()];
    a.send(lanMac(1), 1, 1514);
    up.port.send(addVlanTag(frameOf(lanMac(1), a.mac, 2, 1514), tag(10)));
    up.port.send(frameOf(lanMac(1), a.mac, 3, 1518));
    net.settle();
    expect([up.frames[0]?.length, a.take()]).toEqual([1518, [2]]);
    expect(up.port.counters.droppedSending).toEqual({ [DropReason.TooLong]: 1 });
  });
});
