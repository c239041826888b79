import { describe, expect, it } from 'vitest';
import { MILLISECOND, SECOND } from '@engine/clock/clock';
import { Random } from '@engine/base/random';
import { lanMac, Network, accounts, type Station } from './support';

/** Jain's index: 1 when all shares are equal, 1/n when one has everything. */
function jain(shares: readonly number[]): number {
  const sum = shares.reduce((a, b) => a + b, 0);
  return sum ** 2 / (shares.length * shares.reduce((a, b) => a + b ** 2, 0));
}

/** Bytes that left through the uplink for each sender. */
function shares(net: Network, senders: readonly Station[]): number[] {
  const left = net.virtualSwitch.uplink?.state.egress.shares ?? {};
  return senders.map((one) => left[one.port.number] ?? 0);
}

/** Every sender offers more than its share for `milliseconds`; sizes and bursts differ from sender to sender. */
function saturate(
  net: Network,
  senders: readonly Station[],
  milliseconds: number,
  lengthOf: (n: number) => number,
): void {
  for (let ms = 0; ms < milliseconds; ms++) {
    senders.forEach((sender, n) => {
      const burst = Math.ceil(((n % 3) + 1) * (150_000 / senders.length / lengthOf(n)));
      for (let i = 0; i < burst; i++) sender.send(lanMac(1), i & 0xff, lengthOf(n));
    });
    net.clock.advanceBy(MILLISECOND);
  }
}

describe('machines that share one uplink', () => {
  it.each([10, 100])('%i senders get equal shares of the line, whatever their frames are like', (count) => {
    const net = new Network();
    const up = net.uplink();
    const senders = Array.from({ length: count }, (_, n) => net.vm(n + 1));
    const random = new Random(count);
    const lengths = senders.map((_, n) => (n % 2 ? 1514 : 60 + random.below(1400)));
    saturate(net, senders, 40, (n) => lengths[n] ?? 60);
    const index = jain(shares(net, senders));
    expect(index).toBeGreaterThan(0.99);
    const { sent, received, queued, dropped } = accounts(net.virtualSwitch);
    expect(sent).toBe(received + queued + dropped); // nothing is lost without a counter
    expect(up.frames.length).toBe(received);
    expect(dropped).toBeGreaterThan(0); // the line was really contended
  });

  it('a sender alone has the whole line, and the line has its rate', () => {
    const net = new Network();
    const up = net.uplink({ lineRate: 100_000_000 });
    const [a] = [net.vm(1), net.vm(2)];
    for (let ms = 0; ms < 1000; ms++) {
      for (let i = 0; i < 10; i++) a.send(lanMac(1), i, 1514);
      net.clock.advanceBy(MILLISECOND);
    }
    // 100 Mbit/s carry 8,127 frames of 1514 bytes (1538 with preamble, FCS and gap) in a second
    expect(up.frames.length).toBeGreaterThanOrEqual(8126);
    expect(up.frames.length).toBeLessThanOrEqual(8128);
  });

  it('who comes late gets its share from then on, and no credit for the past', () => {
    const net = new Network();
    net.uplink();
    const senders = [net.vm(1), net.vm(2)];
    saturate(net, senders.slice(0, 1), 20, () => 1514);
    const before = shares(net, senders);
    saturate(net, senders, 20, () => 1514);
    const after = shares(net, senders);
    expect(before[1]).toBe(0);
    const gained = after.map((bytes, n) => bytes - (before[n] ?? 0));
    expect(jain(gained)).toBeGreaterThan(0.99);
  });

  it('traffic between machines does not wait for the line', () => {
    const net = new Network();
    net.uplink({ lineRate: 1_000_000 });
    const [a, b] = [net.vm(1), net.vm(2)];
    for (let i = 0; i < 100; i++) a.send(lanMac(1), 0, 1514);
    a.send(b.mac, 9);
    net.clock.advanceBy(MILLISECOND);
    expect(b.take()).toEqual([9]);
  });

  it('queues and shares can be seen', () => {
    const net = new Network();
    net.uplink({ lineRate: 8_000_000 });
    const [a, b] = [net.vm(1), net.vm(2)];
    for (let i = 0; i < 4; i++) a.send(lanMac(1), 1, 1000);
    b.send(lanMac(1), 2, 500);
    net.clock.advanceBy(1.5 * MILLISECOND);
    const { ports } = net.virtualSwitch.inspect();
    expect(ports).toMatchObject({
      uplink: {
        number: 1,
        queue: {
          flows: [{ from: 2, frames: 3, bytes: 3000, first: [{ bytes: 1000 }, { bytes: 1000 }, { bytes: 1000 }] }],
        },
        bytesBySender: { 2: 1000, 3: 500 },
      },
    });
    net.clock.advanceBy(SECOND);
    expect(net.virtualSwitch.inspect().ports).toMatchObject({
      uplink: { queue: { frames: 0 }, bytesBySender: { 2: 4000, 3: 500 } },
    });
  });
});
