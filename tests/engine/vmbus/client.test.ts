import { describe, expect, it } from 'vitest';
import { MILLISECOND as MS } from '@engine/clock/clock';
import { Random } from '@engine/base/random';
import { TraceKind } from '@engine/trace/kinds';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import { PacketType } from '@engine/vmbus/protocol/packet';
import { versionsUpTo, VMBUS_VERSIONS, VmbusVersion } from '@engine/vmbus/protocol/versions';
import { profileOf } from '../hypervisor/rig';
import { BusRig, EchoDevice, RecordingDriver, TestKernel, type BusRigOptions } from './rig';

/** A bus with one echo device, a kernel, and a driver bound to it. */
function connected(options: BusRigOptions = {}, versions = versionsUpTo(VmbusVersion.V5_3)) {
  const rig = new BusRig(options);
  const device = new EchoDevice();
  rig.server.add(device);
  const kernel = new TestKernel(rig, versions);
  const driver = new RecordingDriver();
  kernel.bind(DeviceClass.Heartbeat, () => driver);
  kernel.client.connect();
  rig.clock.advanceBy(MS);
  return { rig, device, kernel, driver, client: kernel.client };
}

function opened(options: BusRigOptions = {}, versions?: number[], ringPages = 4) {
  const bus = connected(options, versions);
  bus.client.openChannel(1, { sendPages: ringPages, receivePages: ringPages });
  bus.rig.clock.advanceBy(MS);
  expect(bus.driver.heard).toEqual(['opened 0']);
  return bus;
}

const inBand = (payload: Uint8Array, idLow = 0) => ({ type: PacketType.InBand, idLow, payload });

describe('connecting', () => {
  it.each(VMBUS_VERSIONS.map((version) => [version.toString(16), version] as const))(
    'finds the newest version that a host up to %s has too',
    (text, maxVersion) => {
      expect(connected({ maxVersion }).kernel.heard).toEqual([`connected ${text}`, 'offer 1', 'delivered']);
    },
  );

  it('finds what an old driver and a new host have in common', () => {
    expect(connected({}, versionsUpTo(VmbusVersion.V2_4)).kernel.heard[0]).toBe('connected 20004');
  });

  it('fails where nothing is in common', () => {
    const { kernel } = connected({ maxVersion: VmbusVersion.V1_1 }, [VmbusVersion.V5_3, VmbusVersion.V3_0]);
    expect(kernel.heard).toEqual(['failed version-refused']);
  });

  it('fails on a host without the hypervisor interface', () => {
    expect(connected({ host: { ...profileOf('ws2022'), privilegesLow: 0 } }).kernel.heard).toEqual([
      'failed no-hypervisor',
    ]);
  });

  it('does not take for its own what the host had offered to the system before it', () => {
    const { rig, client, device } = connected({}, [VmbusVersion.V1_1]); // leaves without an answer, so offers may be on their way
    rig.server.addSubChannel(device);
    client.unload();
    const next = new TestKernel(rig);
    next.client.connect();
    rig.clock.advanceBy(MS);
    expect(next.heard).toEqual(['connected 50003', 'offer 1', 'delivered']);
    expect(next.client.offers.map(({ relid }) => relid)).toEqual([1]);
  });

  it('leaves the bus and comes back', () => {
    const { kernel, client, rig, driver } = opened();
    client.unload();
    rig.clock.advanceBy(MS);
    expect(kernel.heard.at(-1)).toBe('unloaded');
    expect([rig.server.connected, rig.vp().readMsr(0x4000_0001)]).toEqual([false, 0n]);
    client.reset();
    client.connect();
    rig.clock.advanceBy(MS);
    client.openChannel(1, { sendPages: 4, receivePages: 4 });
    rig.clock.advanceBy(MS);
    expect(driver.heard).toEqual(['opened 0', 'opened 0']);
  });
});

describe('a channel between guest and host', () => {
  it.each([VmbusVersion.V0_13, VmbusVersion.V1_1, VmbusVersion.V2_4, VmbusVersion.V5_3])(
    'carries packets both ways on %i',
    (maxVersion) => {
      const { rig, client, driver, device } = opened({ maxVersion });
      for (let i = 0; i < 10; i++) {
        expect(client.channel(1)?.send(inBand(new Uint8Array([i, 7, 7, 7, 7, 7, 7, 7])))).toBe(true);
        rig.clock.advanceBy(MS);
      }
      expect([device.payloads.length, driver.payloads.map(([first]) => first)]).toEqual([
        10,
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      ]);
    },
  );

  it('refuses to open what was not offered, or twice, or what the device refuses', () => {
    const { client, driver, device, rig, kernel } = connected();
    expect(client.openChannel(2, { sendPages: 4, receivePages: 4 })).toBe(false);
    device.refuses = true;
    const before = kernel.pages.used;
    expect(client.openChannel(1, { sendPages: 4, receivePages: 4 })).toBe(true);
    expect(client.openChannel(1, { sendPages: 4, receivePages: 4 })).toBe(false);
    rig.clock.advanceBy(MS);
    expect(driver.heard).toEqual(['opened 8000ffff', 'closed']);
    expect(kernel.pages.used).toBe(before);
  });

  it('interrupts another processor when it is told to', () => {
    const { client, rig } = opened();
    expect(client.moveChannel(1, 0)).toBe(true);
    rig.clock.advanceBy(MS);
    expect(rig.server.save().channels[0]?.targetVp).toBe(0);
    client.moveChannel(1, 5);
    rig.clock.advanceBy(MS);
    expect([rig.server.save().channels[0]?.targetVp, rig.server.save().counters.outOfPlace]).toEqual([0, 1]);
  });

  it('closes and gives its pages back', () => {
    const { client, driver, device, rig, kernel } = opened();
    const id = client.share(1, kernel.pages.allocate(100), 100 * 4096);
    rig.clock.advanceBy(MS);
    client.unshare(1, id);
    client.closeChannel(1);
    expect(client.channel(1)).toBeNull();
    rig.clock.advanceBy(MS);
    expect(driver.heard).toEqual(['opened 0', `gpadl ${id.toString(16)} 0`, `torn ${id.toString(16)}`, 'closed']);
    expect([device.heard, rig.server.save().gpadls, kernel.pages.used]).toEqual([['opened', 'closed'], [], 107]);
  });

  it('shares 16 MB in 147 messages', () => {
    const { client, rig, kernel, driver } = opened();
    const before = rig.trace.count(TraceKind.VmbusFromGuest);
    client.share(1, kernel.pages.allocate(4096), 16 * 2 ** 20);
    rig.clock.advanceBy(MS);
    expect(rig.trace.count(TraceKind.VmbusFromGuest) - before).toBe(147);
    expect(driver.heard.at(-1)).toMatch(/^gpadl \w+ 0$/);
  });

  it('is taken away by the host, and comes back as another', () => {
    const { client, rig, kernel, driver, device } = opened();
    const used = kernel.pages.used;
    rig.server.remove(device);
    rig.clock.advanceBy(MS);
    expect([driver.heard.at(-1), kernel.heard.at(-1), client.offers.length]).toEqual(['rescinded', 'rescinded 1', 0]);
    expect([kernel.pages.used, rig.server.save().channels, rig.server.save().gpadls]).toEqual([used - 8, [], []]);
    rig.server.add(new EchoDevice('echo-9'));
    rig.clock.advanceBy(MS);
    expect(client.offers.map(({ instance }) => instance)).toEqual(['11112222-3333-4444-5555-000000000009']);
  });

  it('does not lose or repeat a packet when both rings are full much of the time', () => {
    const { rig, client, driver } = opened({}, undefined, 2);
    const random = new Random(3);
    const sent: Uint8Array[] = [];
    let held: Uint8Array | null = null;
    const push = (): void => {
      while (sent.length < 3_000) {
        held ??= random.bytes(8 * (1 + random.below(150)));
        if (!client.channel(1)?.send(inBand(held, sent.length))) return;
        sent.push(held);
        held = null;
      }
    };
    driver.onDrained = push;
    push();
    rig.clock.advanceBy(200 * MS);
    expect(sent).toHaveLength(3_000);
    expect(driver.payloads).toHaveLength(3_000);
    expect(driver.payloads.every((payload, i) => Buffer.compare(payload, sent[i] ?? new Uint8Array(0)) === 0)).toBe(
      true,
    );
  });

  it('is signalled rarely while both sides are busy', () => {
    const { rig, client, driver } = opened({}, undefined, 32);
    const payload = new Uint8Array(256);
    let left = 4_000;
    const push = (): void => {
      for (let burst = 0; burst < 64 && left > 0 && client.channel(1)?.send(inBand(payload)); burst++) left--;
    };
    driver.onDrained = push;
    push();
    const calls = rig.trace.count(TraceKind.Hypercall);
    rig.clock.advanceBy(1_000 * MS);
    expect([left, driver.payloads.length]).toEqual([0, 4_000]);
    expect((rig.trace.count(TraceKind.Hypercall) - calls) / 4_000).toBeLessThan(0.05);
  });

  it('does not signal a host that is busy: it looks again by itself when its time is up', () => {
    const { rig, client, device } = opened({}, undefined, 32);
    device.onSignalled = (packets) => void (packets && rig.meter.charge('copyByte', 50_000)); // 10 us a run
    for (let i = 0; i < 1_000; i++) {
      client.channel(1)?.send(inBand(new Uint8Array(8)));
      rig.clock.advanceBy(1_000);
    }
    rig.clock.advanceBy(MS);
    expect(device.payloads).toHaveLength(1_000);
    const toHost = rig.trace
      .recent(20_000)
      .filter(({ kind, operands }) => kind === TraceKind.RingSignal && operands[1] === 0);
    expect(toHost).toHaveLength(1);
  });

  it('goes on after save and restore in the middle of it', () => {
    const { rig, client, device } = opened();
    for (let i = 0; i < 20; i++) client.channel(1)?.send(inBand(new Uint8Array([i, 0, 0, 0, 0, 0, 0, 0])));
    const saved = {
      client: client.save(),
      bus: rig.server.save(),
      partition: rig.partition.save(),
      memory: rig.memory.save(),
      clock: rig.clock.save(),
    };
    expect(device.payloads).toHaveLength(0); // all of it still lies in the ring
    const other = new BusRig();
    const echo = new EchoDevice();
    other.server.add(echo);
    const kernel = new TestKernel(other);
    const driver = new RecordingDriver();
    other.clock.restore(saved.clock);
    other.memory.restore(saved.memory);
    other.partition.restore(saved.partition);
    other.server.restore(saved.bus);
    kernel.client.restore(saved.client);
    kernel.client.attach(1, driver);
    expect(kernel.client.save()).toEqual(saved.client);
    other.clock.advanceBy(10 * MS);
    expect(driver.payloads.map(([first]) => first)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it('can be switched off and on again with the same device, whether the guest knows it or not', () => {
    const { rig, client, device, kernel } = opened();
    for (let round = 0; round < 3; round++) {
      rig.server.remove(device);
      rig.clock.advanceBy(MS);
      expect([client.offers.length, rig.server.save().channels.length]).toEqual([0, 0]);
      rig.server.add(device);
      rig.clock.advanceBy(MS);
      const [offer] = client.offers;
      const driver = new RecordingDriver();
      client.attach(offer?.relid ?? 0, driver);
      client.openChannel(offer?.relid ?? 0, { sendPages: 4, receivePages: 4 });
      rig.clock.advanceBy(MS);
      client.channel(offer?.relid ?? 0)?.send(inBand(new Uint8Array([round, 1, 2, 3, 4, 5, 6, 7])));
      rig.clock.advanceBy(MS);
      expect(driver.payloads.map(([first]) => first)).toEqual([round]);
    }
    rig.server.reset();
    rig.server.remove(device);
    rig.server.add(device);
    expect([
      rig.server.save().channels.length,
      kernel.heard.filter((line) => line.startsWith('rescinded')).length,
    ]).toEqual([1, 3]);
  });

  it('offers sub-channels to the driver of the device, and takes them away when the primary channel is closed', () => {
    const { rig, client, device, kernel, driver } = opened();
    const offered: number[] = [];
    driver.subChannelOffered = ({ relid, subChannelIndex }) => offered.push(relid, subChannelIndex);
    device.channel?.offerSubChannel();
    rig.clock.advanceBy(MS);
    expect([offered, kernel.heard.filter((line) => line.startsWith('offer')), device.heard]).toEqual([
      [2, 1],
      ['offer 1'],
      ['opened'],
    ]);
    const sub = new RecordingDriver();
    client.attach(2, sub);
    client.openChannel(2, { sendPages: 4, receivePages: 4 });
    rig.clock.advanceBy(MS);
    client.closeChannel(1);
    rig.clock.advanceBy(MS);
    expect([sub.heard, device.heard.slice(1)]).toEqual([
      ['opened 0', 'rescinded'],
      ['opened', 'closed', 'closed'],
    ]);
    expect([rig.server.save().channels.map(({ relid }) => relid), rig.server.save().gpadls]).toEqual([[1], []]);
    expect(kernel.heard.some((line) => line.startsWith('rescinded'))).toBe(false); // the device itself is still there
  });

  it('has sub-channels of its own, which go with the connection and come back with a restore', () => {
    const { rig, client, device } = opened();
    const sub = rig.server.addSubChannel(device);
    rig.clock.advanceBy(MS);
    const offer = client.offers.find(({ subChannelIndex }) => subChannelIndex === 1);
    expect([offer?.relid, offer?.instance]).toEqual([2, device.offer.instance]);
    const driver = new RecordingDriver();
    client.attach(2, driver);
    client.openChannel(2, { sendPages: 4, receivePages: 4 });
    rig.clock.advanceBy(MS);
    client.channel(2)?.send(inBand(new Uint8Array([9, 0, 0, 0, 0, 0, 0, 0])));
    const saved = {
      client: client.save(),
      bus: rig.server.save(),
      partition: rig.partition.save(),
      memory: rig.memory.save(),
      clock: rig.clock.save(),
    };
    rig.clock.advanceBy(MS);
    expect([sub?.isOpen, driver.payloads.map(([first]) => first)]).toEqual([true, [9]]);
    client.unload();
    rig.clock.advanceBy(MS);
    expect(rig.server.save().channels.map(({ relid }) => relid)).toEqual([1]);

    const other = new BusRig();
    other.server.add(new EchoDevice());
    const kernel = new TestKernel(other);
    const twin = new RecordingDriver();
    other.clock.restore(saved.clock);
    other.memory.restore(saved.memory);
    other.partition.restore(saved.partition);
    other.server.restore(saved.bus);
    kernel.client.restore(saved.client);
    kernel.client.attach(2, twin);
    other.clock.advanceBy(MS);
    expect(twin.payloads.map(([first]) => first)).toEqual([9]);
  });

  it('is faulted, and only it, when the guest writes nonsense into its ring', () => {
    const { rig, client, device, kernel } = opened();
    const other = new EchoDevice('echo-1', DeviceClass.TimeSync);
    const driver = new RecordingDriver();
    kernel.bind(DeviceClass.TimeSync, () => driver);
    rig.server.add(other);
    rig.clock.advanceBy(MS);
    client.openChannel(2, { sendPages: 2, receivePages: 2 });
    rig.clock.advanceBy(MS);
    const ring = client.save().channels.find(({ relid }) => relid === 1)?.gpa ?? 0;
    client.channel(1)?.send(inBand(new Uint8Array(8)));
    rig.memory.writeU32(ring, 0xffff_fff8);
    rig.clock.advanceBy(MS);
    client.channel(2)?.send(inBand(new Uint8Array(8)));
    rig.clock.advanceBy(MS);
    expect([device.payloads.length, other.payloads.length, rig.server.save().counters.ringFaults]).toEqual([0, 1, 1]);
    client.closeChannel(1);
    rig.clock.advanceBy(MS);
    client.openChannel(1, { sendPages: 4, receivePages: 4 });
    rig.clock.advanceBy(MS);
    client.channel(1)?.send(inBand(new Uint8Array(8)));
    rig.clock.advanceBy(MS);
    expect(device.payloads).toHaveLength(1);
  });
});
