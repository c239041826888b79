import { describe, expect, it } from 'vitest';
import { fixedSense } from '@engine/base/scsi/sense';
import { cdbs } from '@engine/guest/vsc/storvsc/cdb';
import { NtStatus, SrbStatus, VSTOR_VERSIONS, VstorOp, VstorVersion } from '@engine/vmbus/protocol/vstor';
import { MS } from '../../parent/rig';
import { ScriptedProvider, StorvscRig, type Answer } from './storvsc-rig';

type Rig = StorvscRig<ScriptedProvider>;

/** A machine whose provider answers `operation` so, and everything else as it should. */
function rigWith(operation: number, answer: Answer | null, vpCount = 1): Rig {
  const provider = new ScriptedProvider();
  provider.script = (asked) => (asked === operation ? answer : {});
  return new StorvscRig(provider, { vpCount });
}

const operations = ({ device }: Rig): number[] => device.heard.map(({ operation }) => operation);
const BEGIN = [VstorOp.BeginInitialization, VstorOp.QueryProtocolVersion, VstorOp.QueryProperties];

describe('the beginning of a storage driver, when the provider', () => {
  it.each([
    ['knows no version', VstorOp.QueryProtocolVersion, NtStatus.RevisionMismatch, 'version', 1 + VSTOR_VERSIONS.length],
    ['will not begin', VstorOp.BeginInitialization, NtStatus.InvalidDeviceState, 'refused', 1],
    ['does not say what it is', VstorOp.QueryProperties, NtStatus.NotSupported, 'refused', 3],
    ['will not end it', VstorOp.EndInitialization, NtStatus.InvalidDeviceState, 'refused', 4],
  ])('%s: fails, and gives everything back', (_name, operation, status, reason, asked) => {
    const rig = rigWith(operation, { status }).connect();
    const { used } = rig.kernel.pages;
    const early = rig.reads(1); // waits for the controller
    rig.driver.start();
    rig.clock.advanceBy(20 * MS);
    expect([rig.heard, operations(rig).length]).toEqual([[`failed ${reason}`], asked]);
    expect(rig.driver.take(early[0] ?? 0)).toMatchObject({ ok: false });
    expect(rig.left).toEqual({ channels: 1, gpadls: 0, pages: used });
    expect(rig.read()).toMatchObject({ ok: false, absent: true });
  });

  it.each(VSTOR_VERSIONS)('refuses what is newer than %i: takes that one', (newest) => {
    const rig = rigWith(0, {});
    rig.device.script = (operation, { payload }) => {
      const version = (payload[12] ?? 0) | ((payload[13] ?? 0) << 8);
      const isTooNew = operation === VstorOp.QueryProtocolVersion && version > newest;
      return isTooNew ? { status: NtStatus.RevisionMismatch } : {};
    };
    rig.boot();
    expect([rig.heard, rig.state.version]).toEqual([['up'], newest]);
    expect(operations(rig).length).toBe(4 + VSTOR_VERSIONS.indexOf(newest));
  });

  it.each([
    ['another operation', { operation: VstorOp.EnumerateBus }],
    ['less than a packet', { length: 16 }],
    ['next to nothing', { length: 4 }],
  ])('answers QUERY_PROPERTIES with %s: fails', (_name, answer) => {
    const rig = rigWith(VstorOp.QueryProperties, answer).boot();
    expect([rig.heard, operations(rig)]).toEqual([['failed refused'], BEGIN]);
  });

  it('refuses more channels: goes on with one', () => {
    const rig = rigWith(VstorOp.CreateSubChannels, { status: NtStatus.InvalidParameter }, 4);
    rig.device.maxChannels = 3;
    rig.boot();
    expect(operations(rig).at(-1)).toBe(VstorOp.CreateSubChannels);
    expect([rig.heard, rig.state.wanted, rig.state.subChannels]).toEqual([['up'], 0, []]);
    expect(rig.read()?.ok).toBe(true);
  });

  it('tells of channels without the flag for them: asks for none', () => {
    const rig = rigWith(0, {}, 4);
    Object.assign(rig.device, { maxChannels: 3, flags: 0 });
    rig.boot();
    expect([rig.heard, operations(rig)]).toEqual([['up'], [...BEGIN, VstorOp.EndInitialization]]);
  });
});

describe('a request, when the provider', () => {
  const rigAnswering = (answer: Answer | null): Rig => rigWith(VstorOp.ExecuteSrb, answer).boot();

  it.each([
    ['another id', { idLow: 0x1234 }],
    ['an id of 64 bits that ends like it', { idHigh: 1 }],
    ['the id of the beginning', { idLow: 0xffff_fffd }],
  ])('completes %s: counts it, and still waits for its own', (_name, answer) => {
    const rig = rigAnswering(answer);
    expect([rig.read(), rig.state.malformed, rig.state.active.length]).toEqual([null, 1, 1]);
    rig.device.script = () => ({});
    expect([rig.read()?.ok, rig.state.malformed]).toEqual([true, 1]);
  });

  it('completes it twice: the second time is counted', () => {
    const rig = rigAnswering({});
    const [ticket = 0] = rig.reads(1);
    rig.clock.advanceBy(MS);
    rig.device.script = () => ({ idLow: ticket });
    expect([rig.read(), rig.state.malformed, rig.driver.take(ticket)?.ok]).toEqual([null, 1, true]);
  });

  it('says that more came than was asked for: gives what there is room for, and counts it', () => {
    const rig = rigAnswering({ srb: { status: SrbStatus.Success, transferred: 0x10_0000 } });
    expect([rig.read()?.data.length, rig.state.malformed]).toEqual([4096, 1]);
  });

  it('says that less came: gives that', () => {
    const rig = rigAnswering({ srb: { status: SrbStatus.Success, transferred: 512 } });
    expect([rig.read()?.data.length, rig.state.malformed]).toEqual([512, 0]);
  });

  it('gives sense data of more bytes than there are: takes what there are', () => {
    const sense = fixedSense({ key: 3, asc: 0x11, ascq: 0 });
    const status = SrbStatus.Error | SrbStatus.AutosenseValid;
    const rig = rigAnswering({ srb: { status, scsi: 2, sense, senseLength: 255 } });
    expect(rig.read()).toMatchObject({ ok: false, sense: { key: 3, asc: 0x11, ascq: 0 } });
  });

  it.each([
    ['an error', { status: SrbStatus.Error }, { ok: false, absent: false }, 1, 0],
    ['an invalid request', { status: SrbStatus.InvalidRequest }, { ok: false, absent: false }, 1, 0],
    ['busy, for good', { status: SrbStatus.Busy }, { ok: false, absent: false }, 4, 0],
    ['an abort, for good', { status: SrbStatus.Aborted }, { ok: false, absent: false }, 4, 0],
    ['no unit', { status: SrbStatus.InvalidLun }, { ok: false, absent: true }, 1, 1],
    ['a busy unit', { status: SrbStatus.Success, scsi: 8 }, { ok: false, absent: false }, 1, 0],
    ['an overrun', { status: SrbStatus.DataOverrun, transferred: 4096 }, { ok: true, absent: false }, 1, 0],
  ])('says %s: ends so, with its buffer given back', (_name, srb, outcome, times, looks) => {
    const rig = rigAnswering({ srb });
    const { used } = rig.kernel.pages;
    expect(rig.read()).toMatchObject(outcome);
    expect(operations(rig).filter((operation) => operation === VstorOp.ExecuteSrb).length).toBe(times);
    expect([rig.heard.filter((what) => what === 'changed').length, rig.kernel.pages.used]).toEqual([looks, used]);
    expect(rig.state.failed).toBe(outcome.ok ? 0 : 1);
  });
});

describe('more requests than a ring has room for', () => {
  const COUNT = 3000;

  it('wait, and go out in order', () => {
    const rig = rigWith(0, {}).boot();
    const { used } = rig.kernel.pages;
    rig.device.asleep = true;
    const tickets = rig.reads(COUNT);
    rig.clock.advanceBy(MS);
    expect(rig.state.waiting.length).toBeGreaterThan(COUNT / 3);
    expect(rig.state.active.length + rig.state.waiting.length).toBe(COUNT);
    const head = rig.device.heard.length;
    rig.device.wake();
    rig.clock.advanceBy(20 * MS);
    expect(rig.device.heard.slice(head).map(({ id }) => id)).toEqual(tickets);
    expect(tickets.every((ticket) => rig.driver.take(ticket)?.ok)).toBe(true);
    expect(rig.kernel.pages.used).toBe(used);
  });

  it('fill all channels before they wait', () => {
    const rig = rigWith(0, {}, 4);
    rig.device.maxChannels = 3;
    rig.boot();
    rig.device.asleep = true;
    const tickets = rig.reads(COUNT);
    rig.clock.advanceBy(MS);
    expect(rig.state.waiting.length).toBe(0);
    const more = rig.reads(COUNT);
    expect(rig.state.waiting.length).toBeGreaterThan(0);
    rig.device.wake();
    rig.clock.advanceBy(20 * MS);
    expect([...tickets, ...more].every((ticket) => rig.driver.take(ticket)?.ok)).toBe(true);
    for (const channel of [0, 1, 2, 3]) {
      const ids = rig.device.heard.filter((one) => one.channel === channel && one.id <= 2 * COUNT).map(({ id }) => id);
      expect(ids).toEqual([...ids].sort((a, b) => a - b));
    }
  });
});

describe('a channel that is taken away with requests on it', () => {
  it('ends them in error, those that wait too, and nothing leaks', () => {
    const rig = rigWith(VstorOp.ExecuteSrb, null).connect();
    const { used } = rig.kernel.pages;
    rig.driver.start();
    rig.clock.advanceBy(20 * MS);
    const tickets = rig.reads(50);
    const write = rig.driver.submit({ lun: 0, cdb: cdbs.write(0, 1), room: 0, out: new Uint8Array(512) });
    rig.clock.advanceBy(MS);
    expect(rig.state.active.length).toBe(51);
    rig.server.remove(rig.device);
    rig.clock.advanceBy(5 * MS);
    const ends = [...tickets, write].map((ticket) => rig.driver.take(ticket));
    expect(ends.every((end) => end?.ok === false && end.absent)).toBe(true);
    expect([rig.heard, rig.state.failed, rig.driver.busy]).toEqual([['up', 'removed'], 51, false]);
    expect([rig.left, rig.clock.nextDue()]).toEqual([{ channels: 0, gpadls: 0, pages: used }, null]);
    expect([rig.read()?.ok, rig.state.version]).toEqual([false, VstorVersion.V6_2]);
  });
});
