import { describe, expect, it } from 'vitest';
import { MILLISECOND, SECOND } from '@engine/clock/clock';
import { DropReason } from '@engine/vswitch/drop-reason';
import { accounts, lanMac, Network, type Station } from './support';

const MEGABIT = 1_000_000;

/** Every sender offers `burst` frames of 1,000 bytes a millisecond. */
function load(net: Network, senders: readonly Station[], milliseconds: number, burst: number): void {
  for (let ms = 0; ms < milliseconds; ms++) {
    for (const sender of senders) for (let i = 0; i < burst; i++) sender.send(lanMac(1), i, 1000);
    net.clock.advanceBy(MILLISECOND);
  }
}

/** Bytes that left through the uplink for each sender. */
const left = (net: Network, senders: readonly Station[]): number[] =>
  senders.map(({ port }) => net.virtualSwitch.uplink?.state.egress.shares[port.number] ?? 0);

describe('bandwidth management', () => {
  it('holds a sender to its maximum: late at first, then lost and counted', () => {
    const net = new Network();
    net.uplink();
    const slow = net.vm(1, { bandwidth: { minimum: 0, maximum: 10 * MEGABIT } });
    load(net, [slow], 1000, 2); // 16 Mbit/s
    const [bytes = 0] = left(net, [slow]);
    expect(bytes / 1_250_000).toBeGreaterThan(0.99);
    expect(bytes / 1_250_000).toBeLessThan(1.02); // a full bucket to begin with
    const { droppedSending, sentFrames } = slow.port.counters;
    expect(Object.keys(droppedSending)).toEqual([String(DropReason.BandwidthLimit)]);
    const waiting = slow.port.state.shaper.waiting.length;
    expect(sentFrames + (droppedSending[DropReason.BandwidthLimit] ?? 0)).toBe(2000);
    expect(sentFrames - waiting).toBe(bytes / 1000);
    net.clock.advanceBy(SECOND);
    expect([slow.port.state.shaper.waiting.length, accounts(net.virtualSwitch).queued]).toEqual([0, 0]);
  });

  it('does not touch who stays below, in order and at once', () => {
    const net = new Network();
    const [a, b] = [net.vm(1, { bandwidth: { minimum: 0, maximum: 10 * MEGABIT } }), net.vm(2)];
    for (let i = 0; i < 5; i++) a.send(b.mac, i, 1000);
    net.clock.advanceBy(MILLISECOND / 10);
    expect(b.take()).toEqual([0, 1, 2, 3, 4]);
  });

  it('keeps its minimum for a sender on a busy line; the rest is shared alike', () => {
    const net = new Network();
    net.uplink({ lineRate: 100 * MEGABIT });
    const senders = [
      net.vm(1, { bandwidth: { minimum: 60 * MEGABIT, maximum: 0 } }),
      net.vm(2),
      net.vm(3),
      net.vm(4),
      net.vm(5),
    ];
    load(net, senders, 500, 15);
    const shares = left(net, senders);
    const all = shares.reduce((a, b) => a + b);
    expect((shares[0] ?? 0) / all).toBeGreaterThan(0.6);
    expect((shares[0] ?? 0) / all).toBeLessThan(0.72);
    expect(Math.max(...shares.slice(1)) / Math.min(...shares.slice(1))).toBeLessThan(1.02);
  });

  it('gives an idle reservation to the others', () => {
    const net = new Network();
    net.uplink({ lineRate: 100 * MEGABIT });
    net.vm(1, { bandwidth: { minimum: 90 * MEGABIT, maximum: 0 } });
    const other = net.vm(2);
    load(net, [other], 200, 15);
    expect((left(net, [other])[0] ?? 0) / ((200 * 100 * MEGABIT) / 8 / 1000)).toBeGreaterThan(0.95);
  });

  it('can be changed while frames wait, and goes on after save and restore', () => {
    const net = new Network();
    const [a, b] = [net.vm(1, { bandwidth: { minimum: 0, maximum: MEGABIT } }), net.vm(2)];
    for (let i = 0; i < 20; i++) a.send(b.mac, i, 1000);
    const saved = { network: net.virtualSwitch.save(), clock: net.clock.save() };
    net.clock.advanceBy(20 * MILLISECOND);
    const before = b.take().length;
    a.port.configure({ bandwidth: { minimum: 0, maximum: 0 } });
    net.clock.advanceBy(20 * MILLISECOND);
    expect(before + b.take().length).toBe(20);
    net.clock.restore(saved.clock);
    net.virtualSwitch.restore(saved.network);
    net.settle();
    expect(b.take()).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it('loses what waits with the link, and counts it', () => {
    const net = new Network();
    const [a, b] = [net.vm(1, { bandwidth: { minimum: 0, maximum: MEGABIT } }), net.vm(2)];
    for (let i = 0; i < 20; i++) a.send(b.mac, i, 1000);
    const waiting = a.port.state.shaper.waiting.length;
    a.port.setLink(false);
    net.settle();
    expect(waiting).toBeGreaterThan(0);
    expect(a.port.counters.droppedSending).toEqual({ [DropReason.LinkDown]: waiting });
    expect(b.take().length).toBe(20 - waiting);
  });
});
