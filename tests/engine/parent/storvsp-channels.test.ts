import { describe, expect, it } from 'vitest';
import { writeU16 } from '@engine/base/bytes';
import { diskUnit, scsiController } from '@engine/parent/vsp/storvsp/offers';
import { COMPLETION_REQUESTED, PacketType } from '@engine/vmbus/protocol/packet';
import * as vstor from '@engine/vmbus/protocol/vstor';
import { HandDriver } from '../vmbus/rig';
import { MS } from './rig';
import { DRIVE, patternedDisk, StorRig } from './storage-rig';

const { NtStatus, VstorOp, VstorVersion } = vstor;

function rigWith(maxSubChannels: number, version: number = VstorVersion.V6_2): StorRig {
  return new StorRig({
    vstor: version,
    device: () => {
      const made = scsiController('storvsp-0', '11112222-aaaa-bbbb-cccc-333344445555', version, maxSubChannels);
      made.plug(0, diskUnit(patternedDisk(), DRIVE, version));
      return made;
    },
  });
}

function create(rig: StorRig, count: number): number {
  const body = new Uint8Array(2);
  writeU16(body, 0, count);
  return rig.statusOf(rig.operation(VstorOp.CreateSubChannels, body));
}

/** Sub-channels that were offered, by id, each with its own driver. */
function subChannels(rig: StorRig): Map<number, HandDriver> {
  const { client } = rig.kernel;
  const offers = client.offers.filter(({ subChannelIndex }) => subChannelIndex > 0);
  return new Map(
    offers.map(({ relid }) => {
      const driver = new HandDriver();
      client.attach(relid, driver);
      client.openChannel(relid, { sendPages: 2, receivePages: 2 });
      rig.clock.advanceBy(MS);
      return [relid, driver];
    }),
  );
}

const READ_CAPACITY = [0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0];

function request(rig: StorRig, relid: number, payload: Uint8Array, idLow: number): void {
  const packet = { type: PacketType.InBand, payload, flags: COMPLETION_REQUESTED, idLow, idHigh: 0 };
  rig.kernel.client.channel(relid)?.send(packet);
  rig.clock.advanceBy(MS);
}

describe('properties of a controller', () => {
  it.each([
    [VstorVersion.V6_2, 3, 3, 1],
    [VstorVersion.V5_1, 3, 3, 1],
    [VstorVersion.V4_2, 3, 0, 0],
    [VstorVersion.V6_2, 0, 0, 0],
  ])('of protocol %i with %i channels more say how many a driver may ask for', (version, has, told, flags) => {
    const rig = rigWith(has, version);
    rig.operation(VstorOp.BeginInitialization);
    rig.query(version);
    const answer = vstor.VSTOR_PROPERTIES.decode(rig.operation(VstorOp.QueryProperties), vstor.VSTOR_BODY);
    expect([answer?.maxChannels, answer?.flags]).toEqual([told, flags]);
  });
});

describe('sub-channels of a controller', () => {
  it('are offered when asked for, carry requests, and each completion comes by the channel of its request', () => {
    const rig = rigWith(3).begin();
    expect(create(rig, 2)).toBe(NtStatus.Success);
    const subs = subChannels(rig);
    expect(subs.size).toBe(2);
    let id = 100;
    for (const relid of subs.keys()) request(rig, relid, rig.packet(READ_CAPACITY, { lun: 0 }), id++);
    expect([...subs.values()].map(({ packets }) => packets.map(({ idLow, type }) => [idLow, type]))).toEqual([
      [[100, PacketType.Completion]],
      [[101, PacketType.Completion]],
    ]);
    expect(rig.take()).toEqual([]);
    expect(rig.counters()).toMatchObject({ commands: 2, outOfPlace: 0 });
  });

  it('are not had before the beginning is over, twice, beyond the limit, or by an old protocol', () => {
    const early = rigWith(3);
    expect(create(early, 1)).toBe(NtStatus.InvalidDeviceState);
    const rig = rigWith(3).begin();
    expect(create(rig, 4)).toBe(NtStatus.InvalidParameter);
    expect(create(rig, 3)).toBe(NtStatus.Success);
    expect(create(rig, 1)).toBe(NtStatus.InvalidDeviceState);
    expect(rig.kernel.client.offers.filter(({ subChannelIndex }) => subChannelIndex > 0)).toHaveLength(3);
    expect(create(rigWith(3, VstorVersion.V4_2).begin(), 1)).toBe(NtStatus.InvalidDeviceState);
  });

  it('take no part in a beginning', () => {
    const rig = rigWith(1).begin();
    create(rig, 1);
    const [[relid, driver] = [0, new HandDriver()]] = subChannels(rig);
    request(rig, relid, vstor.vstorPacket(VstorOp.BeginInitialization, 64), 5);
    request(rig, relid, vstor.vstorPacket(VstorOp.CreateSubChannels, 64), 6);
    expect(driver.packets.map(({ payload }) => rig.statusOf(payload))).toEqual([
      NtStatus.InvalidDeviceState,
      NtStatus.InvalidDeviceState,
    ]);
    expect(rig.storvsp.ready).toBe(true);
  });

  it('go on after save and restore', () => {
    const rig = rigWith(1).begin();
    create(rig, 1);
    const [[relid, driver] = [0, new HandDriver()]] = subChannels(rig);
    const saved = { bus: rig.server.save(), stor: rig.storvsp.save() };
    rig.storvsp.reset();
    rig.server.restore(saved.bus);
    rig.storvsp.restore(saved.stor);
    expect(rig.storvsp.save()).toEqual(saved.stor);
    request(rig, relid, rig.packet(READ_CAPACITY, { lun: 0 }), 9);
    expect(driver.packets.map(({ idLow }) => idLow)).toEqual([9]);
  });

  it('go with the primary channel, and a driver that begins again may ask again', () => {
    const rig = rigWith(1).begin();
    create(rig, 1);
    subChannels(rig);
    rig.kernel.client.closeChannel(1);
    rig.clock.advanceBy(2 * MS);
    expect(rig.kernel.client.offers.filter(({ subChannelIndex }) => subChannelIndex > 0)).toEqual([]);
    rig.kernel.client.openChannel(1, { sendPages: 8, receivePages: 8 });
    rig.clock.advanceBy(MS);
    rig.begin();
    expect([
      create(rig, 1),
      rig.kernel.client.offers.filter(({ subChannelIndex }) => subChannelIndex > 0).length,
    ]).toEqual([0, 1]);
  });
});
