import { describe, expect, it } from 'vitest';
import { readU32, writeU32 } from '@engine/base/bytes';
import {
  NVSP_INIT,
  NVSP_RECEIVE_BUFFER_COMPLETE,
  NVSP_SEND_BUFFER_COMPLETE,
  NvspStatus,
  NvspType,
  NVSP_VERSIONS,
} from '@engine/vmbus/protocol/nvsp';
import { Oid } from '@engine/vmbus/protocol/oid';
import { RndisStatus, RndisType } from '@engine/vmbus/protocol/rndis';
import { frame, MAC, MS, NetRig, OTHER, texts, type NetRigOptions } from '../../parent/rig';
import { oidOf, ScriptedNetvsp, type Script } from './scripted-netvsp';

/** What the bus driver keeps: the hypervisor's four pages and two for monitors. */
const BUS_PAGES = 7;

const rigOf = (script: Script, options: NetRigOptions = {}) => {
  const device = new ScriptedNetvsp(script);
  return { device, rig: new NetRig({ device, ...options }).boot() };
};

/** `good` with another word at `at`, when the guest's message was of `type`. */
const changing =
  (type: number, at: number, value: number): Script['nvsp'] =>
  (asked, good) => {
    if (good && asked === type) writeU32(good, at, value);
    return good;
  };

/** Nothing of the driver's is left, neither with the guest nor with the host. */
const expectGone = (rig: NetRig, failure: string): void => {
  expect([rig.heard, rig.state.phase, rig.state.failure]).toEqual([[`failed ${failure}`], 'failed', failure]);
  expect([rig.kernel.pages.used, rig.server.save().gpadls]).toEqual([BUS_PAGES, []]);
  expect([rig.driver.linkUp, rig.links]).toEqual([false, []]);
};

describe('a provider that refuses the network driver', () => {
  it('refuses every version: each is tried once, newest first, then the driver gives up', () => {
    const versions: number[] = [];
    const { rig } = rigOf({
      nvsp: (type, good, message) => {
        if (good && type === NvspType.Init) versions.push(NVSP_INIT.decode(message)?.maxVersion ?? 0);
        if (good) writeU32(good, 12, NvspStatus.ProtocolTooNew);
        return good;
      },
    });
    expect(versions).toEqual(NVSP_VERSIONS);
    expectGone(rig, 'version');
  });

  const receive = NVSP_RECEIVE_BUFFER_COMPLETE.fields;
  const send = NVSP_SEND_BUFFER_COMPLETE.fields;

  it.each([
    ['the receive buffer', NvspType.SendReceiveBuffer, receive.status.offset, NvspStatus.Failure],
    ['more sections than one', NvspType.SendReceiveBuffer, receive.sectionCount.offset, 2],
    ['a section that does not begin the buffer', NvspType.SendReceiveBuffer, receive.offset.offset, 64],
    ['sub-allocations beyond the buffer', NvspType.SendReceiveBuffer, receive.subAllocationCount.offset, 38],
    ['sub-allocations too small', NvspType.SendReceiveBuffer, receive.subAllocationSize.offset, 67],
    ['the send buffer', NvspType.SendSendBuffer, send.status.offset, NvspStatus.Failure],
    ['sections of nothing', NvspType.SendSendBuffer, send.sectionSize.offset, 0],
    ['sections too small for a frame', NvspType.SendSendBuffer, send.sectionSize.offset, 67],
  ])('answers with %s: the driver lets go', (_name, type, at, value) => {
    const { rig } = rigOf({ nvsp: changing(type, at, value) });
    expectGone(rig, 'buffer');
  });

  it.each([
    ['version', NvspType.Init],
    ['buffer', NvspType.SendReceiveBuffer],
    ['buffer', NvspType.SendSendBuffer],
  ])('cuts its answer short (%s, %i): a refusal, and counted', (failure, type) => {
    const { rig } = rigOf({ nvsp: (asked, good) => (asked === type && good ? good.slice(0, 8) : good) });
    expectGone(rig, failure);
    expect(rig.state.malformed).toBeGreaterThan(0);
  });

  it('has sections larger than the whole buffer: frames go from pages of their own', () => {
    const { rig, device } = rigOf({ nvsp: changing(NvspType.SendSendBuffer, send.sectionSize.offset, 0x1_0000) });
    expect(rig.heard).toEqual(['up']);
    const { used } = rig.kernel.pages;
    const sent = Array.from({ length: 5 }, (_, i) => frame(OTHER, MAC, 300, i));
    sent.forEach((bytes) => rig.driver.send(bytes));
    rig.clock.advanceBy(MS);
    expect(texts(device.frames)).toEqual(texts(sent));
    expect(new Set(device.sections)).toEqual(new Set([0xffff_ffff]));
    expect([rig.state.direct, rig.kernel.pages.used, rig.state.waiting]).toEqual([[], used, []]);
  });

  it('does not open the channel', () => {
    const { rig } = rigOf({ opens: () => false });
    expectGone(rig, 'open');
  });

  it.each([
    ['INITIALIZE', 0],
    ['PERMANENT_ADDRESS', Oid.PermanentAddress],
    ['OFFLOAD_CAPABILITIES', Oid.OffloadCapabilities],
    ['CURRENT_PACKET_FILTER', Oid.CurrentPacketFilter],
  ])('refuses %s, which no adapter is without', (_name, oid) => {
    const { rig } = rigOf({
      rndis: (message, good) => {
        if (oidOf(message) === oid) writeU32(good, 12, RndisStatus.NotSupported);
        return good;
      },
    });
    expectGone(rig, 'rndis');
  });

  it.each([
    ['MAXIMUM_FRAME_SIZE', Oid.MaximumFrameSize],
    ['FRIENDLY_NAME', Oid.FriendlyName],
    ['LINK_SPEED', Oid.LinkSpeed],
    ['OFFLOAD_PARAMETERS', Oid.OffloadParameters],
    ['RECEIVE_SCALE_CAPABILITIES', Oid.ReceiveScaleCapabilities],
  ])('does not know %s: the driver does without', (_name, oid) => {
    const { rig, device } = rigOf({
      rndis: (message, good) => {
        if (oidOf(message) === oid) writeU32(good, 12, RndisStatus.NotSupported);
        return good;
      },
    });
    expect([rig.heard, rig.state.mtu, rig.state.receiveQueues]).toEqual([['up'], 1500, 1]);
    rig.driver.send(frame(OTHER, MAC, 100));
    rig.clock.advanceBy(MS);
    expect(device.frames.length).toBe(1);
  });

  it('has an address of four bytes', () => {
    const { rig } = rigOf({
      rndis: (message, good) => {
        if (oidOf(message) === Oid.PermanentAddress) writeU32(good, 16, 4);
        return good;
      },
    });
    expectGone(rig, 'rndis');
  });

  it('answers INITIALIZE with HALT, then with too few bytes, then not at all: the driver waits until it is told to give up', () => {
    const halts = (message: Uint8Array, good: Uint8Array): Uint8Array | null => {
      if (readU32(message, 0) !== RndisType.Initialize) return good;
      const halt = good.slice(0, 16);
      writeU32(halt, 0, RndisType.Halt);
      writeU32(halt, 4, 16);
      return halt;
    };
    const short = (_message: Uint8Array, good: Uint8Array): Uint8Array => {
      writeU32(good, 4, 12);
      return good.slice(0, 12);
    };
    for (const rndis of [halts, short, () => null]) {
      const { rig } = rigOf({ rndis });
      expect([rig.heard, rig.state.phase, rig.state.malformed]).toEqual([[], 'rndis', rndis.length > 0 ? 1 : 0]);
      rig.driver.giveUp();
      rig.clock.advanceBy(5 * MS);
      expectGone(rig, 'silent');
    }
  });

  it('is given up before the channel has opened: what opens late is closed again', () => {
    const device = new ScriptedNetvsp();
    const rig = new NetRig({ device });
    rig.kernel.client.connect();
    rig.clock.advanceBy(MS);
    rig.driver.start();
    rig.driver.giveUp();
    rig.clock.advanceBy(5 * MS);
    expectGone(rig, 'silent');
    expect([device.asked, rig.server.save().channels.map(({ phase }) => phase)]).toEqual([[], ['closed']]);
  });

  it('has refused once: the driver comes up when it is started again', () => {
    let refusals = 1;
    const nvsp: Script['nvsp'] = (type, good) => {
      if (good && type === NvspType.SendReceiveBuffer && refusals-- > 0) writeU32(good, 4, NvspStatus.Failure);
      return good;
    };
    const { rig } = rigOf({ nvsp });
    expectGone(rig, 'buffer');
    rig.driver.start();
    rig.clock.advanceBy(10 * MS);
    expect([rig.heard, rig.state.failure, rig.links]).toEqual([['failed buffer', 'up'], 'none', [true]]);
  });
});
