import { describe, expect, it } from 'vitest';
import { readU32 } from '@engine/base/bytes';
import { bareMessage, MessageType, OFFER_CHANNEL, VERSION_RESPONSE } from '@engine/vmbus/protocol/messages';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import { guidText } from '@engine/vmbus/protocol/guid';
import { VMBUS_VERSIONS, VmbusVersion } from '@engine/vmbus/protocol/versions';
import { BusRig, EchoDevice, TinyGuest } from './rig';

const T = MessageType;

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
