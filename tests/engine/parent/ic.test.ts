import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { fileCopyService } from '@engine/guest/vsc/ic/file-copy-service';
import { IcDriver, type IcGuestService } from '@engine/guest/vsc/ic/ic-driver';
import {
  backupService,
  heartbeatService,
  keyValueService,
  shutdownService,
  timeSyncService,
} from '@engine/guest/vsc/ic/services';
import { newIcDriver } from '@engine/guest/vsc/ic/state';
import { BackupVsp } from '@engine/parent/vsp/ic/backup';
import { FileCopyVsp } from '@engine/parent/vsp/ic/file-copy';
import { HeartbeatVsp } from '@engine/parent/vsp/ic/heartbeat';
import { KeyValuePairVsp } from '@engine/parent/vsp/ic/key-value-pair';
import { ShutdownVsp } from '@engine/parent/vsp/ic/shutdown';
import { TimeSyncVsp } from '@engine/parent/vsp/ic/time-sync';
import { IC_PROFILES, type IcProfile } from '@engine/parent/vsp/ic/versions';
import {
  decodeIc,
  decodeNegotiate,
  encodeIc,
  encodeNegotiate,
  icVersion,
  IcStatus,
  type IcVersions,
} from '@engine/vmbus/protocol/ic';
import { HEARTBEAT, kvpString, kvpText, TIME_SYNC_REFERENCE } from '@engine/vmbus/protocol/ic-bodies';
import { PacketType } from '@engine/vmbus/protocol/packet';
import type { VspDevice } from '@engine/vmbus/server/device';
import { BusRig, RecordingDriver, TestKernel } from '../vmbus/rig';
import { MS } from './rig';

const SECOND = 1_000 * MS;

interface Bench {
  readonly rig: BusRig;
  readonly kernel: TestKernel;
}

/** A machine with one component, not yet connected. */
function bench(make: (rig: BusRig) => { readonly device: VspDevice }): Bench {
  const rig = new BusRig();
  rig.server.add(make(rig).device);
  return { rig, kernel: new TestKernel(rig) };
}

/** The guest's half of it, connected and started. */
function start({ rig, kernel }: Bench, service: IcGuestService): IcDriver {
  const drivers: IcDriver[] = [];
  const bind = (relid: number): IcDriver => {
    const driver = new IcDriver({ client: kernel.client, relid, service, state: newIcDriver() });
    drivers.push(driver);
    return driver;
  };
  for (const type of CLASSES) kernel.bind(type, ({ relid }) => bind(relid).channel);
  kernel.client.connect();
  rig.clock.advanceBy(MS);
  const [driver] = drivers;
  if (!driver) throw new Error('the component was not offered');
  driver.channel.start();
  rig.clock.advanceBy(10 * MS);
  return driver;
}

const CLASSES = [
  '57164f39-9115-4e78-ab55-382f3bd5422d',
  '0e0b6031-5213-4934-818b-38d90ced39db',
  '9527e630-d0ae-497b-adce-e80ab0175caf',
  'a9a0f4e7-5a45-4d96-b827-8a841e8c03e6',
  '35fa2e29-ea23-4236-96ae-3a6ebacba440',
  '34d14be3-dee4-41c8-9ae7-6b174977c192',
];

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

describe('data exchange', () => {
  it('reads what the guest reports, and reads it again', () => {
    let items: [string, string][] = [
      ['FullyQualifiedDomainName', 'web01'],
      ['NetworkAddressIPv4', '10.0.0.7;192.168.1.2'],
    ];
    let changes = 0;
    const vsps: KeyValuePairVsp[] = [];
    const made = bench((rig) => {
      const vsp = new KeyValuePairVsp({ clock: rig.clock, changed: () => changes++ });
      vsps.push(vsp);
      return vsp;
    });
    const [vsp] = vsps;
    start(
      made,
      keyValueService(() => items),
    );
    expect([vsp?.valueOf('FullyQualifiedDomainName'), vsp?.ipv4, changes]).toEqual([
      'web01',
      ['10.0.0.7', '192.168.1.2'],
      1,
    ]);
    made.rig.clock.advanceBy(30 * SECOND);
    expect(changes).toBe(1);
    items = [['OSName', 'Ñandú 1.0']];
    made.rig.clock.advanceBy(10 * SECOND);
    expect([vsp?.items, changes]).toEqual([[{ key: 'OSName', value: 'Ñandú 1.0' }], 2]);
    made.kernel.client.unload();
    made.rig.clock.advanceBy(SECOND);
    expect([vsp?.items, changes, made.rig.clock.nextDue()]).toEqual([[], 3, null]);
  });

  it('does not ask for ever when the list never ends', () => {
    const made = bench((rig) => new KeyValuePairVsp({ clock: rig.clock }));
    let asked = 0;
    const endless = new Proxy<(readonly [string, string])[]>([], { get: () => (asked++, ['k', 'v'] as const) });
    start(
      made,
      keyValueService(() => endless),
    );
    made.rig.clock.advanceBy(9 * SECOND);
    expect(asked).toBeLessThan(300);
  });
});

describe('negotiation of components', () => {
  const agreed = (host: IcVersions, guest: IcVersions): string | null => {
    const made = bench(
      () => new ShutdownVsp({ listener: { accepted: () => undefined, refused: () => undefined }, versions: host }),
    );
    const service = shutdownService({ accepts: () => true, shutDown: () => undefined });
    const driver = start(made, { ...service, versions: guest });
    const { message } = driver.save();
    return message && `${message.major}.${message.minor}`;
  };
  const all = (...message: string[]): IcVersions => ({
    framework: [icVersion('3.0'), icVersion('1.0')],
    message: message.map(icVersion),
  });

  it('takes the newest that both have', () => {
    expect(agreed(all('3.2', '3.1', '3.0', '1.0'), all('3.1', '1.0'))).toBe('3.1');
    expect(agreed(all('1.0'), all('3.2', '3.0', '1.0'))).toBe('1.0');
    expect(agreed(all('3.0'), all('1.0'))).toBeNull();
  });

  it.each(Object.entries(IC_PROFILES))('%s agrees with a guest of today', (_host, profile: IcProfile) => {
    const made = bench((rig) => new HeartbeatVsp({ clock: rig.clock, versions: profile.heartbeat }));
    const driver = start(
      made,
      heartbeatService(() => 0),
    );
    expect(driver.save().phase).toBe('ready');
  });

  it.each([
    [
      'a version that was not offered',
      [
        { major: 3, minor: 0 },
        { major: 9, minor: 9 },
      ],
    ],
    [
      'a framework that was not offered',
      [
        { major: 9, minor: 9 },
        { major: 3, minor: 0 },
      ],
    ],
  ])('gives a guest up that chooses %s', (_name, [framework, message]) => {
    const vsp = new ShutdownVsp({ listener: { accepted: () => undefined, refused: () => undefined } });
    const { rig, kernel } = bench(() => vsp);
    const driver = new RecordingDriver();
    kernel.bind(CLASSES[1] ?? '', () => driver);
    kernel.client.connect();
    rig.clock.advanceBy(MS);
    kernel.client.openChannel(1, { sendPages: 4, receivePages: 4 });
    rig.clock.advanceBy(MS);
    const question = decodeIc(driver.payloads[0] ?? new Uint8Array(0));
    if (!question || !framework || !message) throw new Error('no negotiation');
    const chosen = encodeNegotiate({ framework: [framework], message: [message] });
    const payload = encodeIc({ ...question.header, flags: 5 }, chosen);
    kernel.client.channel(1)?.send({ type: PacketType.InBand, idLow: 1, payload });
    rig.clock.advanceBy(MS);
    expect(vsp.device.save().phase).toBe('refused');
  });

  it('survives a guest that answers nonsense', () => {
    const vsp = new ShutdownVsp({ listener: { accepted: () => expect.fail('accepted'), refused: () => undefined } });
    const { rig, kernel } = bench(() => vsp);
    const driver = new RecordingDriver();
    kernel.bind(CLASSES[1] ?? '', () => driver);
    kernel.client.connect();
    rig.clock.advanceBy(MS);
    kernel.client.openChannel(1, { sendPages: 4, receivePages: 4 });
    rig.clock.advanceBy(MS);
    const question = decodeIc(driver.payloads[0] ?? new Uint8Array(0));
    expect(decodeNegotiate(question?.body ?? new Uint8Array(0))?.message.map(({ minor }) => minor)).toEqual([
      2, 1, 0, 0,
    ]);
    const random = new Random(8);
    for (let i = 0; i < 3_000; i++) {
      const payload = random.bytes(random.below(120));
      if (random.below(2) === 0 && payload.length >= 28) payload.set([1, 0, 0, 0, payload.length - 8, 0, 0, 0], 0);
      if (random.below(2) === 0 && payload.length >= 28) payload.set([random.below(5), 0], 12);
      kernel.client.channel(1)?.send({ type: PacketType.InBand, idLow: i, payload });
      if (i % 10 === 0) rig.clock.advanceBy(MS);
    }
    rig.clock.advanceBy(MS);
    expect([vsp.ready, rig.server.save().counters.ringFaults]).toEqual([false, 0]);
  });
});

describe('data exchange, both ways', () => {
  it('tells the guest about its host, keeps what an administrator sets, and hears what programs have', () => {
    const pools = new Map<number, Map<string, string>>([[1, new Map([['Build', '42']])]]);
    const of = (pool: number): Map<string, string> =>
      pools.get(pool) ?? pools.set(pool, new Map()).get(pool) ?? new Map();
    const store = {
      list: (pool: number) => [...of(pool)],
      set: (pool: number, key: string, value: string) => key !== 'refuse' && of(pool).set(key, value).size > 0,
      remove: (pool: number, key: string) => of(pool).delete(key),
    };
    const hostItems = [['HostName', 'HV2022']] as const;
    const vsps: KeyValuePairVsp[] = [];
    const made = bench((rig) => {
      const vsp = new KeyValuePairVsp({ clock: rig.clock, hostItems });
      vsps.push(vsp);
      return vsp;
    });
    const [vsp] = vsps;
    vsp?.setExternal('Before', 'the guest was there');
    start(
      made,
      keyValueService(() => [['OSName', 'Test']], store),
    );
    made.rig.clock.advanceBy(SECOND);
    expect([...of(3), ...of(0)]).toEqual([
      ['HostName', 'HV2022'],
      ['Before', 'the guest was there'],
    ]);
    expect([vsp?.items, vsp?.guestItems]).toEqual([
      [{ key: 'OSName', value: 'Test' }],
      [{ key: 'Build', value: '42' }],
    ]);
    vsp?.setExternal('Role', 'web server ñ');
    vsp?.setExternal('Before', null);
    vsp?.setExternal('refuse', 'me');
    made.rig.clock.advanceBy(SECOND);
    expect([...of(0)]).toEqual([['Role', 'web server ñ']]);
    expect(vsp?.device.inspect()).toMatchObject({ refused: 1 });
  });
});

describe('backup', () => {
  const backup = (canFreeze: boolean) => {
    const heard: string[] = [];
    const vsp: BackupVsp = new BackupVsp({ frozen: () => heard.push('frozen'), failed: () => heard.push('failed') });
    const made = bench(() => vsp);
    const handler = { freeze: () => (heard.push('writes stop'), canFreeze), thaw: () => heard.push('writes go on') };
    return { ...made, vsp, heard, service: backupService(handler) };
  };

  it('has the guest hold still until the copy is made', () => {
    const made = backup(true);
    expect(made.vsp.freeze()).toBe(false); // nobody is there
    start(made, made.service);
    expect(made.vsp.freeze()).toBe(true);
    expect(made.vsp.freeze()).toBe(false);
    made.rig.clock.advanceBy(SECOND);
    expect([made.vsp.phase, made.heard]).toEqual(['frozen', ['writes stop', 'frozen']]);
    expect(made.vsp.thaw()).toBe(true);
    made.rig.clock.advanceBy(SECOND);
    expect([made.vsp.phase, made.heard.at(-1)]).toEqual(['idle', 'writes go on']);
    expect(made.vsp.device.inspect()).toMatchObject({ done: 1, refused: 0 });
  });

  it('ends when the guest cannot, or goes away meanwhile', () => {
    const made = backup(false);
    start(made, made.service);
    made.vsp.freeze();
    made.rig.clock.advanceBy(SECOND);
    expect([made.vsp.phase, made.heard.at(-1)]).toEqual(['idle', 'failed']);
    const other = backup(true);
    const driver = start(other, other.service);
    other.vsp.freeze();
    other.rig.clock.advanceBy(SECOND);
    driver.channel.stop();
    other.rig.clock.advanceBy(SECOND);
    expect([other.vsp.phase, other.heard.at(-1)]).toEqual(['idle', 'failed']);
  });
});

describe('file copy', () => {
  it('brings every byte, one answered piece after the other, and ends when the guest refuses one', () => {
    const ends: number[] = [];
    const vsp = new FileCopyVsp({ finished: (status) => ends.push(status) });
    const made = bench(() => vsp);
    const heard: string[] = [];
    const got = new Uint8Array(20_000);
    let room = Infinity;
    const service = fileCopyService({
      begin: (folder, name, bytes, overwrite) => {
        heard.push(`${folder} ${name} ${bytes}`);
        return overwrite ? IcStatus.Ok : IcStatus.AlreadyExists;
      },
      verdict: () => null,
      write: (offset, data) => {
        if (offset + data.length > room) return IcStatus.DiskFull;
        got.set(data, offset);
        return IcStatus.Ok;
      },
      complete: () => (heard.push('complete'), IcStatus.Ok),
      cancel: () => (heard.push('cancel'), IcStatus.Ok),
    });
    const file = { folder: 'C:\\Temp', name: 'año.txt', bytes: new Random(9).bytes(20_000), overwrite: true };
    expect(vsp.copy(file)).toBe(false);
    start(made, service);
    expect([vsp.copy(file), vsp.copy(file)]).toEqual([true, false]);
    made.rig.clock.advanceBy(SECOND);
    expect([heard, ends]).toEqual([['C:\\Temp año.txt 20000', 'complete'], [0]]);
    expect(got).toEqual(file.bytes);
    room = 10_000;
    vsp.copy(file);
    made.rig.clock.advanceBy(SECOND);
    expect([heard.at(-1), ends]).toEqual(['cancel', [0, 0x8007_0070]]);
    vsp.copy({ ...file, overwrite: false });
    made.rig.clock.advanceBy(SECOND);
    expect([heard.at(-1), ends.at(-1)]).toEqual(['C:\\Temp año.txt 20000', 0x8007_0050]); // nothing to take back
  });
});

describe('forms of components', () => {
  it('keep messages whole, and refuse sizes that leave the packet', () => {
    const header = {
      frameworkMajor: 3,
      frameworkMinor: 0,
      type: 1,
      messageMajor: 3,
      messageMinor: 0,
      status: 5,
      transaction: 9,
      flags: 3,
    };
    const payload = encodeIc(header, HEARTBEAT.encode({ sequence: 7n, applicationState: 1 }));
    expect(payload.length).toBe(8 + 20 + 40);
    const back = decodeIc(payload);
    expect([back?.header, HEARTBEAT.decode(back?.body ?? new Uint8Array(0))]).toEqual([
      { ...header, size: 40 },
      { sequence: 7n, applicationState: 1 },
    ]);
    payload[18] = 41; // the IC header's size
    expect(decodeIc(payload)).toBeNull();
    payload[18] = 40;
    payload[4] = 61; // the pipe header's
    expect(decodeIc(payload)).toBeNull();
  });

  it('write keys and values as UTF-16 with a NUL', () => {
    const bytes = kvpText('añ');
    expect([...bytes]).toEqual([0x61, 0, 0xf1, 0, 0, 0]);
    expect([kvpString(bytes, 6), kvpString(bytes, 2), kvpString(bytes, 4_000)]).toEqual(['añ', 'a', 'añ']);
  });
});
