import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { MICROSECOND } from '@engine/clock/clock';
import { accounts, frameOf, lanMac, Network, vmMac } from './support';

/** Frames of a machine that wants to do harm: noise, odd lengths, odd tags, other machines' addresses. */
function hostileFrame(random: Random): Uint8Array {
  const mac = (): Uint8Array => (random.below(3) === 0 ? random.bytes(6) : vmMac(random.below(5)));
  const length = [0, 5, 13, 14, 17, 18, 60, 1514, 1518, 1519, 65_535][random.below(11)] ?? 60;
  const frame = length < 14 ? random.bytes(length) : frameOf(mac(), mac(), random.next() & 0xff, length);
  if (random.below(3) === 0 && length > 18) frame.set([0x81, 0x00, random.next() & 0xff, random.next() & 0xff], 12);
  if (random.below(4) === 0 && length > 40) frame.set([0x08, 0x00, 0x45, ...random.bytes(20)], 12);
  return frame;
}

describe('a hostile machine', () => {
  it('never makes the switch throw, and every frame is accounted for', () => {
    const net = new Network('external', { queueFrames: 50 });
    const hostile = [
      net.vm(1, { dhcpGuard: true, routerGuard: true }),
      net.vm(2, { trunk: { native: 0, allowed: [1, 2] } }),
    ];
    const others = [net.vm(3), net.vm(4, { vlan: 10 }), net.vm(5, { allowMacSpoofing: true }), net.uplink()];
    const random = new Random(77);
    for (let round = 0; round < 10_000; round++) {
      hostile[random.below(2)]?.port.send(hostileFrame(random));
      if (random.below(10) === 0) net.clock.advanceBy(random.below(100) * MICROSECOND);
    }
    net.settle();
    const total = hostile.reduce((sum, one) => {
      const dropped = Object.values(one.port.counters.droppedSending).reduce((a, b) => a + b, 0);
      const noReceiver = one.port.counters.droppedSending[9] ?? 0;
      const samePort = one.port.counters.droppedSending[10] ?? 0;
      return sum + one.port.counters.sentFrames + dropped - noReceiver - samePort; // these two were accepted first
    }, 0);
    expect(total).toBe(10_000);
    for (const one of others) {
      for (const frame of one.frames) expect(frame.length).toBeLessThanOrEqual(1518);
      expect(one.port.counters.sentFrames).toBe(0);
    }
    expect(accounts(net.virtualSwitch).queued).toBe(0);
  });

  it('changes nothing between machines that do not hear it', () => {
    const runs = [false, true].map((isAttacked) => {
      const net = new Network('private');
      const [a, b, evil] = [net.vm(1, { vlan: 10 }), net.vm(2, { vlan: 10 }), net.vm(3)];
      const random = new Random(8);
      for (let round = 0; round < 2000; round++) {
        a.send(b.mac, round & 0xff);
        if (isAttacked) evil.port.send(hostileFrame(random));
        net.clock.advanceBy(10 * MICROSECOND);
      }
      net.settle();
      const { ports } = net.virtualSwitch.save();
      return { received: b.take(), a: ports['vm-1'], b: ports['vm-2'] };
    });
    expect(runs[1]).toEqual(runs[0]);
  });

  it('with learning switched on for it cannot push out what is pinned, nor grow the table without bound', () => {
    const net = new Network('external');
    const [evil, a, b] = [net.vm(1, { allowMacSpoofing: true }), net.vm(2), net.vm(3)];
    const random = new Random(2);
    for (let round = 0; round < 5000; round++)
      evil.port.send(
        frameOf(
          random.bytes(6).map((x, i) => (i ? x : 2)),
          lanMac(1),
        ),
      );
    a.send(b.mac, 1);
    net.settle();
    expect(b.take()).toEqual([1]);
    expect(net.virtualSwitch.save().table.count).toBeLessThanOrEqual(1024);
  });
});
