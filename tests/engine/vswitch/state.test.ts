import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { MICROSECOND, MILLISECOND, SECOND } from '@engine/clock/clock';
import { accounts, lanMac, Network, vmMac, type Station } from './support';

/** Three machines and an uplink, always wired in the same way. */
function build(): { net: Network; stations: Station[] } {
  const net = new Network('external', { queueFrames: 20 });
  const stations = [
    net.vm(1),
    net.vm(2, { vlan: 10 }),
    net.vm(3, { allowMacSpoofing: true }),
    net.uplink({ lineRate: 50_000_000 }),
  ];
  return { net, stations };
}

/** Traffic that depends only on the numbers drawn. */
function chat(net: Network, stations: readonly Station[], random: Random, steps: number): void {
  for (let step = 0; step < steps; step++) {
    const sender = stations[random.below(stations.length)];
    const to = random.below(3) === 0 ? lanMac(random.below(3)) : vmMac(random.below(4) + 1);
    for (let i = random.below(8); i > 0; i--) sender?.send(to, step & 0xff, 60 + random.below(1400));
    net.clock.advanceBy(random.below(200) * MICROSECOND);
  }
}

/** A digest of everything received so far. */
function digest(stations: readonly Station[]): string {
  return stations.map((one) => one.frames.map((frame) => `${frame.length}:${frame[14]}`).join(' ')).join('\n');
}

describe('the state of a switch', () => {
  it('saved under load and restored into another engine goes on as if nothing had happened', () => {
    const whole = build();
    const random = new Random(21);
    chat(whole.net, whole.stations, random, 200);
    const saved = { clock: whole.net.clock.save(), state: whole.net.virtualSwitch.save(), random: random.save() };
    expect(accounts(whole.net.virtualSwitch).queued).toBeGreaterThan(5);
    const before = whole.stations.map((one) => one.frames.length);
    const mark = whole.net.trace.length;

    const other = build();
    other.net.virtualSwitch.restore(saved.state);
    other.net.clock.restore(saved.clock);
    const otherRandom = new Random(0);
    otherRandom.restore(saved.random);
    expect(other.net.virtualSwitch.save()).toEqual(saved.state); // save, restore, save: the same

    chat(whole.net, whole.stations, random, 200);
    chat(other.net, other.stations, otherRandom, 200);
    for (const { net } of [whole, other]) net.clock.advanceBy(SECOND);
    whole.stations.forEach((one, i) => one.frames.splice(0, before[i]));
    expect(digest(other.stations)).toBe(digest(whole.stations));
    expect(other.net.virtualSwitch.save()).toEqual(whole.net.virtualSwitch.save());
    const tail = whole.net.trace
      .recent(whole.net.trace.length - mark)
      .map(({ time, kind, operands }) => ({ time, kind, operands }));
    const all = other.net.trace
      .recent(other.net.trace.length)
      .map(({ time, kind, operands }) => ({ time, kind, operands }));
    expect(all).toEqual(tail);
    expect(all.length).toBeGreaterThan(200);
  });

  it('what was saved does not change afterwards', () => {
    const { net, stations } = build();
    chat(net, stations, new Random(3), 50);
    const saved = net.virtualSwitch.save();
    const copy = structuredClone(saved);
    chat(net, stations, new Random(4), 50);
    expect(saved).toEqual(copy);
  });

  it('two runs with the same seed have the same trace', () => {
    const digests = [1, 2].map(() => {
      const { net, stations } = build();
      chat(net, stations, new Random(9), 300);
      return net.trace.digest();
    });
    expect(digests[0]).toBe(digests[1]);
  });

  it('a port that is new since the saving begins with a number of its own', () => {
    const { net } = build();
    const saved = net.virtualSwitch.save();
    const other = build();
    const extra = other.net.vm(9);
    other.net.virtualSwitch.restore(saved);
    expect(extra.port.number).toBe(5);
    expect(new Set(other.net.virtualSwitch.ports.map((port) => port.number)).size).toBe(5);
  });

  it('reset forgets frames, addresses and counters and keeps the ports', () => {
    const { net, stations } = build();
    chat(net, stations, new Random(5), 100);
    net.virtualSwitch.reset();
    for (const one of stations) one.frames.splice(0);
    expect(accounts(net.virtualSwitch)).toEqual({ dropped: 0, queued: 0, received: 0, sent: 0 });
    net.clock.advanceBy(MILLISECOND);
    expect(stations.every((one) => one.frames.length === 0 && one.port.linkUp)).toBe(true);
    stations[0]?.send(vmMac(3), 1);
    net.settle();
    expect(stations[2]?.take()).toEqual([1]);
  });
});
