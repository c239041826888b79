import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { BalloonDriver } from '@engine/guest/vsc/dynamic-memory/balloon-driver';
import { newBalloonDriver } from '@engine/guest/vsc/dynamic-memory/state';
import { MemoryBalancer, type MemoryMember } from '@engine/parent/memory-balancer';
import { DynamicMemoryVsp } from '@engine/parent/vsp/dynamic-memory/dynamic-memory';
import { statusOf, stepMB, wantedMB, type MemoryPolicy } from '@engine/parent/vsp/dynamic-memory/policy';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import { DM_STATUS, DM_VERSION_REQUEST, DmType, DmVersion, inMessages } from '@engine/vmbus/protocol/dynamic-memory';
import { PacketType } from '@engine/vmbus/protocol/packet';
import { GuestPages, MB } from '../vmbus/guest-pages';
import { BusRig, RecordingDriver, TestKernel } from '../vmbus/rig';
import { MS } from './rig';

const SECOND = 1_000 * MS;
const POLICY: MemoryPolicy = { dynamic: true, minimumMB: 16, maximumMB: 256, bufferPercent: 20, weight: 5000 };

function bench(
  policy: Partial<MemoryPolicy> = {},
  versions: readonly number[] = Object.values(DmVersion).reverse(),
  maxVersion: number = DmVersion.Win10,
) {
  const rig = new BusRig();
  const vsp = new DynamicMemoryVsp({
    clock: rig.clock,
    memory: rig.memory,
    maxVersion,
    policy: { ...POLICY, ...policy },
  });
  rig.server.add(vsp.device);
  const kernel = new TestKernel(rig);
  const guest = new GuestPages();
  const drivers: BalloonDriver[] = [];
  kernel.bind(DeviceClass.DynamicMemory, ({ relid }) => {
    const driver = new BalloonDriver({
      client: kernel.client,
      relid,
      memory: guest,
      versions,
      hotAddAlign: 1,
      state: newBalloonDriver(),
    });
    drivers.push(driver);
    return driver.channel;
  });
  kernel.client.connect();
  rig.clock.advanceBy(MS);
  const [driver] = drivers;
  if (!driver) throw new Error('dynamic memory was not offered');
  driver.channel.start();
  rig.clock.advanceBy(10 * MS);
  /** Seconds of a guest that reports each second. */
  const run = (seconds: number): void => {
    for (let i = 0; i < seconds; i++) {
      driver.report();
      rig.clock.advanceBy(SECOND);
    }
  };
  return { rig, vsp, guest, driver, kernel, run };
}

describe('the channel', () => {
  it('agrees on the newest version that both have, and tells the maximum', () => {
    const { driver } = bench();
    expect(driver.inspect()).toMatchObject({ phase: 'ready', version: '2.0', maximumMB: 256 });
    expect(bench({}, undefined, DmVersion.Win8).driver.inspect()).toMatchObject({ phase: 'ready', version: '1.0' });
    expect(bench({}, undefined, DmVersion.Win7).driver.inspect()).toMatchObject({ phase: 'ready', version: '0.3' });
    expect(bench({}, [DmVersion.Win10], DmVersion.Win7).driver.inspect()).toMatchObject({ phase: 'failed' });
  });

  it('asks a machine with static memory for no reports, and lets the engine rest', () => {
    const { driver, rig, run, vsp } = bench({ dynamic: false });
    expect(driver.reports).toBe(false);
    run(3);
    expect([vsp.assignedMB, vsp.demandMB, vsp.status, rig.clock.idle]).toEqual([64, null, null, true]);
  });
});

describe('pages', () => {
  it("leave the guest down to demand and buffer, and their memory is the host's", () => {
    const { rig, vsp, guest, run } = bench();
    rig.memory.write(63 * 2 ** 20, Uint8Array.of(1, 2, 3));
    run(30);
    expect(vsp.demandMB).toBe(30);
    expect(vsp.assignedMB).toBe(36); // 30 MB and 20 %
    expect(guest.ballooned).toBe(28 * MB);
    expect(vsp.status).toBe('ok');
    expect(rig.memory.isRam(63 * 2 ** 20, 1)).toBe(false);
    expect([...rig.memory.read(63 * 2 ** 20, 3)]).toEqual([0xff, 0xff, 0xff]);
    expect(rig.memory.isRam(35 * 2 ** 20, 4096)).toBe(true);
  });

  it('come back zeroed when the guest needs them, before memory is added', () => {
    const { rig, vsp, guest, run } = bench();
    rig.memory.write(40 * 2 ** 20, Uint8Array.of(1, 2, 3));
    run(30);
    guest.committed = 50 * MB;
    run(3);
    expect([vsp.assignedMB, guest.ballooned, guest.added.length]).toEqual([60, 4 * MB, 0]);
    expect([...rig.memory.read(40 * 2 ** 20, 3)]).toEqual([0, 0, 0]);
    expect(vsp.status).toBe('ok');
  });

  it('are added above all there is, and not beyond the maximum', () => {
    const { rig, vsp, guest, driver, run } = bench({ maximumMB: 128 });
    guest.committed = 100 * MB;
    driver.report();
    rig.clock.advanceBy(100 * MS);
    expect([vsp.assignedMB, vsp.status]).toEqual([64, 'warning']);
    run(2);
    expect([vsp.assignedMB, vsp.status]).toEqual([120, 'ok']);
    expect(guest.added).toEqual([{ start: 2 ** 20, count: 56 * MB }]);
    rig.memory.write(2 ** 32 + 55 * 2 ** 20, Uint8Array.of(7));
    expect(rig.memory.readU8(2 ** 32 + 55 * 2 ** 20)).toBe(7);
    guest.committed = 120 * MB;
    run(3);
    expect([vsp.assignedMB, vsp.status]).toEqual([128, 'low']);
  });

  it('that a guest cannot give are not asked for again at once', () => {
    const { vsp, guest, run } = bench();
    guest.mostToGive = 0;
    run(10);
    expect(vsp.assignedMB).toBe(64);
    guest.mostToGive = Infinity;
    run(15);
    expect(vsp.assignedMB).toBe(64);
    run(15);
    expect(vsp.assignedMB).toBe(36);
  });

  it("are all there again when the guest's driver or its machine goes", () => {
    const made = bench();
    made.run(30);
    made.driver.channel.stop();
    made.rig.clock.advanceBy(SECOND);
    expect(made.vsp.assignedMB).toBe(64);
    const other = bench();
    other.guest.committed = 100 * MB;
    other.run(3);
    other.vsp.device.reset();
    expect([other.vsp.assignedMB, other.rig.memory.size]).toEqual([64, 64 * 2 ** 20]);
  });

  it('stay where they are over a saved state', () => {
    const { rig, vsp, run } = bench();
    run(30);
    const saved = { memory: rig.memory.save(), vsp: vsp.device.save() };
    rig.memory.reset();
    vsp.device.reset();
    rig.memory.restore(saved.memory);
    vsp.device.restore(saved.vsp);
    expect(vsp.assignedMB).toBe(36);
    expect({ memory: rig.memory.save(), vsp: vsp.device.save() }).toEqual(saved);
  });
});

describe('a guest that lies', () => {
  const raw = () => {
    const rig = new BusRig();
    const vsp = new DynamicMemoryVsp({
      clock: rig.clock,
      memory: rig.memory,
      maxVersion: DmVersion.Win10,
      policy: POLICY,
    });
    rig.server.add(vsp.device);
    const kernel = new TestKernel(rig);
    const driver = new RecordingDriver();
    let channel = 0;
    kernel.bind(DeviceClass.DynamicMemory, ({ relid }) => {
      channel = relid;
      return driver;
    });
    kernel.client.connect();
    rig.clock.advanceBy(MS);
    kernel.client.openChannel(channel, { sendPages: 3, receivePages: 3 });
    rig.clock.advanceBy(MS);
    const send = (payload: Uint8Array): void => {
      kernel.client.channel(channel)?.send({ type: PacketType.InBand, idLow: 0, payload });
      rig.clock.advanceBy(MS);
    };
    return { rig, vsp, send };
  };

  it('out of turn is not heard', () => {
    const { vsp, send } = raw();
    const unknown = { pageFileSize: 0n, zeroFree: 0n, pageFileWrites: 0, ioDifference: 0 };
    send(
      DM_STATUS.encode({
        type: DmType.StatusReport,
        size: 48,
        transaction: 1,
        available: 1n,
        committed: 1n,
        ...unknown,
      }),
    );
    send(
      DM_VERSION_REQUEST.encode({
        type: DmType.VersionRequest,
        size: 400,
        transaction: 1,
        version: DmVersion.Win10,
        isLastAttempt: 0,
      }),
    );
    expect(vsp.device.inspect()).toMatchObject({ phase: 'open', report: null, counters: { malformed: 2 } });
  });

  it('of pages that are no memory, or gone, loses none of them', () => {
    const { rig, vsp, guest, run } = bench();
    const ranges = [
      { start: 2 ** 39, count: 8 },
      { start: 60 * MB, count: 4 },
      { start: 60 * MB + 2, count: 4 },
    ];
    guest.inflate = () => ranges;
    run(2);
    expect(rig.memory.withdrawnPages).toBe(4);
    expect(vsp.device.inspect()).toMatchObject({ counters: { ballooned: 4, malformed: 2 } });
  });

  it('in any other way is answered or counted, and never ends anything: 20,000 messages', () => {
    const random = new Random(5);
    const { rig, vsp, send } = raw();
    for (let i = 0; i < 20_000; i++) {
      const bytes = Uint8Array.from({ length: 16 + random.below(60) }, () => random.below(256));
      if (random.below(8) > 0) bytes.set([random.below(14), 0, bytes.length, 0]);
      if (random.below(4) === 0) bytes.set([0, 0, 2, 0], 8);
      send(bytes);
    }
    expect(rig.memory.withdrawnPages).toBeLessThan(64 * MB);
    expect(vsp.assignedMB).toBeGreaterThan(0);
  });
});

describe('policy', () => {
  it('keeps within its limits, gives at once, takes slowly, and leaves small excesses', () => {
    expect([wantedMB(POLICY, 10), wantedMB(POLICY, 100), wantedMB(POLICY, 1000)]).toEqual([16, 120, 256]);
    expect([stepMB(800, 500), stepMB(2000, 4000), stepMB(500, 510), stepMB(1000, 1040), stepMB(400, 500)]).toEqual([
      300, -400, 0, 0, -64,
    ]);
    expect([statusOf(POLICY, 100, 120), statusOf(POLICY, 100, 119), statusOf(POLICY, 100, 99)]).toEqual([
      'ok',
      'low',
      'warning',
    ]);
  });

  it('divides by weight when there is not enough for all', () => {
    const balancer = new MemoryBalancer(1000);
    const member = (assignedMB: number, wanted: number, weight: number): MemoryMember => {
      const made = { assignedMB, wantedMB: wanted, minimumMB: 100, weight };
      balancer.join(made);
      return made;
    };
    const [heavy, light, modest] = [member(300, 800, 9999), member(400, 800, 999), member(100, 120, 0)];
    const share = (of: MemoryMember | undefined): number => (of ? balancer.shareOf(of) : 0);
    expect(balancer.freeMB).toBe(200);
    expect(share(heavy)).toBe(500); // more would be its by weight, but only 200 MB are free
    expect(share(light)).toBeLessThan(200);
    expect(share(light)).toBeGreaterThan(100);
    expect(share(modest)).toBeLessThanOrEqual(120);
  });

  it('cuts ranges to what a message can say', () => {
    const groups = inMessages([
      { start: 0, count: 0x1ff_ffff },
      ...Array.from({ length: 600 }, (_, i) => ({ start: 2 ** 26 + i * 2, count: 1 })),
    ]);
    expect(groups.map((group) => group.length)).toEqual([510, 93]);
    expect(groups.flat().reduce((sum, { count }) => sum + count, 0)).toBe(0x1ff_ffff + 600);
  });
});
