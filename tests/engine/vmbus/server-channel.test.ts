import { beforeEach, describe, expect, it } from 'vitest';
import { readU32 } from '@engine/base/bytes';
import { Random } from '@engine/base/random';
import {
  bareMessage,
  encodeMessage,
  MessageType,
  MODIFY_CHANNEL,
  MODIFY_CHANNEL_RESPONSE,
  OPEN_RESULT,
  RELID_MESSAGE,
  TL_CONNECT_REQUEST,
  VmbusStatus,
} from '@engine/vmbus/protocol/messages';
import { VMBUS_VERSIONS, VmbusVersion } from '@engine/vmbus/protocol/versions';
import { BusRig, EchoDevice } from './rig';
import { ChannelRig } from './channel-rig';

const T = MessageType;

describe('a channel', () => {
  let rig: ChannelRig;

  beforeEach(() => {
    rig = new ChannelRig();
  });

  it('opens over a shared ring and closes again', () => {
    rig.shareRing();
    rig.guest.open(1, 5, 4, 77);
    expect(OPEN_RESULT.decode(rig.guest.take()[0] ?? new Uint8Array(0))).toEqual({ relid: 1, openId: 77, status: 0 });
    expect(rig.device.channel?.isOpen).toBe(true);
    rig.close();
    rig.tearDown(5);
    expect(rig.guest.types()).toEqual([T.GpadlTorndown]);
    expect(rig.device.heard).toEqual(['opened', 'closed']);
    expect(rig.server.save().gpadls).toEqual([]);
  });

  it('refuses to open twice, or by an unknown id, and lets the device refuse', () => {
    rig.shareRing();
    rig.guest.open(1, 5, 4);
    rig.guest.open(1, 5, 4);
    rig.guest.open(40, 5, 4);
    expect(rig.guest.take().map((message) => OPEN_RESULT.decode(message)?.status)).toEqual([
      0,
      VmbusStatus.Unsuccessful,
      VmbusStatus.Unsuccessful,
    ]);
    expect([rig.device.heard, rig.counters().unknownChannel]).toEqual([['opened'], 1]);
    rig.close();
    rig.device.refuses = true;
    rig.guest.open(1, 5, 4);
    expect([rig.lastStatus(OPEN_RESULT), rig.device.channel?.isOpen]).toEqual([VmbusStatus.Unsuccessful, false]);
  });

  it.each([
    ['an unknown GPADL', 99, 4],
    ['no send ring', 5, 0],
    ['a send ring without data', 5, 1],
    ['no receive ring', 5, 8],
    ['a receive ring without data', 5, 7],
    ['a split outside the buffer', 5, 0xffff_ffff],
  ])('refuses to open with %s', (_name, gpadl, split) => {
    rig.shareRing();
    rig.guest.open(1, gpadl, split);
    expect(rig.lastStatus(OPEN_RESULT)).toBe(VmbusStatus.Unsuccessful);
    expect([rig.device.heard, rig.counters().refusedOpens]).toEqual([[], 1]);
  });

  it('does not give the ring back while it is open: the answer waits for the close', () => {
    rig.shareRing();
    rig.guest.open(1, 5, 4);
    rig.guest.take();
    rig.tearDown(5);
    expect(rig.guest.types()).toEqual([]);
    rig.close();
    expect(rig.guest.types()).toEqual([T.GpadlTorndown]);
  });

  it('is rescinded with its device, and its id used again once released', () => {
    rig.shareRing();
    rig.guest.open(1, 5, 4);
    rig.guest.take();
    rig.server.remove(rig.device);
    expect([rig.device.heard, rig.guest.types()]).toEqual([['opened', 'closed'], [T.RescindChannelOffer]]);
    rig.server.add(new EchoDevice('echo-5'));
    expect(readU32(rig.guest.take()[0] ?? new Uint8Array(200), 184)).toBe(2);
    rig.close();
    rig.guest.post(encodeMessage(T.RelidReleased, RELID_MESSAGE, { relid: 1 }));
    expect(rig.server.save().gpadls).toEqual([]); // freed with the id
    rig.server.add(new EchoDevice('echo-6'));
    expect(readU32(rig.guest.take()[0] ?? new Uint8Array(200), 184)).toBe(1);
    expect(rig.counters()).toMatchObject({ outOfPlace: 0, unknownChannel: 0 });
  });

  it('frees the ids of removed devices when the guest begins anew', () => {
    rig.server.remove(rig.device);
    expect(rig.server.save().channels).toHaveLength(1);
    rig.guest.contact(VmbusVersion.V5_3);
    expect(rig.server.save().channels).toEqual([]);
  });

  it('keeps the id of a channel that lives', () => {
    rig.guest.post(encodeMessage(T.RelidReleased, RELID_MESSAGE, { relid: 1 }));
    rig.guest.post(encodeMessage(T.RelidReleased, RELID_MESSAGE, { relid: 9 }));
    expect(rig.counters()).toMatchObject({ outOfPlace: 0, unknownChannel: 1 });
    expect(rig.server.save().channels).toMatchObject([{ relid: 1, phase: 'closed' }]);
  });

  it('moves to another VP, acknowledged since 5.3', () => {
    rig.shareRing();
    rig.guest.open(1, 5, 4);
    rig.guest.take();
    const move = (targetVp: number): void =>
      void rig.guest.post(encodeMessage(T.ModifyChannel, MODIFY_CHANNEL, { relid: 1, targetVp }));
    move(1);
    move(2);
    expect(rig.guest.take().map((message) => MODIFY_CHANNEL_RESPONSE.decode(message)?.status)).toEqual([
      0,
      VmbusStatus.Unsuccessful,
    ]);
    expect(rig.server.save().channels[0]?.targetVp).toBe(1);
  });

  it('is gone after unload and after a second contact, and can be had again', () => {
    for (const leave of [() => rig.guest.post(bareMessage(T.Unload)), () => rig.guest.contact(VmbusVersion.V5_3)]) {
      rig.shareRing();
      rig.guest.open(1, 5, 4);
      rig.guest.take();
      leave();
      expect([rig.device.channel?.isOpen, rig.server.save().gpadls]).toEqual([false, []]);
      rig.offerAnew();
    }
    expect(rig.device.heard).toEqual(['opened', 'closed', 'opened', 'closed']);
  });

  it('answers an unload, and refuses connections of sockets', () => {
    const empty = new Uint8Array(16);
    rig.guest.post(encodeMessage(T.TlConnectRequest, TL_CONNECT_REQUEST, { endpoint: empty, service: empty }));
    const refusal = rig.guest.take()[0] ?? new Uint8Array(44);
    expect([readU32(refusal, 0), readU32(refusal, 40)]).toEqual([T.TlConnectResult, VmbusStatus.ConnectionRefused]);
    rig.guest.post(bareMessage(T.Unload));
    expect([rig.guest.types(), rig.server.connected]).toEqual([[T.UnloadResponse], false]);
  });

  it('forgets everything when the machine is reset', () => {
    rig.shareRing();
    rig.guest.open(1, 5, 4);
    rig.server.reset();
    rig.partition.reset();
    expect(rig.device.heard).toEqual(['opened', 'closed']);
    expect(rig.server.save()).toMatchObject({ connected: false, gpadls: [], outbox: [], offersRequested: false });
    expect(rig.clock.nextDue()).toBeNull();
  });

  it('counts signals for a channel that is not open', () => {
    rig.vp().hypercall(0x1_005dn, 0x2001n, 0n);
    expect([rig.counters().straySignals, rig.clock.nextDue()]).toEqual([1, null]);
  });

  it('keeps its wits under random messages', () => {
    const random = new Random(4711);
    for (let i = 0; i < 20_000; i++) {
      const message = random.bytes(random.below(241));
      message[0] = random.below(30);
      if (random.below(8) > 0) message.fill(0, 1, 8);
      for (const at of [8, 12])
        if (random.below(2) === 0) message.fill(0, at, at + 4).fill(random.below(4), at, at + 1);
      rig.guest.post(message, random.below(2) === 0 ? 1 : 4);
      if (random.below(4) === 0) rig.guest.take();
      if (random.below(50) === 0) rig.guest.contact(VMBUS_VERSIONS[random.below(VMBUS_VERSIONS.length)] ?? 0);
      if (random.below(100) === 0) rig.clock.advanceBy(1_000_000);
    }
    rig.guest.take();
    rig.guest.contact(VmbusVersion.V5_3);
    expect(rig.guest.types()).toEqual([T.VersionResponse]);
    expect(rig.server.save().gpadls).toEqual([]);
  });

  it('is the same after save and restore', () => {
    rig.shareRing();
    rig.guest.open(1, 5, 4);
    rig.server.add(new EchoDevice('echo-2')); // its offer waits in the slot
    const saved = {
      bus: rig.server.save(),
      partition: rig.partition.save(),
      memory: rig.memory.save(),
      clock: rig.clock.save(),
    };
    const other = new BusRig({ vpCount: 2 });
    const devices = [new EchoDevice(), new EchoDevice('echo-2')];
    for (const each of devices) other.server.add(each);
    other.clock.restore(saved.clock);
    other.memory.restore(saved.memory);
    other.partition.restore(saved.partition);
    other.server.restore(saved.bus);
    expect(other.server.save()).toEqual(saved.bus);
    expect([devices[0]?.channel?.isOpen, devices[1]?.channel?.isOpen]).toEqual([true, false]);
    expect(devices[0]?.channel?.gpadl(5)?.length).toBe(8 * 4096);
  });

  it('is rescinded when the device is missing after a restore', () => {
    rig.shareRing();
    rig.guest.open(1, 5, 4);
    rig.guest.take();
    const saved = { bus: rig.server.save(), partition: rig.partition.save(), memory: rig.memory.save() };
    const other = new BusRig({ vpCount: 2 });
    other.memory.restore(saved.memory);
    other.partition.restore(saved.partition);
    other.server.restore(saved.bus);
    expect(readU32(other.memory.read(0x2210, 12), 0)).toBe(T.RescindChannelOffer);
  });
});
