import { describe, expect, it } from 'vitest';
import { heartbeatService, shutdownService, timeSyncService } from '@engine/guest/vsc/ic/services';
import { HeartbeatVsp } from '@engine/parent/vsp/ic/heartbeat';
import { ShutdownVsp } from '@engine/parent/vsp/ic/shutdown';
import { TimeSyncVsp } from '@engine/parent/vsp/ic/time-sync';
import { icVersion, type IcVersions } from '@engine/vmbus/protocol/ic';
import { TIME_SYNC_REFERENCE } from '@engine/vmbus/protocol/ic-bodies';
import { BusRig } from '../vmbus/rig';
import { MS } from './rig';
import { bench, SECOND, start } from './ic-rig';

describe('heartbeat', () => {
  function heartbeat() {
    const changes: string[] = [];
    const vsps: HeartbeatVsp[] = [];
    const made = bench((rig) => {
      const vsp: HeartbeatVsp = new HeartbeatVsp({ clock: rig.clock, changed: () => changes.push(vsp.status.contact) });
      vsps.push(vsp);
      return vsp;
    });
    const [vsp] = vsps;
    if (!vsp) throw new Error('no component');
    return { ...made, vsp, changes };
  }

  it('has no contact without a driver, and costs nothing', () => {
    const { rig, kernel, vsp } = heartbeat();
    kernel.client.connect();
    rig.clock.advanceBy(60 * SECOND);
    expect([vsp.status.contact, rig.clock.nextDue()]).toEqual(['noContact', null]);
  });

  it('is answered every two seconds, and lets the engine rest in between', () => {
    const made = heartbeat();
    let applications = 1;
    const driver = start(
      made,
      heartbeatService(() => applications),
    );
    expect(made.vsp.status).toEqual({ contact: 'ok', applications: 1 });
    const before = driver.save().answered;
    made.rig.clock.advanceBy(20 * SECOND);
    expect(driver.save().answered - before).toBe(10);
    expect(made.rig.clock.idle).toBe(true);
    applications = 2;
    made.rig.clock.advanceBy(2 * SECOND);
    expect(made.vsp.status).toEqual({ contact: 'ok', applications: 2 });
  });

  it('does not take any answer for a beat', () => {
    const made = heartbeat();
    start(made, { ...heartbeatService(() => 1), request: () => 0 }); // sends the question back as it was
    made.rig.clock.advanceBy(20 * SECOND);
    expect(made.vsp.status.contact).toBe('noContact');
  });

  it('loses a guest that hangs, and finds it again', () => {
    const made = heartbeat();
    start(
      made,
      heartbeatService(() => 0),
    );
    const alive = made.rig.vp().onInterrupt(null); // nobody takes interrupts any more
    made.rig.clock.advanceBy(12 * SECOND);
    expect(made.vsp.status.contact).toBe('lostCommunication');
    alive.dispose();
    made.kernel.client.interrupt();
    made.rig.clock.advanceBy(MS);
    expect(made.changes).toEqual(['ok', 'lostCommunication', 'ok']);
  });

  it('is without contact again after the guest has unloaded', () => {
    const made = heartbeat();
    start(
      made,
      heartbeatService(() => 0),
    );
    made.kernel.client.unload();
    made.rig.clock.advanceBy(10 * SECOND);
    expect([made.vsp.status.contact, made.rig.clock.nextDue(), made.changes]).toEqual([
      'noContact',
      null,
      ['ok', 'noContact'],
    ]);
  });

  it('goes on after save and restore', () => {
    const made = heartbeat();
    start(
      made,
      heartbeatService(() => 1),
    );
    const saved = made.vsp.device.save();
    const twin = new HeartbeatVsp({ clock: new BusRig().clock });
    twin.device.restore(saved);
    expect([twin.status, twin.device.save()]).toEqual([made.vsp.status, saved]);
  });
});

describe('shutdown', () => {
  function shutdown(versions?: IcVersions) {
    const heard: string[] = [];
    const listener = {
      accepted: () => heard.push('accepted'),
      refused: (status: number) => heard.push(status.toString(16)),
    };
    const vsp = new ShutdownVsp({ listener, versions });
    return { ...bench(() => vsp), vsp, heard };
  }

  it('cannot be asked for while no driver is there', () => {
    const { vsp } = shutdown();
    expect([vsp.ready, vsp.request({ force: true })]).toEqual([false, false]);
  });

  it('is answered first and done then', () => {
    const made = shutdown();
    const done: unknown[] = [];
    const shutDown = (...wish: boolean[]): unknown => done.push([...wish, made.vsp.device.save().own.pending]);
    start(made, shutdownService({ accepts: () => true, shutDown }));
    expect(made.vsp.request({ force: true, message: 'bye' })).toBe(true);
    expect(made.vsp.request({ force: true })).toBe(false); // one at a time
    made.rig.clock.advanceBy(10 * MS);
    expect([made.heard, done]).toEqual([['accepted'], [[false, true, true]]]);
    expect(made.vsp.request({ force: false, restart: true })).toBe(true);
    made.rig.clock.advanceBy(10 * MS);
    expect(done.at(-1)).toEqual([true, false, true]);
  });

  it('is refused by a guest that is locked, unless forced', () => {
    const made = shutdown();
    const done: boolean[] = [];
    start(made, shutdownService({ accepts: (force) => force, shutDown: () => done.push(true) }));
    made.vsp.request({ force: false });
    made.rig.clock.advanceBy(10 * MS);
    expect([made.heard, done]).toEqual([['80004005'], []]);
  });

  it('cannot restart a guest whose messages are older', () => {
    const made = shutdown({ framework: [icVersion('3.0')], message: [icVersion('3.0')] });
    start(made, shutdownService({ accepts: () => true, shutDown: () => undefined }));
    expect([made.vsp.ready, made.vsp.canRestart, made.vsp.request({ force: true, restart: true })]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('time synchronisation', () => {
  it.each(['3.0', '4.0'])('sets the clock once and then sends samples, version %s', (version) => {
    const epoch = 133_000_000_000_000_000n;
    const taken: [bigint, boolean][] = [];
    const vsps: TimeSyncVsp[] = [];
    const versions = { framework: [icVersion('3.0')], message: [icVersion(version)] };
    const made = bench((rig) => {
      const hostTime = (): bigint => epoch + BigInt(Math.floor(rig.clock.now() / 100));
      const vsp = new TimeSyncVsp({ clock: rig.clock, hostTime, versions });
      vsps.push(vsp);
      return vsp;
    });
    start(
      made,
      timeSyncService((...sample) => taken.push(sample)),
    );
    made.rig.clock.advanceBy(20 * SECOND);
    expect(taken.map(([, isSync]) => isSync)).toEqual([true, false, false, false, false]);
    const [first, second] = taken;
    expect((second?.[0] ?? 0n) - (first?.[0] ?? 0n)).toBe(50_000_000n);
    expect(vsps[0]?.synchronise()).toBe(true);
    made.rig.clock.advanceBy(MS);
    expect(taken.at(-1)?.[1]).toBe(true);
  });
});

describe('a sample of the time with the reference time at which it was taken', () => {
  it('is put forward by what has passed since', () => {
    const taken: bigint[] = [];
    const body = TIME_SYNC_REFERENCE.encode({
      parentTime: 1_000n,
      referenceTime: 500n,
      flags: 1,
      leapFlags: 0,
      stratum: 2,
    });
    const sample = (reference: (() => bigint | null) | undefined, version: string): void =>
      void timeSyncService((time) => taken.push(time), reference).request(body, icVersion(version));
    sample(() => 750n, '4.0');
    sample(() => null, '4.0');
    sample(undefined, '4.0');
    expect(taken).toEqual([1_250n, 1_000n, 1_000n]);
  });
});
