import { describe, expect, it } from 'vitest';
import { flowHash } from '@engine/base/net/flow-hash';
import { HASH_KEY, HASH_TYPES } from '@engine/guest/vsc/netvsc/scaling';
import { TraceKind } from '@engine/trace/kinds';
import { indirectionTableMessage, indirectionTableOf, NvspType, NvspVersion } from '@engine/vmbus/protocol/nvsp';
import { encodeMessage, MessageType, RELID_MESSAGE } from '@engine/vmbus/protocol/messages';
import { VMBUS_MESSAGE_PORT, VMBUS_MESSAGE_TYPE, VMBUS_SINT } from '@engine/vmbus/protocol/transport';
import { tcpFrame } from '../../base/net/frames';
import { MAC, MS, NetRig, OTHER, SMALL, texts } from '../../parent/rig';
import { ScriptedNetvsp } from './scripted-netvsp';

const VPS = 4;

const rigOf = (options: ConstructorParameters<typeof NetRig>[0] = {}): NetRig =>
  new NetRig({ vpCount: VPS, netvsp: { queues: VPS }, ...options });

/** Frames of many flows, to the guest or from it. */
const flows = (count: number, toGuest: boolean): Uint8Array[] =>
  Array.from({ length: count }, (_, i) =>
    tcpFrame({
      sourcePort: 1000 + i,
      payload: new Uint8Array(64).fill(i),
      ...(toGuest ? { to: MAC, from: OTHER } : { to: OTHER, from: MAC }),
    }),
  );

const queuesOf = (rig: NetRig) => rig.netvsp.save().queues;
/** Packets that each channel has read (guest to host) or written, by channel id. */
const perChannel = (rig: NetRig, kind: TraceKind): number[] =>
  rig.trace
    .recent(100_000)
    .filter((one) => one.kind === kind)
    .reduce<number[]>((counts, { operands: [relid] }) => {
      counts[relid] = (counts[relid] ?? 0) + 1;
      return counts;
    }, []);

describe('a network adapter on a machine with four processors', () => {
  it('opens a channel for each, aimed at its own, and spreads what it receives by the hash of the flow', () => {
    const rig = rigOf().boot();
    expect([rig.state.scaling, rig.state.subChannels.map(({ isOpen }) => isOpen)]).toEqual(['on', [true, true, true]]);
    expect(rig.server.save().channels.map(({ targetVp, subChannelIndex }) => [subChannelIndex, targetVp])).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(queuesOf(rig).map(({ isOpen }) => isOpen)).toEqual([true, true, true, true]);
    const frames = flows(100, true);
    frames.forEach((frame) => rig.port.give(frame));
    const expected = frames.reduce((counts, frame) => {
      const queue = ((flowHash(frame, HASH_KEY, HASH_TYPES) ?? 0) % 128) % VPS;
      counts[queue] = (counts[queue] ?? 0) + 1;
      return counts;
    }, new Array<number>(VPS).fill(0));
    expect(queuesOf(rig).map((queue) => queue.frames.length)).toEqual(expected);
    expect(Math.min(...expected)).toBeGreaterThan(5);
    rig.clock.advanceBy(10 * MS);
    expect(texts(rig.received).sort()).toEqual(texts(frames).sort());
    expect(queuesOf(rig).every(({ inFlight }) => inFlight.length === 0)).toBe(true);
    expect(rig.netvsp.save().receiveBuffer?.taken.some(Boolean)).toBe(false);
    expect(rig.counters()).toMatchObject({ strayCompletions: 0, malformed: 0, misdirected: 0 });
    for (let i = 0; i < VPS; i++) expect(rig.trace.count(TraceKind.InterruptTaken, rig.vp(i).actor)).toBeGreaterThan(0);
  });

  it('sends over all channels as the host says, and each is completed where it was sent', () => {
    const rig = rigOf().boot();
    expect(rig.state.sendTable).toEqual(Array.from({ length: 16 }, (_, i) => i % VPS));
    const before = perChannel(rig, TraceKind.RingRead);
    const frames = flows(100, false);
    frames.forEach((frame) => rig.driver.send(frame));
    rig.clock.advanceBy(10 * MS);
    expect(texts(rig.port.frames).sort()).toEqual(texts(frames).sort());
    expect([rig.state.used.some(Boolean), rig.state.refused]).toEqual([false, 0]);
    const read = perChannel(rig, TraceKind.RingRead).map((count, relid) => count - (before[relid] ?? 0));
    const written = perChannel(rig, TraceKind.RingWrite);
    for (const relid of [1, 2, 3, 4]) {
      expect(read[relid]).toBeGreaterThan(5);
      expect(written[relid]).toBeGreaterThanOrEqual(read[relid] ?? 0); // a completion for each
    }
  });

  it('keeps the frames of one flow in order', () => {
    const rig = rigOf().boot();
    const frames = Array.from({ length: 200 }, (_, i) => tcpFrame({ sequence: i, to: MAC, from: OTHER }));
    frames.forEach((frame) => rig.port.give(frame));
    rig.clock.advanceBy(20 * MS);
    expect(texts(rig.received)).toEqual(texts(frames));
  });

  it('tells the driver the hash of what it receives', () => {
    const rig = rigOf().boot();
    const [frame = MAC] = flows(1, true);
    rig.port.give(frame);
    expect(queuesOf(rig).flatMap(({ frames }) => frames.map(({ hash }) => hash))).toEqual([
      flowHash(frame, HASH_KEY, HASH_TYPES),
    ]);
  });

  it.each([
    ['the host is older than 2012 R2', { netvsp: { queues: VPS, maxVersion: NvspVersion.V4 } }],
    ['the host has one queue', { netvsp: { queues: 1 } }],
    ['there is one processor', { vpCount: 1 }],
    ['the driver uses one', { settings: { channels: 1 } }],
  ])('stays with one channel when %s', (_name, options) => {
    const rig = rigOf(options).boot();
    expect([rig.heard, rig.state.scaling, rig.server.save().channels.length]).toEqual([['up'], 'none', 1]);
    rig.port.give(flows(1, true)[0] ?? MAC);
    rig.clock.advanceBy(MS);
    expect(rig.received.length).toBe(1);
  });

  it('closes all at stop, and opens all again', () => {
    const rig = rigOf().boot();
    const { used } = rig.kernel.pages;
    rig.driver.stop();
    rig.clock.advanceBy(5 * MS);
    expect([rig.heard, rig.server.save().channels.length, rig.server.save().gpadls]).toEqual([
      ['up', 'stopped'],
      1,
      [],
    ]);
    expect(queuesOf(rig)).toHaveLength(1);
    rig.driver.start();
    rig.clock.advanceBy(20 * MS);
    expect([rig.state.scaling, rig.kernel.pages.used, rig.server.save().channels.length]).toEqual(['on', used, VPS]);
  });

  it('is taken away under load, with all channels, and nothing leaks', () => {
    const rig = rigOf();
    rig.kernel.client.connect();
    rig.clock.advanceBy(MS);
    const { used } = rig.kernel.pages;
    rig.driver.start();
    rig.clock.advanceBy(20 * MS);
    flows(100, false).forEach((frame) => rig.driver.send(frame));
    flows(100, true).forEach((frame) => rig.port.give(frame));
    rig.clock.advanceBy(10_000);
    rig.server.remove(rig.netvsp);
    rig.clock.advanceBy(5 * MS);
    expect([rig.heard, rig.state.subChannels, rig.kernel.pages.used]).toEqual([['up', 'removed'], [], used]);
    expect([rig.server.save().channels, rig.server.save().gpadls, rig.clock.nextDue()]).toEqual([[], [], null]);
  });

  it('starts anew after a reset of the machine', () => {
    const rig = rigOf().boot();
    rig.server.reset();
    rig.netvsp.reset();
    expect([rig.server.save().channels.length, queuesOf(rig).length]).toEqual([1, 1]);
    rig.port.give(flows(1, true)[0] ?? MAC);
    expect(rig.counters().notReady).toBe(1);
  });

  it('goes on after save and restore with traffic on all channels', () => {
    const rig = rigOf().boot();
    const out = flows(60, false);
    const into = flows(60, true);
    out.forEach((frame) => rig.driver.send(frame));
    into.forEach((frame) => rig.port.give(frame));
    rig.clock.advanceBy(3_000);
    const already = [...texts(rig.port.frames), ...texts(rig.received)];
    const below = { partition: rig.partition.save(), memory: rig.memory.save(), clock: rig.clock.save() };
    const saved = {
      driver: rig.driver.save(),
      netvsp: rig.netvsp.save(),
      bus: rig.server.save(),
      client: rig.kernel.client.save(),
    };
    const other = rigOf();
    other.clock.restore(below.clock);
    other.memory.restore(below.memory);
    other.partition.restore(below.partition);
    other.server.restore(saved.bus);
    other.netvsp.restore(saved.netvsp);
    other.kernel.client.restore(saved.client);
    const driver = other.makeDriver(1, saved.driver);
    expect([driver.save(), other.netvsp.save(), other.server.save()]).toEqual([
      rig.driver.save(),
      saved.netvsp,
      saved.bus,
    ]);
    other.clock.advanceBy(20 * MS);
    expect([...already, ...texts(other.port.frames), ...texts(other.received)].sort()).toEqual(
      texts([...out, ...into]).sort(),
    );
    expect(other.counters()).toMatchObject({ strayCompletions: 0, malformed: 0 });
  });
});

describe('a network adapter of which not every channel opens', () => {
  /** A provider of four channels that opens those for which `opens` says so. */
  const scripted = (opens: (index: number, rig: NetRig) => boolean) => {
    const device = new ScriptedNetvsp({ queues: VPS, opens: (index) => opens(index, rig) });
    const rig: NetRig = new NetRig({ vpCount: VPS, device });
    return { device, rig: rig.boot() };
  };
  const tableOf = (queues: readonly number[]): number[] =>
    Array.from({ length: 128 }, (_, i) => queues[i % queues.length] ?? 0);
  /** But for the TCP checksum, which the driver leaves to the adapter. */
  const plain = (frames: readonly Uint8Array[]): string[] =>
    texts(frames.map((frame) => frame.slice().fill(0, 50, 52))).sort();
  const open = ({ state }: NetRig): number[] => state.subChannels.filter((one) => one.isOpen).map(({ index }) => index);
  /** Takes channel `relid` away from the guest while its opening is under way. */
  const rescind = (rig: NetRig, relid: number): void => {
    const message = encodeMessage(MessageType.RescindChannelOffer, RELID_MESSAGE, { relid });
    rig.partition.postMessage(VMBUS_MESSAGE_PORT, 0, VMBUS_SINT, VMBUS_MESSAGE_TYPE, message);
  };

  it.each([
    ['the first', [1], [0, 2, 3]],
    ['one in the middle', [2], [0, 1, 3]],
    ['the last', [3], [0, 1, 2]],
    ['two', [1, 3], [0, 2]],
    ['all', [1, 2, 3], [0]],
  ])('is refused %s: spreads over those that it has', (_name, refused, left) => {
    const { rig, device } = scripted((index) => !refused.includes(index));
    expect([rig.heard, rig.state.scaling, open(rig)]).toEqual([['up'], 'on', left.slice(1)]);
    expect(device.state.receiveScale?.table).toEqual(tableOf(left));
    expect(rig.state.sendTable).toEqual(left.length > 1 ? tableOf(left).slice(0, 16) : []);
    const { length } = device.frames;
    const frames = flows(40, false);
    frames.forEach((frame) => rig.driver.send(frame));
    rig.clock.advanceBy(10 * MS);
    expect(plain(device.frames.slice(length))).toEqual(plain(frames));
    expect([rig.state.used.some(Boolean), rig.state.waiting, rig.state.refused]).toEqual([false, [], 0]);
  });

  it('has one taken away while that is opening', () => {
    const { rig, device } = scripted((index, own) => {
      if (index === 2) rescind(own, 3);
      return true;
    });
    expect([rig.state.scaling, open(rig), rig.state.lost]).toEqual(['on', [1, 3], 1]);
    expect(device.state.receiveScale?.table).toEqual(tableOf([0, 1, 3]));
    expect(rig.kernel.client.offers.map(({ relid }) => relid)).toEqual([1, 2, 4]);
  });

  it.each([
    ['refused', false],
    ['taken away while it is opening', true],
  ])('waits for one that is offered late, and goes on when that is %s', (_name, isRescinded) => {
    const device = new ScriptedNetvsp({
      queues: VPS,
      late: 1,
      opens: (index) => {
        if (index === 3 && isRescinded) rescind(rig, 4);
        return index !== 3 || isRescinded;
      },
    });
    const rig: NetRig = new NetRig({ vpCount: VPS, device });
    rig.boot();
    expect([rig.state.scaling, open(rig), device.state.receiveScale]).toEqual(['opening', [1, 2], null]);
    device.offerLate();
    rig.clock.advanceBy(5 * MS);
    expect([rig.state.scaling, open(rig), rig.state.lost]).toEqual(['on', [1, 2], 1]);
    expect(device.state.receiveScale?.table).toEqual(tableOf([0, 1, 2]));
  });

  it('finds no memory for their rings', () => {
    const device = new ScriptedNetvsp({
      queues: VPS,
      nvsp: (type, good) => {
        if (type === NvspType.SubChannel) Object.assign(rig.kernel.pages, { allocate: () => null });
        return good;
      },
    });
    const rig: NetRig = new NetRig({ vpCount: VPS, device });
    rig.boot();
    expect([rig.heard, rig.state.scaling, rig.state.lost, open(rig)]).toEqual([['up'], 'on', 3, []]);
    expect(device.state.receiveScale?.table).toEqual(tableOf([0]));
  });

  it('is stopped, and opens all when the provider does not refuse any more', () => {
    let refuses = true;
    const { rig } = scripted((index) => index !== 2 || !refuses);
    const { used } = rig.kernel.pages;
    rig.driver.stop();
    rig.clock.advanceBy(5 * MS);
    expect([rig.heard, rig.server.save().gpadls, rig.state.lost]).toEqual([['up', 'stopped'], [], 0]);
    refuses = false;
    rig.driver.start();
    rig.clock.advanceBy(20 * MS);
    expect([rig.state.scaling, open(rig), rig.kernel.pages.used - used]).toEqual([
      'on',
      [1, 2, 3],
      2 * SMALL.ringPages,
    ]);
  });

  it('loses one that was open: its flows go by the primary channel', () => {
    const { rig, device } = scripted(() => true);
    rescind(rig, 2);
    rig.clock.advanceBy(MS);
    expect([rig.state.scaling, open(rig), rig.state.lost]).toEqual(['on', [2, 3], 0]);
    const { length } = device.frames;
    const frames = flows(40, false);
    frames.forEach((frame) => rig.driver.send(frame));
    rig.clock.advanceBy(10 * MS);
    expect(plain(device.frames.slice(length))).toEqual(plain(frames));
  });
});

describe('the table over which a guest spreads what it sends', () => {
  const table = Array.from({ length: 16 }, (_, i) => i % 3);

  it.each([NvspVersion.V5, NvspVersion.V6, NvspVersion.V6_1])('is found where it lies in version %s', (version) => {
    const message = indirectionTableMessage(table, version);
    expect(indirectionTableOf(message, version)).toEqual(table);
  });

  it('is looked for behind the largest message up to version 6, whatever the offset says', () => {
    const message = indirectionTableMessage(table, NvspVersion.V6);
    expect(indirectionTableOf(message, NvspVersion.V6_1)?.slice(0, 4)).toEqual([0, 0, 0, 0]); // as old drivers read it: three words too early
  });

  it('is refused when it leaves its message, or has another length', () => {
    const message = indirectionTableMessage(table, NvspVersion.V6_1);
    expect(indirectionTableOf(message.subarray(0, 100), NvspVersion.V6_1)).toBeNull();
    expect(indirectionTableOf(indirectionTableMessage(table.slice(1), NvspVersion.V6_1), NvspVersion.V6_1)).toBeNull();
    expect(indirectionTableOf(message.subarray(0, 8), NvspVersion.V6_1)).toBeNull();
  });
});
