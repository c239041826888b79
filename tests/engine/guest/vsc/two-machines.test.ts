import { describe, expect, it } from 'vitest';
import type { FramePort, FrameReceiver } from '@engine/base/backends';
import { Random } from '@engine/base/random';
import { frame, MAC, MS, NetRig, OTHER, texts } from '../../parent/rig';
import { newWorld } from '../../hypervisor/rig';

/** Two ends of a cable. */
function cable(): [FramePort, FramePort] {
  const receivers: (FrameReceiver | null)[] = [null, null];
  const end = (own: number): FramePort => ({
    linkUp: true,
    send: (bytes) => receivers[1 - own]?.receive(bytes),
    setReceiver: (receiver) => (receivers[own] = receiver),
  });
  return [end(0), end(1)];
}

function pair() {
  const world = newWorld();
  const [a, b] = cable();
  const one = new NetRig({ name: 'vm-1', world, mac: MAC, netvsp: { port: a } }).boot();
  const two = new NetRig({ name: 'vm-2', world, mac: OTHER, netvsp: { port: b } }).boot();
  return { world, one, two };
}

describe('two machines on one cable', () => {
  it('exchange frames through their own drivers, rings and providers', () => {
    const { world, one, two } = pair();
    expect([one.heard, two.heard]).toEqual([['up'], ['up']]);
    const random = new Random(11);
    const there = Array.from({ length: 500 }, (_, i) => frame(OTHER, MAC, 60 + random.below(1400), i));
    const back = Array.from({ length: 500 }, (_, i) => frame(MAC, OTHER, 60 + random.below(1400), i));
    there.forEach((bytes, i) => {
      one.driver.send(bytes);
      two.driver.send(back[i] ?? bytes);
      world.clock.advanceBy(10_000);
    });
    world.clock.advanceBy(10 * MS);
    expect(texts(two.received)).toEqual(texts(there));
    expect(texts(one.received)).toEqual(texts(back));
  });

  it('give the same trace, byte for byte, twice', () => {
    const run = (): string => {
      const { world, one, two } = pair();
      for (let i = 0; i < 200; i++) {
        one.driver.send(frame(OTHER, MAC, 64 + (i % 1000), i));
        if (i % 3 === 0) two.driver.send(frame(MAC, OTHER, 800, i));
        world.clock.advanceBy(5_000);
      }
      world.clock.advanceBy(MS);
      return world.trace.digest();
    };
    expect(run()).toBe(run());
  });

  it('live and die apart: a reset of one leaves the other as it was', () => {
    const { world, one, two } = pair();
    const before = two.netvsp.save();
    one.server.reset();
    one.netvsp.reset();
    one.partition.reset();
    world.clock.advanceBy(10 * MS);
    expect([one.netvsp.ready, two.netvsp.save()]).toEqual([false, before]);
    two.driver.send(frame(MAC, OTHER, 100));
    world.clock.advanceBy(MS);
    expect(one.netvsp.save().counters.notReady).toBe(1);
  });
});
