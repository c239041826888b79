import { describe, expect, it } from 'vitest';
import { MILLISECOND, SECOND } from '@engine/clock/clock';
import { frameAccounts, jain, OneNic } from './one-nic';

describe('machines that share one physical card', () => {
  it.each([
    [10, 40],
    [100, 40],
  ])('%i of them, all sending and receiving at once, get equal shares of the line both ways', (count, milliseconds) => {
    const net = new OneNic(count);
    net.exchange(milliseconds);
    const { sent, received } = net.shares();
    expect(Math.min(...sent, ...received)).toBeGreaterThan(0);
    expect(jain(sent)).toBeGreaterThan(0.99);
    expect(jain(received)).toBeGreaterThan(0.99);
    const { uplink } = net.virtualSwitch;
    expect(sent.reduce((a, b) => a + b)).toBeGreaterThan((0.9 * milliseconds * 1e9) / 8 / 1000); // the line was full
    expect(net.virtualSwitch.inspect().ports).toMatchObject({
      [net.nic.name]: { bytesBySender: uplink?.state.egress.shares, queue: { frames: uplink?.queuedFrames } },
    });
  });

  it.each([10, 100])('lose no frame without a counter that says where: %i of them', (count) => {
    const net = new OneNic(count);
    const before = [frameAccounts(net.lan.wire), frameAccounts(net.virtualSwitch)]; // in which frames were flooded
    net.exchange(40);
    net.world.clock.advanceBy(SECOND);
    const [wire, inside] = [net.lan.wire, net.virtualSwitch].map((one, i) => {
      const now = frameAccounts(one);
      const { in: came = 0, out: went = 0, lost = 0 } = before[i] ?? {};
      return { in: now.in - came, out: now.out - went, lost: now.lost - lost, waiting: now.waiting };
    });
    if (!wire || !inside) throw new Error('there are two switches');
    expect([inside.in, wire.in]).toEqual([inside.out + inside.lost, wire.out + wire.lost]); // each frame here is for one port
    expect([inside.waiting, wire.waiting]).toEqual([0, 0]);
    expect(wire.lost).toBeGreaterThan(0); // more was sent than a line carries
    net.machines.forEach(({ netvsp, driver, state, received }, n) => {
      const { counters } = netvsp.save();
      const port = net.ports[n]?.counters;
      expect(driver.sent).toBe(counters.framesFromGuest);
      expect(port?.sentFrames).toBe(counters.framesFromGuest);
      expect(port?.receivedFrames).toBe(
        counters.framesToGuest + counters.filtered + counters.noBuffer + counters.notReady,
      );
      expect([received.length, state.malformed]).toEqual([counters.framesToGuest, 0]);
    });
    const { sentFrames } = net.nic.save();
    expect(sentFrames).toBe(net.virtualSwitch.uplink?.counters.receivedFrames);
  });

  it('are heard again as soon as the others are quiet', () => {
    const net = new OneNic(3);
    net.exchange(20);
    net.world.clock.advanceBy(SECOND);
    const before = net.shares();
    net.machines[0]?.driver.send(new Uint8Array(64).fill(0xff, 0, 6).fill(2, 6, 12));
    net.world.clock.advanceBy(MILLISECOND);
    expect(net.shares().sent).toEqual(before.sent); // not its own address: refused, and counted
    expect(net.ports[0]?.counters.droppedSending).toEqual({ 5: 1 });
  });
});
