import { beforeEach, describe, expect, it } from 'vitest';
import { writeU32 } from '@engine/base/bytes';
import { Random } from '@engine/base/random';
import * as nvsp from '@engine/vmbus/protocol/nvsp';
import { Oid, PacketFilter } from '@engine/vmbus/protocol/oid';
import { COMPLETION_REQUESTED, encodePageRanges, PacketType, type Packet } from '@engine/vmbus/protocol/packet';
import { NO_INFO } from '@engine/vmbus/protocol/packet-info';
import { encodeRndisPacket, tagFrame } from '@engine/vmbus/protocol/rndis';
import { BROADCAST, frame, MAC, MS, OTHER } from './rig';
import { SEND_BYTES, NetvspRig, statusOf, rndisPacket } from './netvsp-rig';

const { NvspStatus, NvspType } = nvsp;

describe('the network provider', () => {
  let rig: NetvspRig;

  beforeEach(() => {
    rig = new NetvspRig();
  });

  describe('filters', () => {
    const multicast = new Uint8Array([0x01, 0x00, 0x5e, 0, 0, 1]);
    const cases: readonly (readonly [number, string])[] = [
      [0, ''],
      [PacketFilter.Directed, 'own'],
      [PacketFilter.Broadcast, 'broadcast'],
      [PacketFilter.Multicast, 'listed'],
      [PacketFilter.AllMulticast, 'listed multicast'],
      [PacketFilter.Promiscuous, 'own other broadcast listed multicast'],
    ];

    it.each(cases)('%i lets through: %s', (bits, expected) => {
      rig.bringUp(bits);
      const listed = new Uint8Array([0x01, 0x00, 0x5e, 0, 0, 9]);
      rig.set(Oid.MulticastList, listed);
      const frames: readonly (readonly [string, Uint8Array])[] = [
        ['own', MAC],
        ['other', OTHER],
        ['broadcast', BROADCAST],
        ['listed', listed],
        ['multicast', multicast],
      ];
      const passed = frames.filter(([, to]) => {
        rig.give(frame(to, OTHER, 100));
        return rig.messages(rig.driver.take()).length === 1;
      });
      expect(passed.map(([name]) => name).join(' ')).toBe(expected);
      expect(rig.counters().filtered).toBe(5 - passed.length);
    });
  });

  describe('sending for the guest', () => {
    beforeEach(() => void rig.bringUp());

    const section = (index: number, size: number, ranges?: Uint8Array): Packet[] => {
      const payload = rndisPacket(0, index, size);
      return rig.send(ranges ? { type: PacketType.GpaDirect, payload, ranges } : { type: PacketType.InBand, payload });
    };

    it('takes several RNDIS packets from one section', () => {
      const frames = [60, 200, 1514].map((length, i) => frame(OTHER, MAC, length, i));
      const all = new Uint8Array(frames.flatMap((bytes) => [...encodeRndisPacket(bytes)]));
      rig.memory.write(rig.sendGpa + 6144, all);
      expect(statusOf(section(1, all.length))).toBe(NvspStatus.Success);
      expect(rig.port.frames).toEqual(frames);
    });

    it('takes a header from a section and the data from page ranges', () => {
      const whole = encodeRndisPacket(frame(OTHER, MAC, 1000));
      rig.memory.write(rig.sendGpa, whole.subarray(0, 44));
      rig.memory.write(0x30_0f00, whole.subarray(44)); // over a page border
      expect(statusOf(section(0, 44, encodePageRanges(0x30_0f00, whole.length - 44)))).toBe(NvspStatus.Success);
      expect(rig.port.frames).toEqual([frame(OTHER, MAC, 1000)]);
    });

    it('tags frames whose packet carries 802.1Q information, and hands tagged ones over that way when asked to', () => {
      const vlan = (42 << 4) | 5;
      rig.rndis(encodeRndisPacket(frame(OTHER, MAC, 100), { ...NO_INFO, vlan }));
      const tagged = tagFrame(frame(OTHER, MAC, 100), vlan);
      expect(rig.port.frames).toEqual([tagged]);
      expect([...tagged.subarray(12, 16)]).toEqual([0x81, 0x00, 0xa0, 42]);
      rig.message(nvsp.NVSP_NDIS_CONFIG, { type: NvspType.SendNdisConfig, mtu: 1514, capabilities: 8n });
      rig.give(tagFrame(frame(MAC, OTHER, 100), vlan));
      expect(rig.messages(rig.driver.take())[0]).toEqual(
        encodeRndisPacket(frame(MAC, OTHER, 100), { ...NO_INFO, vlan }),
      );
    });

    it.each([
      ['a section beyond the last', 4, 144],
      ['more than a section', 0, 6145],
      ['less than a header', 0, 7],
      ['no data at all', nvsp.NO_SECTION, 0],
    ])('refuses %s', (_name, index, size) => {
      for (const at of [0, 4]) rig.memory.write(rig.sendGpa + at * 6144, encodeRndisPacket(frame(OTHER, MAC, 100)));
      expect(statusOf(section(index, size))).toBe(NvspStatus.InvalidRndisPacket);
      expect([rig.port.frames, rig.counters().malformed]).toEqual([[], 1]);
    });

    it.each([
      ['its length beyond the bytes', 4, 5000],
      ['its length below a header', 4, 7],
      ['its data beyond it', 8, 0xffff_fff0],
      ['more data than it has', 12, 101],
      ['a frame of thirteen bytes', 12, 13],
      ['per-packet information beyond it', 32, 5000],
    ])('refuses an RNDIS packet with %s', (_name, at, value) => {
      const bytes = encodeRndisPacket(frame(OTHER, MAC, 100));
      writeU32(bytes, at, value);
      expect(statusOf(rig.rndis(bytes, 0))).toBe(NvspStatus.InvalidRndisPacket);
      expect(rig.port.frames).toEqual([]);
    });

    it('refuses page ranges that leave their packet, and answers truncated NVSP', () => {
      const ranges = encodePageRanges(0x20_0000, 100);
      writeU32(ranges, 4, 300);
      const payload = rndisPacket(0, nvsp.NO_SECTION, 0);
      expect(statusOf(rig.send({ type: PacketType.GpaDirect, payload, ranges }))).toBe(NvspStatus.InvalidRndisPacket);
      expect(statusOf(rig.inBand(payload.subarray(0, 8)))).toBe(NvspStatus.InvalidRndisPacket);
      expect(statusOf(rig.inBand(new Uint8Array(0)))).toBe(NvspStatus.Failure);
      expect(statusOf(rig.inBand(new Uint8Array([0xff, 0xff, 0, 0, 0, 0, 0, 0])))).toBe(NvspStatus.Failure);
    });

    it('completes in order, also when the guest does not read its ring for long', () => {
      const channel = rig.kernel.client.channel(1);
      rig.memory.write(rig.sendGpa, encodeRndisPacket(frame(OTHER, MAC, 60)));
      const payload = rndisPacket(0, 0, 104);
      const sleeping = rig.vp().onInterrupt(null); // the guest's processor takes no interrupts
      let sent = 0;
      for (let round = 0; round < 40; round++) {
        while (channel?.send({ type: PacketType.InBand, flags: COMPLETION_REQUESTED, idLow: sent, payload })) sent++;
        rig.clock.advanceBy(100_000);
      }
      sleeping.dispose();
      expect(rig.netvsp.save().queues[0]?.completions).toHaveLength(1); // and nothing more is read while it waits
      expect(sent).toBeLessThan(700); // back pressure: both rings full
      rig.kernel.client.interrupt();
      for (let i = 0; i < 100; i++) {
        rig.wait();
        rig.kernel.client.interrupt();
      }
      expect(rig.driver.take().map(({ idLow }) => idLow)).toEqual(Array.from({ length: sent }, (_, i) => i));
    });
  });

  describe('receiving for the guest', () => {
    beforeEach(() => void rig.bringUp());

    it('puts the frames of a burst into one packet, and takes its buffers back with one completion', () => {
      for (let i = 0; i < 10; i++) rig.port.give(frame(MAC, OTHER, 100 + i, i));
      rig.wait();
      const packets = rig.driver.take();
      expect([packets.length, rig.netvsp.save().receiveBuffer?.taken.filter(Boolean).length]).toEqual([1, 10]);
      expect(rig.messages(packets)).toEqual(
        Array.from({ length: 10 }, (_, i) => encodeRndisPacket(frame(MAC, OTHER, 100 + i, i))),
      );
      rig.wait();
      expect(rig.netvsp.save()).toMatchObject({ queues: [{ inFlight: [] }], counters: { strayCompletions: 0 } });
      expect(rig.netvsp.save().receiveBuffer?.taken.some(Boolean)).toBe(false);
    });

    it('waits when every buffer is out, and goes on when they come back', () => {
      for (let i = 0; i < 40; i++) rig.port.give(frame(MAC, OTHER, 1500, i));
      rig.wait();
      const first = rig.driver.take();
      expect([rig.messages(first).length, rig.netvsp.save().queues[0]?.frames.length]).toEqual([18, 22]);
      rig.wait();
      expect(rig.messages(rig.driver.take()).length).toBe(18);
      rig.wait();
      expect(rig.messages(rig.driver.take()).length).toBe(4);
    });

    it('ignores completions of what was never sent, and of what was returned already', () => {
      rig.give(frame(MAC, OTHER, 100));
      const packets = rig.driver.take();
      rig.messages(packets);
      rig.messages(packets);
      rig.kernel.client
        .channel(1)
        ?.send({ type: PacketType.Completion, idLow: 1, idHigh: 1, payload: new Uint8Array(8) });
      rig.wait();
      expect(rig.counters().strayCompletions).toBe(2);
    });
  });

  it('does not take buffers of a revoked receive buffer for those of the next', () => {
    rig.bringUp();
    rig.give(frame(MAC, OTHER, 100));
    const old = rig.driver.take();
    rig.revokeReceiveBuffer();
    rig.shareBuffers();
    rig.messages(old);
    rig.wait();
    expect(rig.counters().strayCompletions).toBe(1);
  });

  it('lets nothing escape under random packets, and works afterwards', () => {
    rig.bringUp();
    const random = new Random(2024);
    const types = Object.values(PacketType);
    for (let i = 0; i < 15_000; i++) {
      const payload = random.bytes(random.below(60));
      if (payload.length >= 4 && random.below(4) > 0) writeU32(payload, 0, random.below(140));
      if (payload.length >= 16 && random.below(2) === 0)
        [0, random.below(6), random.below(7000)].forEach((v, k) => writeU32(payload, 4 + k * 4, v));
      const ranges = random.below(3) === 0 ? random.bytes(8 * (1 + random.below(6))) : undefined;
      const type = types[random.below(types.length)] ?? 6;
      rig.kernel.client.channel(1)?.send({ type, flags: random.below(2), idLow: random.next(), payload, ranges });
      rig.memory.write(rig.sendGpa + random.below(SEND_BYTES), random.bytes(16));
      if (random.below(3) === 0) rig.port.give(random.bytes(random.below(1600)));
      if (random.below(4) === 0) rig.wait();
    }
    rig.clock.advanceBy(100 * MS);
    expect(rig.server.save().counters.ringFaults).toBe(0);
    rig.kernel.client.closeChannel(1);
    rig.wait();
    rig.open();
    rig.driver.take();
    expect(rig.init()).toBe(NvspStatus.Success);
  });
});
