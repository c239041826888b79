import { beforeEach, describe, expect, it } from 'vitest';
import { readU32, writeU32 } from '@engine/base/bytes';
import * as nvsp from '@engine/vmbus/protocol/nvsp';
import { Oid } from '@engine/vmbus/protocol/oid';
import { PacketType } from '@engine/vmbus/protocol/packet';
import { decodeOffloads, LargeSend, OffloadKind, offloadsOf } from '@engine/vmbus/protocol/offload';
import { encodeOffloadParameters } from '@engine/vmbus/protocol/offload-parameters';
import { encodeRndisPacket, RndisStatus, RndisType } from '@engine/vmbus/protocol/rndis';
import { frame, MAC, OTHER } from './rig';
import { NetvspRig, RECEIVE_BYTES, rndisRequest, statusOf } from './netvsp-rig';

const { NvspStatus, NvspType } = nvsp;

describe('the network provider', () => {
  let rig: NetvspRig;

  beforeEach(() => {
    rig = new NetvspRig();
  });

  describe('before it is up', () => {
    it('completes each message with its own transaction id, padded to 40 bytes on 6.1', () => {
      const [answer] = rig.message(nvsp.NVSP_INIT, { type: 1, minVersion: 0x6_0001, maxVersion: 0x6_0001 });
      expect([answer?.type, answer?.idLow, answer?.idHigh, answer?.payload.length]).toEqual([
        PacketType.Completion,
        77,
        0x1234,
        40,
      ]);
    });

    it('refuses versions that it has not, takes the newest of a range, and keeps to it', () => {
      expect([rig.init(0x7_0000), rig.init(1)]).toEqual([NvspStatus.ProtocolTooNew, NvspStatus.ProtocolTooOld]);
      rig.message(nvsp.NVSP_INIT, { type: 1, minVersion: 2, maxVersion: 0x5_ffff });
      expect(rig.netvsp.version).toBe(nvsp.NvspVersion.V5);
      rig.init(2);
      expect(rig.netvsp.version).toBe(nvsp.NvspVersion.V5);
    });

    it('shares buffers once each, and describes their sections', () => {
      rig.init();
      const [receive, sections] = rig.shareBuffers();
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
      expect(rig.shareBuffers().map((packet) => readU32(packet.payload, 4))).toEqual([
        NvspStatus.Failure,
        NvspStatus.Failure,
      ]);
      expect(statusOf(rig.message(nvsp.NVSP_BUFFER, { type: NvspType.SendSendBuffer, gpadl: 0x999, id: 0 }))).toBe(
        NvspStatus.Failure,
      );
    });

    it('refuses everything before the version is agreed, RNDIS before the buffers, and data before INITIALIZE', () => {
      const packet = encodeRndisPacket(frame(OTHER, MAC, 100));
      expect(rig.shareBuffers().map((p) => readU32(p.payload, 4))).toEqual([NvspStatus.Failure, NvspStatus.Failure]);
      expect(statusOf(rig.rndis(packet))).toBe(NvspStatus.Failure);
      rig.init();
      expect(statusOf(rig.rndis(packet))).toBe(NvspStatus.Failure);
      rig.shareBuffers();
      expect(statusOf(rig.rndis(packet))).toBe(NvspStatus.InvalidRndisPacket);
      expect(rig.query(Oid.LinkSpeed).status).toBe(RndisStatus.Failure);
      expect(rig.port.frames).toEqual([]);
    });

    it('takes no receive buffer away from under a frame: after a revoke nothing is written there', () => {
      rig.bringUp();
      rig.revokeReceiveBuffer();
      rig.memory.fill(rig.receiveGpa, RECEIVE_BYTES, 0x5a);
      rig.give(frame(MAC, OTHER, 200));
      expect(rig.memory.read(rig.receiveGpa, RECEIVE_BYTES).every((byte) => byte === 0x5a)).toBe(true);
      expect(rig.counters().notReady).toBe(1);
    });

    it('stops using a buffer whose GPADL the guest tore down', () => {
      rig.bringUp();
      const gpadl = rig.netvsp.save().receiveBuffer?.gpadl ?? 0;
      rig.kernel.client.unshare(1, gpadl);
      rig.wait();
      rig.memory.fill(rig.receiveGpa, RECEIVE_BYTES, 0x5a);
      rig.give(frame(MAC, OTHER, 200));
      expect(rig.memory.read(rig.receiveGpa, RECEIVE_BYTES).every((byte) => byte === 0x5a)).toBe(true);
      expect(rig.driver.take()).toEqual([]);
    });
  });

  describe('asked for its objects', () => {
    beforeEach(() => void rig.bringUp());

    it('answers what drivers ask', () => {
      const word = (oid: number): number => readU32(rig.query(oid).info, 0);
      expect([word(Oid.MaximumFrameSize), word(Oid.MaximumTotalSize), word(Oid.LinkSpeed)]).toEqual([
        1500, 1514, 100_000_000,
      ]);
      expect([...rig.query(Oid.PermanentAddress).info]).toEqual([...MAC]);
      expect(Buffer.from(rig.query(Oid.FriendlyName).info).toString('utf16le')).toBe('Red');
      expect([word(Oid.MediaConnectStatus), word(Oid.CurrentPacketFilter)]).toEqual([0, 0x0d]);
      rig.port.linkUp = false;
      expect(word(Oid.MediaConnectStatus)).toBe(1);
    });

    it('says what it can offload as the version has it, and takes what the driver wants of it', () => {
      const { status, info } = rig.query(Oid.OffloadCapabilities);
      expect([status, info.length, info[0], info[1], readU32(info, 0) >>> 16]).toEqual([0, 156, 0xa7, 3, 156]);
      expect(decodeOffloads(info)).toEqual(offloadsOf(nvsp.NvspVersion.V6_1));
      const { Tcp4, Udp4 } = OffloadKind;
      const wanted = { send: Tcp4, receive: Udp4, largeSend: LargeSend.V4 };
      expect(rig.set(Oid.OffloadParameters, encodeOffloadParameters(wanted, nvsp.NvspVersion.V6_1))).toBe(0);
      expect(decodeOffloads(rig.query(Oid.OffloadCurrentConfig).info)).toEqual(wanted);
      expect(rig.set(Oid.OffloadParameters, new Uint8Array(28))).toBe(RndisStatus.InvalidData);
      const old = encodeOffloadParameters(wanted, nvsp.NvspVersion.V6_1);
      old[9] = 2; // large send of version 1
      expect(rig.set(Oid.OffloadParameters, old)).toBe(RndisStatus.NotSupported);
      expect(rig.netvsp.save().offloads).toEqual(wanted);
    });

    it('tells the driver what is in force after a change', () => {
      const wanted = { send: OffloadKind.Tcp4, receive: 0, largeSend: 0 };
      const info = encodeOffloadParameters(wanted, nvsp.NvspVersion.V6_1);
      const [answer, indication] = rig.messages(rig.rndis(rndisRequest(RndisType.Set, Oid.OffloadParameters, info)));
      expect([readU32(answer ?? MAC, 0), readU32(indication ?? MAC, 0)]).toEqual([
        RndisType.SetComplete,
        RndisType.IndicateStatus,
      ]);
      expect(readU32(indication ?? MAC, 8)).toBe(RndisStatus.OffloadCurrentConfig);
      expect(decodeOffloads(indication?.subarray(20) ?? MAC)).toEqual(wanted);
    });

    it('lists as supported only what it answers', () => {
      const { info } = rig.query(Oid.SupportedList);
      const oids = Array.from({ length: info.length / 4 }, (_, i) => readU32(info, i * 4));
      expect(oids.length).toBeGreaterThan(20);
      const setOnly: readonly number[] = [Oid.OffloadParameters, Oid.ReceiveScaleParameters];
      for (const oid of oids.filter((each) => !setOnly.includes(each)))
        expect([oid, rig.query(oid).status]).toEqual([oid, 0]);
    });

    it('says what it does not support, and what does not hold together', () => {
      expect(rig.query(0x0001_0207).status).toBe(RndisStatus.NotSupported);
      expect(rig.set(0x1234, new Uint8Array(4))).toBe(RndisStatus.NotSupported);
      expect(rig.set(Oid.CurrentPacketFilter, new Uint8Array(3))).toBe(RndisStatus.InvalidData);
      expect(rig.set(Oid.MulticastList, new Uint8Array(7))).toBe(RndisStatus.InvalidData);
      expect(rig.set(Oid.MulticastList, new Uint8Array(33 * 6))).toBe(RndisStatus.InvalidData);
    });

    it('takes another address, in UTF-16', () => {
      const utf16 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf16le'));
      const info = new Uint8Array(20 + 28 + 24);
      [20, 28, 2, 48, 24].forEach((value, i) => writeU32(info, i * 4, value));
      info.set(utf16('NetworkAddress'), 20);
      info.set(utf16('00155D010204'), 48);
      expect(rig.set(Oid.GenericConfigParameter, info)).toBe(RndisStatus.Success);
      expect([...rig.query(Oid.CurrentAddress).info]).toEqual([...OTHER]);
      expect([...rig.query(Oid.PermanentAddress).info]).toEqual([...MAC]);
      info.set(utf16('NetworkAddresz'), 20);
      expect(rig.set(Oid.GenericConfigParameter, info)).toBe(RndisStatus.InvalidData);
    });

    it('keeps alive, resets and halts', () => {
      const [alive] = rig.messages(rig.rndis(new Uint8Array(new Uint32Array([RndisType.KeepAlive, 12, 5]).buffer)));
      expect([readU32(alive ?? MAC, 0), readU32(alive ?? MAC, 8)]).toEqual([RndisType.KeepAliveComplete, 5]);
      const [reset] = rig.messages(rig.rndis(new Uint8Array(new Uint32Array([RndisType.Reset, 12, 0]).buffer)));
      expect([readU32(reset ?? MAC, 0), readU32(reset ?? MAC, 12)]).toEqual([RndisType.ResetComplete, 1]);
      rig.rndis(new Uint8Array(new Uint32Array([RndisType.Halt, 12, 6]).buffer));
      expect(rig.netvsp.ready).toBe(false);
    });
  });
});
