import { describe, expect, it } from 'vitest';
import { diskUnit, scsiController } from '@engine/parent/vsp/storvsp/offers';
import type { Storvsp } from '@engine/parent/vsp/storvsp/storvsp';
import { TraceKind } from '@engine/trace/kinds';
import { VSTOR_VERSIONS, VstorVersion } from '@engine/vmbus/protocol/vstor';
import { DRIVE, patternedDisk } from '../../parent/storage-rig';
import { MS } from '../../parent/rig';
import { StorvscRig, type StorvscRigOptions } from './storvsc-rig';

const VPS = 4;

interface Options extends StorvscRigOptions {
  readonly host?: number;
  readonly maxSubChannels?: number;
}

function rigOf({ host = VstorVersion.V6_2, maxSubChannels = VPS - 1, ...options }: Options = {}): StorvscRig<Storvsp> {
  const instance = '11112222-aaaa-bbbb-cccc-333344445555';
  const controller = scsiController('storvsp-0', instance, host, maxSubChannels);
  controller.plug(0, diskUnit(patternedDisk(), DRIVE, host));
  return new StorvscRig(controller, { vpCount: VPS, ...options });
}

/** Packets that the host has read, by channel id. */
function readBy(rig: StorvscRig<Storvsp>): number[] {
  const counts = new Array<number>(VPS).fill(0);
  for (const { kind, operands } of rig.trace.recent(100_000))
    if (kind === TraceKind.RingRead) counts[operands[0] - 1] = (counts[operands[0] - 1] ?? 0) + 1;
  return counts;
}

describe('a storage controller on a machine with four processors', () => {
  it('opens a channel for each, aimed at its own', () => {
    const rig = rigOf().boot();
    expect([rig.heard, rig.state.subChannels.map(({ isOpen }) => isOpen)]).toEqual([['up'], [true, true, true]]);
    expect(rig.server.save().channels.map(({ targetVp, subChannelIndex }) => [subChannelIndex, targetVp])).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(rig.driver.inspect()).toMatchObject({ channels: 4, phase: 'up' });
  });

  it('spreads requests over all, and each is completed where it was sent', () => {
    const rig = rigOf().boot();
    const before = readBy(rig);
    const tickets = rig.reads(100);
    rig.clock.advanceBy(10 * MS);
    expect(readBy(rig).map((count, i) => count - (before[i] ?? 0))).toEqual([25, 25, 25, 25]);
    expect(tickets.map((ticket) => rig.driver.take(ticket)?.ok)).toEqual(tickets.map(() => true));
    for (let i = 0; i < VPS; i++) expect(rig.trace.count(TraceKind.InterruptTaken, rig.vp(i).actor)).toBeGreaterThan(0);
    expect([rig.state.malformed, rig.device.save().counters.reads]).toEqual([0, 100]);
  });

  it.each([
    ['the host is older than 2012', { host: VstorVersion.V4_2 }],
    ['the driver is older', { versions: VSTOR_VERSIONS.filter((version) => version <= VstorVersion.V4_2) }],
    ['the host has one channel', { maxSubChannels: 0 }],
    ['there is one processor', { vpCount: 1 }],
  ])('stays with one channel when %s', (_name, options) => {
    const rig = rigOf(options).boot();
    expect([rig.heard, rig.state.wanted, rig.server.save().channels.length]).toEqual([['up'], 0, 1]);
    expect(rig.read()?.ok).toBe(true);
  });

  it('asks for no more than the host has', () => {
    const rig = rigOf({ maxSubChannels: 2 }).boot();
    expect([rig.state.wanted, rig.server.save().channels.length]).toEqual([2, 3]);
  });

  it('closes all at stop, and opens all again', () => {
    const rig = rigOf().boot();
    const { used } = rig.kernel.pages;
    rig.driver.stop();
    const closing = rig.kernel.client.save().channels.filter(({ phase }) => phase === 'closing');
    expect(closing.length).toBe(VPS); // each by its driver: the host need not take any away
    rig.clock.advanceBy(5 * MS);
    expect([rig.server.save().channels.length, rig.server.save().gpadls]).toEqual([1, []]);
    rig.driver.start();
    rig.clock.advanceBy(20 * MS);
    expect([rig.heard, rig.kernel.pages.used, rig.server.save().channels.length]).toEqual([['up', 'up'], used, VPS]);
    expect([rig.state.version, rig.read()?.ok]).toEqual([VstorVersion.V6_2, true]);
  });

  it('is stopped while its channels are being opened, and none stays open', () => {
    const rig = rigOf().connect();
    rig.driver.start();
    while (!rig.driver.isUp) rig.clock.advanceBy(1_000);
    rig.driver.stop();
    rig.clock.advanceBy(20 * MS);
    expect([rig.server.save().channels.length, rig.server.save().gpadls]).toEqual([1, []]);
  });

  it('is taken away under load, with all channels, and nothing leaks', () => {
    const rig = rigOf().connect();
    const { used } = rig.kernel.pages;
    rig.driver.start();
    rig.clock.advanceBy(20 * MS);
    const tickets = rig.reads(200);
    rig.clock.advanceBy(300); // the host is at work, the guest has not heard
    expect(rig.driver.busy).toBe(true);
    rig.server.remove(rig.device);
    rig.clock.advanceBy(5 * MS);
    expect([rig.heard, rig.state.subChannels]).toEqual([['up', 'removed'], []]);
    expect(tickets.every((ticket) => rig.driver.take(ticket) !== null)).toBe(true);
    expect([rig.left, rig.clock.nextDue()]).toEqual([{ channels: 0, gpadls: 0, pages: used }, null]);
  });

  it('starts anew after a reset of the machine', () => {
    const rig = rigOf().boot();
    rig.reads(50);
    rig.server.reset();
    rig.device.reset();
    expect([rig.server.save().channels.length, rig.device.save().subChannels]).toEqual([1, 0]);
    rig.clock.advanceBy(20 * MS);
    expect(rig.device.save().counters.commands).toBe(0);
  });

  it('goes on after save and restore with requests on all channels', () => {
    const rig = rigOf().boot();
    const tickets = rig.reads(100);
    rig.clock.advanceBy(300);
    expect(new Set(rig.state.active.map(({ relid }) => relid)).size).toBe(VPS);
    const other = rigOf();
    const saved = { device: rig.device.save(), bus: rig.server.save(), driver: rig.driver.save() };
    other.clock.restore(rig.clock.save());
    other.memory.restore(rig.memory.save());
    other.partition.restore(rig.partition.save());
    other.server.restore(saved.bus);
    other.device.restore(saved.device);
    other.kernel.client.restore(rig.kernel.client.save());
    const driver = other.makeDriver(saved.driver);
    expect([other.server.save(), other.device.save(), driver.save()]).toEqual([
      saved.bus,
      saved.device,
      rig.driver.save(),
    ]);
    other.clock.advanceBy(20 * MS);
    expect(tickets.every((ticket) => driver.take(ticket)?.ok)).toBe(true);
    expect([driver.busy, other.device.save().counters]).toMatchObject([false, { reads: 100, malformed: 0 }]);
  });
});
