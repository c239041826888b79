import { beforeEach, describe, expect, it } from 'vitest';
import { readU32 } from '@engine/base/bytes';
import { Random } from '@engine/base/random';
import {
  bareMessage,
  encodeMessage,
  GPADL_CREATED,
  GPADL_TEARDOWN,
  MessageType,
  MODIFY_CHANNEL,
  MODIFY_CHANNEL_RESPONSE,
  OFFER_CHANNEL,
  OPEN_RESULT,
  RELID_MESSAGE,
  TL_CONNECT_REQUEST,
  VERSION_RESPONSE,
  VmbusStatus,
} from '@engine/vmbus/protocol/messages';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import { guidText } from '@engine/vmbus/protocol/guid';
import { VMBUS_VERSIONS, VmbusVersion } from '@engine/vmbus/protocol/versions';
import { BusRig, EchoDevice, TinyGuest } from './rig';

const T = MessageType;
const pages = (count: number, first = 0x1000): number[] => Array.from({ length: count }, (_, i) => first + i);

describe('negotiation', () => {
  it.each(VMBUS_VERSIONS.map((version) => [version.toString(16), version] as const))(
    'host up to %s',
    (_name, maxVersion) => {
      const rig = new BusRig({ maxVersion });
      const guest = new TinyGuest(rig);
      const answers = VMBUS_VERSIONS.map((version) => {
        if (guest.contact(version) !== 0) return null; // no such connection: the host is older than 5.0
        return VERSION_RESPONSE.decode(guest.take()[0] ?? new Uint8Array(0))?.supported;
      });
      const isOld = maxVersion < VmbusVersion.V5_0;
      expect(answers).toEqual(
        VMBUS_VERSIONS.map((v) => (isOld && v >= VmbusVersion.V5_0 ? null : v <= maxVersion ? 1 : 0)),
      );
      expect(rig.server.version).toBe(VmbusVersion.V0_13);
    },
  );

  it('refuses a version that never was, and stays unconnected', () => {
    const rig = new BusRig();
    const guest = new TinyGuest(rig);
    guest.contact(0x0003_0007);
    expect(VERSION_RESPONSE.decode(guest.take()[0] ?? new Uint8Array(0))?.supported).toBe(0);
    guest.post(bareMessage(T.RequestOffers));
    expect([guest.types(), rig.server.version, rig.server.save().counters.outOfPlace]).toEqual([[], null, 1]);
  });

  it('names the connection for later messages from 5.0 on, the version before', () => {
    const guest = new TinyGuest(new BusRig());
    const connection = (version: number): number | undefined => {
      guest.contact(version);
      return VERSION_RESPONSE.decode(guest.take()[0] ?? new Uint8Array(0))?.messageConnection;
    };
    expect([connection(VmbusVersion.V5_2), connection(VmbusVersion.V3_0)]).toEqual([1, VmbusVersion.V3_0]);
  });
});

describe('offers', () => {
  it('come once, in order, when asked for, and end with a mark', () => {
    const rig = new BusRig();
    rig.server.add(new EchoDevice('echo-1', DeviceClass.Network));
    rig.server.add(new EchoDevice('echo-2', DeviceClass.Scsi));
    const guest = new TinyGuest(rig);
    guest.contact(VmbusVersion.V5_3);
    expect(guest.types()).toEqual([T.VersionResponse]);
    guest.post(bareMessage(T.RequestOffers));
    const [first, second, last] = guest.take();
    const offers = [first, second].map((message) => OFFER_CHANNEL.decode(message ?? new Uint8Array(0)));
    expect(
      offers.map(
        (offer) => offer && [offer.relid, guidText(offer.interfaceType), offer.dedicatedInterrupt, offer.connectionId],
      ),
    ).toEqual([
      [1, DeviceClass.Network, 1, 0x2001],
      [2, DeviceClass.Scsi, 1, 0x2002],
    ]);
    expect(readU32(last ?? new Uint8Array(4), 0)).toBe(T.AllOffersDelivered);
    guest.post(bareMessage(T.RequestOffers));
    expect([guest.types(), rig.server.save().counters.outOfPlace]).toEqual([[], 1]);
  });

  it('of an old connection share connection 2', () => {
    const rig = new BusRig();
    rig.server.add(new EchoDevice());
    const guest = new TinyGuest(rig);
    guest.contact(VmbusVersion.V1_1);
    guest.post(bareMessage(T.RequestOffers));
    const offer = OFFER_CHANNEL.decode(guest.take()[1] ?? new Uint8Array(0));
    expect([offer?.dedicatedInterrupt, offer?.connectionId]).toEqual([0, 2]);
  });

  it('come by themselves for a device added later', () => {
    const rig = new BusRig();
    const guest = new TinyGuest(rig);
    guest.contact(VmbusVersion.V4_0);
    rig.server.add(new EchoDevice('echo-1'));
    guest.take();
    guest.post(bareMessage(T.RequestOffers));
    guest.take();
    rig.server.add(new EchoDevice('echo-2'));
    expect(guest.types()).toEqual([T.OfferChannel]);
  });

  it('reach a guest that reads slowly, hundreds of them, in order', () => {
    const rig = new BusRig();
    for (let i = 0; i < 300; i++) rig.server.add(new EchoDevice(`echo-${i}`));
    const guest = new TinyGuest(rig);
    guest.contact(VmbusVersion.V5_3);
    guest.post(bareMessage(T.RequestOffers));
    expect(guest.post(bareMessage(T.RequestOffers))).toBe(0x13); // no room for more questions before it reads
    const relids = guest
      .take()
      .slice(1, -1)
      .map((message) => readU32(message, 184));
    expect(relids).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    expect(guest.post(bareMessage(T.RequestOffers))).toBe(0);
  });
});

describe('a channel', () => {
  let rig: BusRig;
  let guest: TinyGuest;
  let device: EchoDevice;

  beforeEach(() => {
    rig = new BusRig({ vpCount: 2 });
    device = new EchoDevice();
    rig.server.add(device);
    guest = new TinyGuest(rig);
    guest.contact(VmbusVersion.V5_3);
    guest.post(bareMessage(T.RequestOffers));
    guest.take();
  });

  const counters = (): Readonly<Record<string, number>> => ({ ...rig.server.save().counters });
  const lastStatus = (layout: typeof OPEN_RESULT | typeof GPADL_CREATED): number | undefined =>
    layout.decode(guest.take().at(-1) ?? new Uint8Array(0))?.status;

  function shareRing(gpadl = 5, count = 8): void {
    guest.gpadl(1, gpadl, pages(count));
    expect(lastStatus(GPADL_CREATED)).toBe(0);
  }

  it('opens over a shared ring and closes again', () => {
    shareRing();
    guest.open(1, 5, 4, 77);
    expect(OPEN_RESULT.decode(guest.take()[0] ?? new Uint8Array(0))).toEqual({ relid: 1, openId: 77, status: 0 });
    expect(device.channel?.isOpen).toBe(true);
    guest.post(encodeMessage(T.CloseChannel, RELID_MESSAGE, { relid: 1 }));
    guest.post(encodeMessage(T.GpadlTeardown, GPADL_TEARDOWN, { relid: 1, gpadl: 5 }));
    expect(guest.types()).toEqual([T.GpadlTorndown]);
    expect(device.heard).toEqual(['opened', 'closed']);
    expect(rig.server.save().gpadls).toEqual([]);
  });

  it('takes a GPADL of any size, up to what a header can announce', () => {
    for (const [gpadl, count] of [
      [1, 1],
      [2, 26],
      [3, 27],
      [4, 54],
      [5, 55],
      [6, 4096],
      [7, 8190],
    ] as const) {
      guest.gpadl(1, gpadl, pages(count, 0x100));
      expect(lastStatus(GPADL_CREATED)).toBe(0);
      expect(device.channel?.gpadl(gpadl)?.length).toBe(count * 4096);
    }
  });

  it('sees a GPADL as one linear buffer, offset and scattered pages included', () => {
    guest.gpadl(1, 9, [0x1003, 0x1001, 0x1007], 0x2800, 0x300);
    const view = device.channel?.gpadl(9);
    expect(view?.length).toBe(0x2800);
    view?.write(0xcfc, new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]));
    expect([...rig.memory.read(0x100_3ffc, 4), ...rig.memory.read(0x100_1000, 4)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...(view?.read(0xcfa, 8) ?? [])]).toEqual([0, 0, 1, 2, 3, 4, 5, 6]);
  });

  it.each([
    ['no pages', [], 0, 0],
    ['more bytes than pages', [0x1000], 8192, 0],
    ['fewer bytes than pages', [0x1000, 0x1001], 4096, 0],
    ['an offset beyond a page', [0x1000, 0x1001], 4096, 4096],
    ['a page that is not RAM', [0x1000, 0x10_0000], 8192, 0],
    ['a page number beyond all memory', [2 ** 45], 4096, 0],
  ] as const)('refuses a GPADL with %s', (_name, pfns, bytes, offset) => {
    guest.gpadl(1, 5, pfns, bytes, offset);
    expect(lastStatus(GPADL_CREATED)).toBe(VmbusStatus.Unsuccessful);
    expect([rig.server.save().gpadls, counters().badGpadl]).toEqual([[], 1]);
  });

  it('refuses a GPADL id that is in use, an unknown channel, and too much memory', () => {
    shareRing();
    guest.gpadl(1, 5, pages(2));
    expect(lastStatus(GPADL_CREATED)).toBe(VmbusStatus.Unsuccessful);
    guest.gpadl(33, 6, pages(2));
    expect(lastStatus(GPADL_CREATED)).toBe(VmbusStatus.Unsuccessful);
    const small = new BusRig({ gpadlLimit: 0x10_000 });
    small.server.add(new EchoDevice());
    const other = new TinyGuest(small);
    other.contact(VmbusVersion.V5_3);
    other.gpadl(1, 1, pages(10));
    other.gpadl(1, 2, pages(10));
    expect(
      other
        .take()
        .slice(1)
        .map((message) => GPADL_CREATED.decode(message)?.status),
    ).toEqual([0, VmbusStatus.Unsuccessful]);
  });

  it('ignores a body without a header, and pages beyond the announced ones', () => {
    guest.post(new Uint8Array([T.GpadlBody, ...new Array<number>(31).fill(0)]));
    expect([guest.types(), counters().unknownGpadl]).toEqual([[], 1]);
  });

  it.each([
    ['an unknown GPADL', 99, 4],
    ['no send ring', 5, 0],
    ['a send ring without data', 5, 1],
    ['no receive ring', 5, 8],
    ['a receive ring without data', 5, 7],
    ['a split outside the buffer', 5, 0xffff_ffff],
  ])('refuses to open with %s', (_name, gpadl, split) => {
    shareRing();
    guest.open(1, gpadl, split);
    expect(lastStatus(OPEN_RESULT)).toBe(VmbusStatus.Unsuccessful);
    expect([device.heard, counters().refusedOpens]).toEqual([[], 1]);
  });

  it('refuses to open twice, or by an unknown id, and lets the device refuse', () => {
    shareRing();
    guest.open(1, 5, 4);
    guest.open(1, 5, 4);
    guest.open(40, 5, 4);
    expect(guest.take().map((message) => OPEN_RESULT.decode(message)?.status)).toEqual([
      0,
      VmbusStatus.Unsuccessful,
      VmbusStatus.Unsuccessful,
    ]);
    expect([device.heard, counters().unknownChannel]).toEqual([['opened'], 1]);
    guest.post(encodeMessage(T.CloseChannel, RELID_MESSAGE, { relid: 1 }));
    device.refuses = true;
    guest.open(1, 5, 4);
    expect([lastStatus(OPEN_RESULT), device.channel?.isOpen]).toEqual([VmbusStatus.Unsuccessful, false]);
  });

  it('does not give the ring back while it is open: the answer waits for the close', () => {
    shareRing();
    guest.open(1, 5, 4);
    guest.take();
    guest.post(encodeMessage(T.GpadlTeardown, GPADL_TEARDOWN, { relid: 1, gpadl: 5 }));
    expect(guest.types()).toEqual([]);
    guest.post(encodeMessage(T.CloseChannel, RELID_MESSAGE, { relid: 1 }));
    expect(guest.types()).toEqual([T.GpadlTorndown]);
  });

  it('is rescinded with its device, and its id used again once released', () => {
    shareRing();
    guest.open(1, 5, 4);
    guest.take();
    rig.server.remove(device);
    expect([device.heard, guest.types()]).toEqual([['opened', 'closed'], [T.RescindChannelOffer]]);
    rig.server.add(new EchoDevice('echo-5'));
    expect(readU32(guest.take()[0] ?? new Uint8Array(200), 184)).toBe(2);
    guest.post(encodeMessage(T.CloseChannel, RELID_MESSAGE, { relid: 1 }));
    guest.post(encodeMessage(T.RelidReleased, RELID_MESSAGE, { relid: 1 }));
    expect(rig.server.save().gpadls).toEqual([]); // freed with the id
    rig.server.add(new EchoDevice('echo-6'));
    expect(readU32(guest.take()[0] ?? new Uint8Array(200), 184)).toBe(1);
    expect(counters()).toMatchObject({ outOfPlace: 0, unknownChannel: 0 });
  });

  it('frees the ids of removed devices when the guest begins anew', () => {
    rig.server.remove(device);
    expect(rig.server.save().channels).toHaveLength(1);
    guest.contact(VmbusVersion.V5_3);
    expect(rig.server.save().channels).toEqual([]);
  });

  it('keeps the id of a channel that lives', () => {
    guest.post(encodeMessage(T.RelidReleased, RELID_MESSAGE, { relid: 1 }));
    guest.post(encodeMessage(T.RelidReleased, RELID_MESSAGE, { relid: 9 }));
    expect(counters()).toMatchObject({ outOfPlace: 0, unknownChannel: 1 });
    expect(rig.server.save().channels).toMatchObject([{ relid: 1, phase: 'closed' }]);
  });

  it('moves to another VP, acknowledged since 5.3', () => {
    shareRing();
    guest.open(1, 5, 4);
    guest.take();
    const move = (targetVp: number): void =>
      void guest.post(encodeMessage(T.ModifyChannel, MODIFY_CHANNEL, { relid: 1, targetVp }));
    move(1);
    move(2);
    expect(guest.take().map((message) => MODIFY_CHANNEL_RESPONSE.decode(message)?.status)).toEqual([
      0,
      VmbusStatus.Unsuccessful,
    ]);
    expect(rig.server.save().channels[0]?.targetVp).toBe(1);
  });

  it('is gone after unload and after a second contact, and can be had again', () => {
    for (const leave of [() => guest.post(bareMessage(T.Unload)), () => guest.contact(VmbusVersion.V5_3)]) {
      shareRing();
      guest.open(1, 5, 4);
      guest.take();
      leave();
      expect([device.channel?.isOpen, rig.server.save().gpadls]).toEqual([false, []]);
      guest.contact(VmbusVersion.V5_3);
      guest.post(bareMessage(T.RequestOffers));
      guest.take();
    }
    expect(device.heard).toEqual(['opened', 'closed', 'opened', 'closed']);
  });

  it('answers an unload, and refuses connections of sockets', () => {
    const empty = new Uint8Array(16);
    guest.post(encodeMessage(T.TlConnectRequest, TL_CONNECT_REQUEST, { endpoint: empty, service: empty }));
    const refusal = guest.take()[0] ?? new Uint8Array(44);
    expect([readU32(refusal, 0), readU32(refusal, 40)]).toEqual([T.TlConnectResult, VmbusStatus.ConnectionRefused]);
    guest.post(bareMessage(T.Unload));
    expect([guest.types(), rig.server.connected]).toEqual([[T.UnloadResponse], false]);
  });

  it('forgets everything when the machine is reset', () => {
    shareRing();
    guest.open(1, 5, 4);
    rig.server.reset();
    rig.partition.reset();
    expect(device.heard).toEqual(['opened', 'closed']);
    expect(rig.server.save()).toMatchObject({ connected: false, gpadls: [], outbox: [], offersRequested: false });
    expect(rig.clock.nextDue()).toBeNull();
  });

  it('counts signals for a channel that is not open', () => {
    rig.vp().hypercall(0x1_005dn, 0x2001n, 0n);
    expect([counters().straySignals, rig.clock.nextDue()]).toEqual([1, null]);
  });

  it('keeps its wits under random messages', () => {
    const random = new Random(4711);
    for (let i = 0; i < 20_000; i++) {
      const message = random.bytes(random.below(241));
      message[0] = random.below(30);
      if (random.below(8) > 0) message.fill(0, 1, 8);
      for (const at of [8, 12])
        if (random.below(2) === 0) message.fill(0, at, at + 4).fill(random.below(4), at, at + 1);
      guest.post(message, random.below(2) === 0 ? 1 : 4);
      if (random.below(4) === 0) guest.take();
      if (random.below(50) === 0) guest.contact(VMBUS_VERSIONS[random.below(VMBUS_VERSIONS.length)] ?? 0);
      if (random.below(100) === 0) rig.clock.advanceBy(1_000_000);
    }
    guest.take();
    guest.contact(VmbusVersion.V5_3);
    expect(guest.types()).toEqual([T.VersionResponse]);
    expect(rig.server.save().gpadls).toEqual([]);
  });

  it('is the same after save and restore', () => {
    shareRing();
    guest.open(1, 5, 4);
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
    shareRing();
    guest.open(1, 5, 4);
    guest.take();
    const saved = { bus: rig.server.save(), partition: rig.partition.save(), memory: rig.memory.save() };
    const other = new BusRig({ vpCount: 2 });
    other.memory.restore(saved.memory);
    other.partition.restore(saved.partition);
    other.server.restore(saved.bus);
    expect(readU32(other.memory.read(0x2210, 12), 0)).toBe(T.RescindChannelOffer);
  });
});
