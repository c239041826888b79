import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { HOST_NVSP_VERSION, NVSP_VERSIONS, NvspVersion } from '@engine/vmbus/protocol/nvsp';
import { HOST_VMBUS_VERSION } from '@engine/vmbus/protocol/versions';
import { TraceKind } from '@engine/trace/kinds';
import { BROADCAST, frame, MAC, MS, NetRig, OTHER, texts } from '../../parent/rig';

/** What the bus driver keeps: the hypervisor's four pages and two for monitors. */
const BUS_PAGES = 7;

describe('the network driver and its provider', () => {
  it.each(Object.keys(HOST_NVSP_VERSION))('come up on %s with the newest version that both have', (host) => {
    const netvsp = { maxVersion: HOST_NVSP_VERSION[host] };
    const rig = new NetRig({ host, maxVersion: HOST_VMBUS_VERSION[host], netvsp }).boot();
    expect(rig.heard).toEqual(['up']);
    expect([rig.state.version, rig.netvsp.version]).toEqual([HOST_NVSP_VERSION[host], HOST_NVSP_VERSION[host]]);
    expect([...rig.driver.mac]).toEqual([...MAC]);
    expect([rig.driver.linkUp, rig.driver.speedMbps, rig.links]).toEqual([true, 10_000, [true]]);
  });

  it.each(NVSP_VERSIONS.map((v) => [v.toString(16), v] as const))('come up with a driver up to %s', (_name, nvsp) => {
    const rig = new NetRig({ nvsp }).boot();
    expect([rig.heard, rig.netvsp.version]).toEqual([['up'], nvsp]);
  });

  it('come up with the sizes of Linux: 16 MB and 1 MB', () => {
    const settings = { ringPages: 128, receiveBytes: 16 * 2 ** 20, sendBytes: 2 ** 20 };
    const rig = new NetRig({ settings }).boot();
    expect(rig.heard).toEqual(['up']);
    expect(rig.netvsp.save().receiveBuffer?.taken.length).toBe(9709);
    expect(rig.netvsp.save().sendBuffer?.sections).toBe(170);
  });

  it('fail together where they have no version in common, and leave nothing behind', () => {
    const rig = new NetRig({ netvsp: { maxVersion: NvspVersion.V1 }, settings: { versions: [NvspVersion.V6] } }).boot();
    expect([rig.heard, rig.state.failure, rig.kernel.pages.used]).toEqual([['failed version'], 'version', BUS_PAGES]);
    expect(rig.server.save().gpadls).toEqual([]);
  });

  it('fail where a buffer holds no section', () => {
    const rig = new NetRig({ settings: { sendBytes: 4096 } }).boot();
    expect([rig.heard, rig.kernel.pages.used]).toEqual([['failed buffer'], BUS_PAGES]);
  });

  it('move frames both ways, whole and in order', () => {
    const rig = new NetRig().boot();
    const random = new Random(5);
    const sent = Array.from({ length: 300 }, (_, i) => frame(OTHER, MAC, 60 + random.below(1455), i));
    const given = Array.from({ length: 300 }, (_, i) => frame(MAC, OTHER, 60 + random.below(1455), i + 1000));
    sent.forEach((bytes, i) => {
      rig.driver.send(bytes);
      const other = given[i];
      if (other) rig.port.give(other);
      rig.clock.advanceBy(20_000);
    });
    rig.clock.advanceBy(10 * MS);
    expect(texts(rig.port.frames)).toEqual(texts(sent));
    expect(texts(rig.received)).toEqual(texts(given));
    expect([rig.driver.sent, rig.driver.received, rig.state.dropped]).toEqual([300, 300, 0]);
    expect(rig.counters()).toMatchObject({ framesFromGuest: 300, framesToGuest: 300, noBuffer: 0, malformed: 0 });
  });

  it('keep what a burst brings until sections and receive buffers are back', () => {
    const rig = new NetRig().boot();
    const burst = Array.from({ length: 200 }, (_, i) => frame(OTHER, MAC, 1000, i));
    burst.forEach((bytes) => rig.driver.send(bytes)); // ten sections, 190 wait
    burst.forEach((_, i) => rig.port.give(frame(MAC, OTHER, 1500, i))); // 37 receive buffers, 163 wait
    rig.clock.advanceBy(20 * MS);
    expect([rig.port.frames.length, rig.received.length]).toEqual([200, 200]);
    expect(texts(rig.port.frames)).toEqual(texts(burst));
    expect(rig.counters().noBuffer).toBe(0);
  });

  it('drop, and count, what no queue holds', () => {
    const rig = new NetRig().boot();
    for (let i = 0; i < 400; i++) rig.driver.send(frame(OTHER, MAC, 100, i));
    expect(rig.state.dropped).toBe(400 - 10 - 256);
    for (let i = 0; i < 600; i++) rig.port.give(frame(MAC, OTHER, 100, i));
    expect(rig.counters().noBuffer).toBe(600 - 512);
    rig.clock.advanceBy(20 * MS);
    expect([rig.port.frames.length, rig.received.length]).toEqual([266, 512]);
  });

  it('carry large frames from pages of their own, into several receive buffers', () => {
    const rig = new NetRig({ mtu: 9000 }).boot();
    expect(rig.driver.mtu).toBe(9000);
    const used = rig.kernel.pages.used;
    const large = frame(OTHER, MAC, 9014, 1);
    for (let i = 0; i < 5; i++) rig.driver.send(large);
    rig.port.give(frame(MAC, OTHER, 9014, 2));
    rig.clock.advanceBy(MS);
    expect(texts(rig.port.frames)).toEqual(texts([large, large, large, large, large]));
    expect(texts(rig.received)).toEqual(texts([frame(MAC, OTHER, 9014, 2)]));
    expect([rig.kernel.pages.used, rig.state.direct]).toEqual([used, []]);
  });

  it('refuse frames beyond the MTU on both sides', () => {
    const rig = new NetRig().boot();
    rig.driver.send(frame(OTHER, MAC, 1519));
    rig.port.give(frame(MAC, OTHER, 1519));
    rig.clock.advanceBy(MS);
    expect([rig.port.frames.length, rig.received.length, rig.state.dropped, rig.counters().oversize]).toEqual([
      0, 0, 1, 1,
    ]);
  });

  it('cost no port access, and few hypercalls when busy', () => {
    const rig = new NetRig({ settings: { ringPages: 64, receiveBytes: 2 ** 20, sendBytes: 2 ** 20 } }).boot();
    const before = rig.trace.count(TraceKind.Hypercall);
    for (let i = 0; i < 2_000; i++) {
      rig.driver.send(frame(OTHER, MAC, 1514, i));
      if (i % 2 === 0) rig.clock.advanceBy(500);
    }
    rig.clock.advanceBy(10 * MS);
    expect(rig.port.frames.length + rig.state.dropped).toBe(2_000);
    const calls = rig.trace.count(TraceKind.Hypercall) - before;
    expect(calls / rig.port.frames.length).toBeLessThan(0.2);
    expect(rig.trace.count(TraceKind.PortRead, rig.vp().actor)).toBe(0);
  });

  it('lose nothing when the guest does not read its ring for a while', () => {
    const rig = new NetRig({ settings: { ringPages: 2, receiveBytes: 0x4_0000 } }).boot();
    const asleep = rig.vp().onInterrupt(null);
    const given = Array.from({ length: 100 }, (_, i) => frame(MAC, OTHER, 100, i));
    for (const bytes of given) {
      rig.port.give(bytes);
      rig.clock.advanceBy(100_000); // one packet each: the ring holds about fifty
    }
    asleep.dispose();
    for (let i = 0; i < 5; i++) {
      rig.kernel.client.interrupt();
      rig.clock.advanceBy(MS);
    }
    expect(texts(rig.received)).toEqual(texts(given));
    expect(rig.netvsp.save().receiveBuffer?.taken.some(Boolean)).toBe(false);
  });

  it('keep the order when room comes free behind the back of what waits', () => {
    const rig = new NetRig({ settings: { ringPages: 2, sendBytes: 2 ** 20 } }).boot();
    const sent = Array.from({ length: 101 }, (_, i) => frame(OTHER, MAC, 100, i));
    const asleep = rig.vp().onInterrupt(null);
    sent.slice(0, 100).forEach((bytes) => rig.driver.send(bytes)); // the ring is full, the rest waits
    rig.clock.advanceBy(MS); // the provider has emptied it, and the guest has not looked
    sent.slice(100).forEach((bytes) => rig.driver.send(bytes));
    asleep.dispose();
    for (let i = 0; i < 5; i++) {
      rig.kernel.client.interrupt();
      rig.clock.advanceBy(MS);
    }
    expect(texts(rig.port.frames)).toEqual(texts(sent));
  });

  it('tell the guest when the cable is pulled and plugged', () => {
    const rig = new NetRig().boot();
    rig.port.plug(false);
    rig.clock.advanceBy(MS);
    expect([rig.driver.linkUp, rig.links]).toEqual([false, [true, false]]);
    rig.port.plug(true);
    rig.clock.advanceBy(MS);
    expect([rig.driver.linkUp, rig.links]).toEqual([true, [true, false, true]]);
  });

  it('come up without a link, and get it later', () => {
    const rig = new NetRig();
    rig.port.linkUp = false;
    rig.boot();
    expect([rig.heard, rig.driver.linkUp]).toEqual([['up'], false]);
    rig.port.plug(true);
    rig.clock.advanceBy(MS);
    expect(rig.driver.linkUp).toBe(true);
  });

  it('let go of everything at stop, and start again', () => {
    const rig = new NetRig().boot();
    rig.driver.send(frame(OTHER, MAC, 100));
    rig.driver.stop();
    rig.clock.advanceBy(5 * MS);
    expect([rig.heard, rig.state.phase, rig.kernel.pages.used]).toEqual([['up', 'stopped'], 'closed', BUS_PAGES]);
    expect([rig.server.save().gpadls, rig.netvsp.ready]).toEqual([[], false]);
    rig.port.give(frame(MAC, OTHER, 100));
    expect(rig.counters().notReady).toBe(1);
    rig.driver.start();
    rig.clock.advanceBy(10 * MS);
    expect(rig.heard).toEqual(['up', 'stopped', 'up']);
    rig.driver.send(frame(BROADCAST, MAC, 64));
    rig.clock.advanceBy(MS);
    expect(rig.port.frames.at(-1)).toEqual(frame(BROADCAST, MAC, 64));
  });

  it('are parted by the host under load, and nothing leaks', () => {
    const rig = new NetRig().boot();
    for (let i = 0; i < 100; i++) {
      rig.driver.send(frame(OTHER, MAC, 500, i));
      rig.port.give(frame(MAC, OTHER, 500, i));
    }
    rig.clock.advanceBy(10_000);
    rig.server.remove(rig.netvsp);
    rig.clock.advanceBy(5 * MS);
    expect([rig.heard, rig.state.phase, rig.links.at(-1), rig.kernel.pages.used]).toEqual([
      ['up', 'removed'],
      'removed',
      false,
      BUS_PAGES,
    ]);
    expect([rig.server.save().channels, rig.server.save().gpadls, rig.clock.nextDue()]).toEqual([[], [], null]);
    rig.driver.send(frame(OTHER, MAC, 500));
    expect(rig.clock.nextDue()).toBeNull();
  });

  it('go on after save and restore with traffic under way', () => {
    const rig = new NetRig().boot();
    const burst = Array.from({ length: 60 }, (_, i) => frame(OTHER, MAC, 700, i));
    burst.forEach((bytes) => rig.driver.send(bytes));
    burst.forEach((_, i) => rig.port.give(frame(MAC, OTHER, 700, i)));
    rig.clock.advanceBy(3_000); // the provider has begun
    const already = { out: rig.port.frames.length, in: rig.received.length };
    const saved = {
      driver: rig.driver.save(),
      netvsp: rig.netvsp.save(),
      bus: rig.server.save(),
      client: rig.kernel.client.save(),
    };
    const below = { partition: rig.partition.save(), memory: rig.memory.save(), clock: rig.clock.save() };
    const other = new NetRig();
    other.clock.restore(below.clock);
    other.memory.restore(below.memory);
    other.partition.restore(below.partition);
    other.server.restore(saved.bus);
    other.netvsp.restore(saved.netvsp);
    other.kernel.client.restore(saved.client);
    const driver = other.makeDriver(1, saved.driver);
    expect([driver.save(), other.netvsp.save()]).toEqual([rig.driver.save(), saved.netvsp]);
    other.clock.advanceBy(20 * MS);
    expect(texts(other.port.frames)).toEqual(texts(burst.slice(already.out)));
    expect(other.received.length + already.in).toBe(60);
    expect(texts(other.received)).toEqual(texts(burst.map((_, i) => frame(MAC, OTHER, 700, i)).slice(already.in)));
  });
});
