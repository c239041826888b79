import { beforeEach, describe, expect, it } from 'vitest';
import { readU32, writeU32 } from '@engine/base/bytes';
import { Random } from '@engine/base/random';
import { Netvsp } from '@engine/parent/vsp/netvsp/netvsp';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import type { Layout } from '@engine/vmbus/protocol/layout';
import * as nvsp from '@engine/vmbus/protocol/nvsp';
import { Oid, PacketFilter } from '@engine/vmbus/protocol/oid';
import {
  COMPLETION_REQUESTED,
  decodeTransferRanges,
  encodePageRanges,
  PacketType,
  type Packet,
} from '@engine/vmbus/protocol/packet';
import { decodeOffloads, LargeSend, OffloadKind, offloadsOf } from '@engine/vmbus/protocol/offload';
import { encodeOffloadParameters } from '@engine/vmbus/protocol/offload-parameters';
import { NO_INFO } from '@engine/vmbus/protocol/packet-info';
import {
  encodeRndisPacket,
  RNDIS_INITIALIZE,
  RNDIS_REQUEST,
  RndisStatus,
  RndisType,
  tagFrame,
} from '@engine/vmbus/protocol/rndis';
import { BusRig, kept, RecordingDriver, TestKernel } from '../vmbus/rig';
import { BROADCAST, frame, MAC, MS, OTHER, TestPort } from './rig';

const { NvspStatus, NvspType } = nvsp;

/** A driver made by hand: every NVSP and RNDIS message is the test's. */
class HandDriver extends RecordingDriver {
  readonly packets: Packet[] = [];

  override packet(packet: Packet): void {
    this.packets.push(kept(packet));
  }

  take(): Packet[] {
    return this.packets.splice(0);
  }
}

describe('the network provider', () => {
  let rig: BusRig;
  let port: TestPort;
  let netvsp: Netvsp;
  let kernel: TestKernel;
  let driver: HandDriver;
  let receiveGpa: number;
  let sendGpa: number;
  const RECEIVE_BYTES = 0x8000; // 18 sub-allocations of 1,728 bytes
  const SEND_BYTES = 0x7000; // 4 sections of 6,144 bytes, and some more

  beforeEach(() => {
    rig = new BusRig();
    port = new TestPort();
    netvsp = new Netvsp({
      name: 'netvsp-0',
      instance: '00000000-0000-0000-0000-000000000001',
      mac: MAC,
      port,
      friendlyName: 'Red',
    });
    rig.server.add(netvsp);
    kernel = new TestKernel(rig);
    driver = new HandDriver();
    kernel.bind(DeviceClass.Network, () => driver);
    kernel.client.connect();
    rig.clock.advanceBy(MS);
    kernel.client.openChannel(1, { sendPages: 4, receivePages: 4 });
    rig.clock.advanceBy(MS);
    receiveGpa = kernel.pages.allocate(RECEIVE_BYTES / 4096);
    sendGpa = kernel.pages.allocate(SEND_BYTES / 4096);
  });

  function send(packet: { type: number; payload: Uint8Array; ranges?: Uint8Array }, idLow = 77): Packet[] {
    kernel.client.channel(1)?.send({ ...packet, flags: COMPLETION_REQUESTED, idLow, idHigh: 0x1234 });
    rig.clock.advanceBy(MS);
    return driver.take();
  }

  const inBand = (payload: Uint8Array): Packet[] => send({ type: PacketType.InBand, payload });
  const message = <T extends object>(layout: Layout<T>, fields: T): Packet[] =>
    inBand(nvsp.nvspMessage(layout, fields, nvsp.NvspVersion.V6_1));
  const statusOf = (packets: readonly Packet[]): number => readU32(packets[0]?.payload ?? new Uint8Array(8), 4);
  const counters = (): Readonly<Record<string, number>> => ({ ...netvsp.save().counters });

  const init = (version: number = nvsp.NvspVersion.V6_1): number => {
    const [answer] = message(nvsp.NVSP_INIT, { type: NvspType.Init, minVersion: version, maxVersion: version });
    return nvsp.NVSP_INIT_COMPLETE.decode(answer?.payload ?? new Uint8Array(0))?.status ?? -1;
  };

  function shareBuffers(): Packet[] {
    const receive = kernel.client.share(1, receiveGpa, RECEIVE_BYTES);
    const sections = kernel.client.share(1, sendGpa, SEND_BYTES);
    return [
      ...message(nvsp.NVSP_BUFFER, { type: NvspType.SendReceiveBuffer, gpadl: receive, id: nvsp.RECEIVE_BUFFER_ID }),
      ...message(nvsp.NVSP_BUFFER, { type: NvspType.SendSendBuffer, gpadl: sections, id: 0 }),
    ];
  }

  /** Sends RNDIS bytes by page ranges; the packets that come back. */
  function rndis(bytes: Uint8Array, channel: number = nvsp.RndisChannel.Control): Packet[] {
    rig.memory.write(0x20_0000, bytes);
    const fields = { type: NvspType.SendRndisPacket, channel, section: nvsp.NO_SECTION, size: 0 };
    const payload = nvsp.nvspMessage(nvsp.NVSP_RNDIS_PACKET, fields, nvsp.NvspVersion.V6_1);
    return send({ type: PacketType.GpaDirect, payload, ranges: encodePageRanges(0x20_0000, bytes.length) });
  }

  /** The RNDIS messages in transfer-page packets, which are returned. */
  function messages(packets: readonly Packet[]): Uint8Array[] {
    return packets.flatMap((packet) => {
      const transfer = packet.type === PacketType.TransferPages ? decodeTransferRanges(packet) : null;
      if (!transfer) return [];
      const payload = nvsp.rndisPacketComplete(NvspStatus.Success);
      kernel.client
        .channel(1)
        ?.send({ type: PacketType.Completion, idLow: packet.idLow, idHigh: packet.idHigh, payload });
      return transfer.ranges.map(({ offset, length }) => rig.memory.read(receiveGpa + offset, length));
    });
  }

  function request(type: number, oid: number, info: Uint8Array = new Uint8Array(0)): Uint8Array {
    const bytes = new Uint8Array(28 + info.length);
    RNDIS_REQUEST.write(bytes, 0, {
      type,
      length: bytes.length,
      requestId: 9,
      oid,
      infoLength: info.length,
      infoOffset: 20,
    });
    bytes.set(info, 28);
    return messages(rndis(bytes))[0] ?? new Uint8Array(0);
  }

  const query = (oid: number): { status: number; info: Uint8Array } => {
    const answer = request(RndisType.Query, oid);
    const start = 8 + readU32(answer, 20);
    return { status: readU32(answer, 12), info: answer.slice(start, start + readU32(answer, 16)) };
  };
  const set = (oid: number, info: Uint8Array): number => readU32(request(RndisType.Set, oid, info), 12);
  const filter = (bits: number): number => set(Oid.CurrentPacketFilter, new Uint8Array([bits, 0, 0, 0]));

  function bringUp(bits = 0x0d): void {
    init();
    shareBuffers();
    const fields = { type: RndisType.Initialize, length: 24, requestId: 1, major: 1, minor: 0, maxTransfer: 0x4000 };
    messages(rndis(RNDIS_INITIALIZE.encode(fields)));
    filter(bits);
  }

  describe('before it is up', () => {
    it('completes each message with its own transaction id, padded to 40 bytes on 6.1', () => {
      const [answer] = message(nvsp.NVSP_INIT, { type: 1, minVersion: 0x6_0001, maxVersion: 0x6_0001 });
      expect([answer?.type, answer?.idLow, answer?.idHigh, answer?.payload.length]).toEqual([
        PacketType.Completion,
        77,
        0x1234,
        40,
      ]);
    });

    it('refuses versions that it has not, takes the newest of a range, and keeps to it', () => {
      expect([init(0x7_0000), init(1)]).toEqual([NvspStatus.ProtocolTooNew, NvspStatus.ProtocolTooOld]);
      message(nvsp.NVSP_INIT, { type: 1, minVersion: 2, maxVersion: 0x5_ffff });
      expect(netvsp.version).toBe(nvsp.NvspVersion.V5);
      init(2);
      expect(netvsp.version).toBe(nvsp.NvspVersion.V5);
    });

    it('shares buffers once each, and describes their sections', () => {
      init();
      const [receive, sections] = shareBuffers();
      expect(nvsp.NVSP_RECEIVE_BUFFER_COMPLETE.decode(receive?.payload ?? new Uint8Array(0))).toEqual({
        type: 102,
        status: 1,
        sectionCount: 1,
        offset: 0,
        subAllocationSize: 1728,
        subAllocationCount: 18,
        endOffset: 18 * 1728,
      });
      expect(nvsp.NVSP_SEND_BUFFER_COMPLETE.decode(sections?.payload ?? new Uint8Array(0))).toEqual({
        type: 105,
        status: 1,
        sectionSize: 6144,
      });
      expect(shareBuffers().map((packet) => readU32(packet.payload, 4))).toEqual([
        NvspStatus.Failure,
        NvspStatus.Failure,
      ]);
      expect(statusOf(message(nvsp.NVSP_BUFFER, { type: NvspType.SendSendBuffer, gpadl: 0x999, id: 0 }))).toBe(
        NvspStatus.Failure,
      );
    });

    it('refuses everything before the version is agreed, RNDIS before the buffers, and data before INITIALIZE', () => {
      const packet = encodeRndisPacket(frame(OTHER, MAC, 100));
      expect(shareBuffers().map((p) => readU32(p.payload, 4))).toEqual([NvspStatus.Failure, NvspStatus.Failure]);
      expect(statusOf(rndis(packet))).toBe(NvspStatus.Failure);
      init();
      expect(statusOf(rndis(packet))).toBe(NvspStatus.Failure);
      shareBuffers();
      expect(statusOf(rndis(packet))).toBe(NvspStatus.InvalidRndisPacket);
      expect(query(Oid.LinkSpeed).status).toBe(RndisStatus.Failure);
      expect(port.frames).toEqual([]);
    });

    it('takes no receive buffer away from under a frame: after a revoke nothing is written there', () => {
      bringUp();
      message(nvsp.NVSP_REVOKE, { type: NvspType.RevokeReceiveBuffer, id: nvsp.RECEIVE_BUFFER_ID });
      rig.memory.fill(receiveGpa, RECEIVE_BYTES, 0x5a);
      port.give(frame(MAC, OTHER, 200));
      rig.clock.advanceBy(MS);
      expect(rig.memory.read(receiveGpa, RECEIVE_BYTES).every((byte) => byte === 0x5a)).toBe(true);
      expect(counters().notReady).toBe(1);
    });

    it('stops using a buffer whose GPADL the guest tore down', () => {
      bringUp();
      const gpadl = netvsp.save().receiveBuffer?.gpadl ?? 0;
      kernel.client.unshare(1, gpadl);
      rig.clock.advanceBy(MS);
      rig.memory.fill(receiveGpa, RECEIVE_BYTES, 0x5a);
      port.give(frame(MAC, OTHER, 200));
      rig.clock.advanceBy(MS);
      expect(rig.memory.read(receiveGpa, RECEIVE_BYTES).every((byte) => byte === 0x5a)).toBe(true);
      expect(driver.take()).toEqual([]);
    });
  });

  describe('asked for its objects', () => {
    beforeEach(() => bringUp());

    it('answers what drivers ask', () => {
      const word = (oid: number): number => readU32(query(oid).info, 0);
      expect([word(Oid.MaximumFrameSize), word(Oid.MaximumTotalSize), word(Oid.LinkSpeed)]).toEqual([
        1500, 1514, 100_000_000,
      ]);
      expect([...query(Oid.PermanentAddress).info]).toEqual([...MAC]);
      expect(Buffer.from(query(Oid.FriendlyName).info).toString('utf16le')).toBe('Red');
      expect([word(Oid.MediaConnectStatus), word(Oid.CurrentPacketFilter)]).toEqual([0, 0x0d]);
      port.linkUp = false;
      expect(word(Oid.MediaConnectStatus)).toBe(1);
    });

    it('says what it can offload as the version has it, and takes what the driver wants of it', () => {
      const { status, info } = query(Oid.OffloadCapabilities);
      expect([status, info.length, info[0], info[1], readU32(info, 0) >>> 16]).toEqual([0, 156, 0xa7, 3, 156]);
      expect(decodeOffloads(info)).toEqual(offloadsOf(nvsp.NvspVersion.V6_1));
      const { Tcp4, Udp4 } = OffloadKind;
      const wanted = { send: Tcp4, receive: Udp4, largeSend: LargeSend.V4 };
      expect(set(Oid.OffloadParameters, encodeOffloadParameters(wanted, nvsp.NvspVersion.V6_1))).toBe(0);
      expect(decodeOffloads(query(Oid.OffloadCurrentConfig).info)).toEqual(wanted);
      expect(set(Oid.OffloadParameters, new Uint8Array(28))).toBe(RndisStatus.InvalidData);
      const old = encodeOffloadParameters(wanted, nvsp.NvspVersion.V6_1);
      old[9] = 2; // large send of version 1
      expect(set(Oid.OffloadParameters, old)).toBe(RndisStatus.NotSupported);
      expect(netvsp.save().offloads).toEqual(wanted);
    });

    it('tells the driver what is in force after a change', () => {
      const wanted = { send: OffloadKind.Tcp4, receive: 0, largeSend: 0 };
      const info = encodeOffloadParameters(wanted, nvsp.NvspVersion.V6_1);
      const bytes = new Uint8Array(28 + info.length);
      const header = { type: RndisType.Set, length: bytes.length, requestId: 9, oid: Oid.OffloadParameters };
      RNDIS_REQUEST.write(bytes, 0, { ...header, infoLength: info.length, infoOffset: 20 });
      bytes.set(info, 28);
      const [answer, indication] = messages(rndis(bytes));
      expect([readU32(answer ?? MAC, 0), readU32(indication ?? MAC, 0)]).toEqual([
        RndisType.SetComplete,
        RndisType.IndicateStatus,
      ]);
      expect(readU32(indication ?? MAC, 8)).toBe(RndisStatus.OffloadCurrentConfig);
      expect(decodeOffloads(indication?.subarray(20) ?? MAC)).toEqual(wanted);
    });

    it('lists as supported only what it answers', () => {
      const { info } = query(Oid.SupportedList);
      const oids = Array.from({ length: info.length / 4 }, (_, i) => readU32(info, i * 4));
      expect(oids.length).toBeGreaterThan(20);
      const setOnly: readonly number[] = [Oid.OffloadParameters, Oid.ReceiveScaleParameters];
      for (const oid of oids.filter((each) => !setOnly.includes(each)))
        expect([oid, query(oid).status]).toEqual([oid, 0]);
    });

    it('says what it does not support, and what does not hold together', () => {
      expect(query(0x0001_0207).status).toBe(RndisStatus.NotSupported);
      expect(set(0x1234, new Uint8Array(4))).toBe(RndisStatus.NotSupported);
      expect(set(Oid.CurrentPacketFilter, new Uint8Array(3))).toBe(RndisStatus.InvalidData);
      expect(set(Oid.MulticastList, new Uint8Array(7))).toBe(RndisStatus.InvalidData);
      expect(set(Oid.MulticastList, new Uint8Array(33 * 6))).toBe(RndisStatus.InvalidData);
    });

    it('takes another address, in UTF-16', () => {
      const utf16 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf16le'));
      const info = new Uint8Array(20 + 28 + 24);
      [20, 28, 2, 48, 24].forEach((value, i) => writeU32(info, i * 4, value));
      info.set(utf16('NetworkAddress'), 20);
      info.set(utf16('00155D010204'), 48);
      expect(set(Oid.GenericConfigParameter, info)).toBe(RndisStatus.Success);
      expect([...query(Oid.CurrentAddress).info]).toEqual([...OTHER]);
      expect([...query(Oid.PermanentAddress).info]).toEqual([...MAC]);
      info.set(utf16('NetworkAddresz'), 20);
      expect(set(Oid.GenericConfigParameter, info)).toBe(RndisStatus.InvalidData);
    });

    it('keeps alive, resets and halts', () => {
      const [alive] = messages(rndis(new Uint8Array(new Uint32Array([RndisType.KeepAlive, 12, 5]).buffer)));
      expect([readU32(alive ?? MAC, 0), readU32(alive ?? MAC, 8)]).toEqual([RndisType.KeepAliveComplete, 5]);
      const [reset] = messages(rndis(new Uint8Array(new Uint32Array([RndisType.Reset, 12, 0]).buffer)));
      expect([readU32(reset ?? MAC, 0), readU32(reset ?? MAC, 12)]).toEqual([RndisType.ResetComplete, 1]);
      rndis(new Uint8Array(new Uint32Array([RndisType.Halt, 12, 6]).buffer));
      expect(netvsp.ready).toBe(false);
    });
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
      bringUp(bits);
      const listed = new Uint8Array([0x01, 0x00, 0x5e, 0, 0, 9]);
      set(Oid.MulticastList, listed);
      const frames: readonly (readonly [string, Uint8Array])[] = [
        ['own', MAC],
        ['other', OTHER],
        ['broadcast', BROADCAST],
        ['listed', listed],
        ['multicast', multicast],
      ];
      const passed = frames.filter(([, to]) => {
        port.give(frame(to, OTHER, 100));
        rig.clock.advanceBy(MS);
        return messages(driver.take()).length === 1;
      });
      expect(passed.map(([name]) => name).join(' ')).toBe(expected);
      expect(counters().filtered).toBe(5 - passed.length);
    });
  });

  describe('sending for the guest', () => {
    beforeEach(() => bringUp());

    const section = (index: number, size: number, ranges?: Uint8Array): Packet[] => {
      const fields = { type: NvspType.SendRndisPacket, channel: 0, section: index, size };
      const payload = nvsp.nvspMessage(nvsp.NVSP_RNDIS_PACKET, fields, nvsp.NvspVersion.V6_1);
      return send(ranges ? { type: PacketType.GpaDirect, payload, ranges } : { type: PacketType.InBand, payload });
    };

    it('takes several RNDIS packets from one section', () => {
      const frames = [60, 200, 1514].map((length, i) => frame(OTHER, MAC, length, i));
      const all = new Uint8Array(frames.flatMap((bytes) => [...encodeRndisPacket(bytes)]));
      rig.memory.write(sendGpa + 6144, all);
      expect(statusOf(section(1, all.length))).toBe(NvspStatus.Success);
      expect(port.frames).toEqual(frames);
    });

    it('takes a header from a section and the data from page ranges', () => {
      const whole = encodeRndisPacket(frame(OTHER, MAC, 1000));
      rig.memory.write(sendGpa, whole.subarray(0, 44));
      rig.memory.write(0x30_0f00, whole.subarray(44)); // over a page border
      expect(statusOf(section(0, 44, encodePageRanges(0x30_0f00, whole.length - 44)))).toBe(NvspStatus.Success);
      expect(port.frames).toEqual([frame(OTHER, MAC, 1000)]);
    });

    it('tags frames whose packet carries 802.1Q information, and hands tagged ones over that way when asked to', () => {
      const vlan = (42 << 4) | 5;
      rndis(encodeRndisPacket(frame(OTHER, MAC, 100), { ...NO_INFO, vlan }));
      const tagged = tagFrame(frame(OTHER, MAC, 100), vlan);
      expect(port.frames).toEqual([tagged]);
      expect([...tagged.subarray(12, 16)]).toEqual([0x81, 0x00, 0xa0, 42]);
      message(nvsp.NVSP_NDIS_CONFIG, { type: NvspType.SendNdisConfig, mtu: 1514, capabilities: 8n });
      port.give(tagFrame(frame(MAC, OTHER, 100), vlan));
      rig.clock.advanceBy(MS);
      expect(messages(driver.take())[0]).toEqual(encodeRndisPacket(frame(MAC, OTHER, 100), { ...NO_INFO, vlan }));
    });

    it.each([
      ['a section beyond the last', 4, 144],
      ['more than a section', 0, 6145],
      ['less than a header', 0, 7],
      ['no data at all', nvsp.NO_SECTION, 0],
    ])('refuses %s', (_name, index, size) => {
      for (const at of [0, 4]) rig.memory.write(sendGpa + at * 6144, encodeRndisPacket(frame(OTHER, MAC, 100)));
      expect(statusOf(section(index, size))).toBe(NvspStatus.InvalidRndisPacket);
      expect([port.frames, counters().malformed]).toEqual([[], 1]);
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
      expect(statusOf(rndis(bytes, 0))).toBe(NvspStatus.InvalidRndisPacket);
      expect(port.frames).toEqual([]);
    });

    it('refuses page ranges that leave their packet, and answers truncated NVSP', () => {
      const ranges = encodePageRanges(0x20_0000, 100);
      writeU32(ranges, 4, 300);
      const fields = { type: NvspType.SendRndisPacket, channel: 0, section: nvsp.NO_SECTION, size: 0 };
      const payload = nvsp.nvspMessage(nvsp.NVSP_RNDIS_PACKET, fields, nvsp.NvspVersion.V6_1);
      expect(statusOf(send({ type: PacketType.GpaDirect, payload, ranges }))).toBe(NvspStatus.InvalidRndisPacket);
      expect(statusOf(inBand(payload.subarray(0, 8)))).toBe(NvspStatus.InvalidRndisPacket);
      expect(statusOf(inBand(new Uint8Array(0)))).toBe(NvspStatus.Failure);
      expect(statusOf(inBand(new Uint8Array([0xff, 0xff, 0, 0, 0, 0, 0, 0])))).toBe(NvspStatus.Failure);
    });

    it('completes in order, also when the guest does not read its ring for long', () => {
      const channel = kernel.client.channel(1);
      rig.memory.write(sendGpa, encodeRndisPacket(frame(OTHER, MAC, 60)));
      const fields = { type: NvspType.SendRndisPacket, channel: 0, section: 0, size: 104 };
      const payload = nvsp.nvspMessage(nvsp.NVSP_RNDIS_PACKET, fields, nvsp.NvspVersion.V6_1);
      const sleeping = rig.vp().onInterrupt(null); // the guest's processor takes no interrupts
      let sent = 0;
      for (let round = 0; round < 40; round++) {
        while (channel?.send({ type: PacketType.InBand, flags: COMPLETION_REQUESTED, idLow: sent, payload })) sent++;
        rig.clock.advanceBy(100_000);
      }
      sleeping.dispose();
      expect(netvsp.save().queues[0]?.completions).toHaveLength(1); // and nothing more is read while it waits
      expect(sent).toBeLessThan(700); // back pressure: both rings full
      kernel.client.interrupt();
      for (let i = 0; i < 100; i++) {
        rig.clock.advanceBy(MS);
        kernel.client.interrupt();
      }
      expect(driver.take().map(({ idLow }) => idLow)).toEqual(Array.from({ length: sent }, (_, i) => i));
    });
  });

  describe('receiving for the guest', () => {
    beforeEach(() => bringUp());

    it('puts the frames of a burst into one packet, and takes its buffers back with one completion', () => {
      for (let i = 0; i < 10; i++) port.give(frame(MAC, OTHER, 100 + i, i));
      rig.clock.advanceBy(MS);
      const packets = driver.take();
      expect([packets.length, netvsp.save().receiveBuffer?.taken.filter(Boolean).length]).toEqual([1, 10]);
      expect(messages(packets)).toEqual(
        Array.from({ length: 10 }, (_, i) => encodeRndisPacket(frame(MAC, OTHER, 100 + i, i))),
      );
      rig.clock.advanceBy(MS);
      expect(netvsp.save()).toMatchObject({ queues: [{ inFlight: [] }], counters: { strayCompletions: 0 } });
      expect(netvsp.save().receiveBuffer?.taken.some(Boolean)).toBe(false);
    });

    it('waits when every buffer is out, and goes on when they come back', () => {
      for (let i = 0; i < 40; i++) port.give(frame(MAC, OTHER, 1500, i));
      rig.clock.advanceBy(MS);
      const first = driver.take();
      expect([messages(first).length, netvsp.save().queues[0]?.frames.length]).toEqual([18, 22]);
      rig.clock.advanceBy(MS);
      expect(messages(driver.take()).length).toBe(18);
      rig.clock.advanceBy(MS);
      expect(messages(driver.take()).length).toBe(4);
    });

    it('ignores completions of what was never sent, and of what was returned already', () => {
      port.give(frame(MAC, OTHER, 100));
      rig.clock.advanceBy(MS);
      const packets = driver.take();
      messages(packets);
      messages(packets);
      kernel.client.channel(1)?.send({ type: PacketType.Completion, idLow: 1, idHigh: 1, payload: new Uint8Array(8) });
      rig.clock.advanceBy(MS);
      expect(counters().strayCompletions).toBe(2);
    });
  });

  it('does not take buffers of a revoked receive buffer for those of the next', () => {
    bringUp();
    port.give(frame(MAC, OTHER, 100));
    rig.clock.advanceBy(MS);
    const old = driver.take();
    message(nvsp.NVSP_REVOKE, { type: NvspType.RevokeReceiveBuffer, id: nvsp.RECEIVE_BUFFER_ID });
    shareBuffers();
    messages(old);
    rig.clock.advanceBy(MS);
    expect(counters().strayCompletions).toBe(1);
  });

  it('lets nothing escape under random packets, and works afterwards', () => {
    bringUp();
    const random = new Random(2024);
    const types = Object.values(PacketType);
    for (let i = 0; i < 15_000; i++) {
      const payload = random.bytes(random.below(60));
      if (payload.length >= 4 && random.below(4) > 0) writeU32(payload, 0, random.below(140));
      if (payload.length >= 16 && random.below(2) === 0)
        [0, random.below(6), random.below(7000)].forEach((v, k) => writeU32(payload, 4 + k * 4, v));
      const ranges = random.below(3) === 0 ? random.bytes(8 * (1 + random.below(6))) : undefined;
      const type = types[random.below(types.length)] ?? 6;
      kernel.client.channel(1)?.send({ type, flags: random.below(2), idLow: random.next(), payload, ranges });
      rig.memory.write(sendGpa + random.below(SEND_BYTES), random.bytes(16));
      if (random.below(3) === 0) port.give(random.bytes(random.below(1600)));
      if (random.below(4) === 0) rig.clock.advanceBy(MS);
    }
    rig.clock.advanceBy(100 * MS);
    expect(rig.server.save().counters.ringFaults).toBe(0);
    kernel.client.closeChannel(1);
    rig.clock.advanceBy(MS);
    kernel.client.openChannel(1, { sendPages: 4, receivePages: 4 });
    rig.clock.advanceBy(MS);
    driver.take();
    expect(init()).toBe(NvspStatus.Success);
  });
});
