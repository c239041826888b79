import type { Random } from '@engine/base/random';
import type { PageRange } from '@engine/memory/page-ranges';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import * as dm from '@engine/vmbus/protocol/dynamic-memory';
import { encodeIc, encodeNegotiate, IcFlag, IcType, icVersion } from '@engine/vmbus/protocol/ic';
import { HEARTBEAT, KVP_ENUMERATE, kvpText } from '@engine/vmbus/protocol/ic-bodies';
import * as nvsp from '@engine/vmbus/protocol/nvsp';
import { Oid } from '@engine/vmbus/protocol/oid';
import * as rndis from '@engine/vmbus/protocol/rndis';
import * as keyboard from '@engine/vmbus/protocol/synth-keyboard';
import { encodeMouse, MOUSE_REQUEST, MOUSE_VERSION, MouseMessage } from '@engine/vmbus/protocol/synth-mouse';
import * as video from '@engine/vmbus/protocol/synth-video';
import * as vstor from '@engine/vmbus/protocol/vstor';
import { chance, pick, word } from './mutate';

/** A message that a driver might send, before it is spoiled. */
type Template = (random: Random) => Uint8Array;

const { NvspType: N, NvspVersion } = nvsp;

const nvspMessages: readonly Template[] = [
  (r) => {
    const version = pick(r, nvsp.NVSP_VERSIONS) ?? NvspVersion.V6_1;
    const fields = { type: N.Init, minVersion: version, maxVersion: version };
    return nvsp.nvspMessage(nvsp.NVSP_INIT, fields, NvspVersion.V6_1);
  },
  (r) =>
    nvsp.nvspMessage(
      nvsp.NVSP_NDIS_CONFIG,
      { type: N.SendNdisConfig, mtu: 1514 + r.below(8000), capabilities: 8n },
      NvspVersion.V6_1,
    ),
  () => nvsp.nvspMessage(nvsp.NVSP_NDIS_VERSION, { type: N.SendNdisVersion, major: 6, minor: 30 }, NvspVersion.V6_1),
  (r) => {
    const isReceive = r.below(2) === 0;
    const fields = {
      type: isReceive ? N.SendReceiveBuffer : N.SendSendBuffer,
      gpadl: GPADL + r.below(3),
      id: isReceive ? nvsp.RECEIVE_BUFFER_ID : 0,
    };
    return nvsp.nvspMessage(nvsp.NVSP_BUFFER, fields, NvspVersion.V6_1);
  },
  (r) => {
    const isReceive = r.below(2) === 0;
    const fields = {
      type: isReceive ? N.RevokeReceiveBuffer : N.RevokeSendBuffer,
      id: isReceive ? nvsp.RECEIVE_BUFFER_ID : 0,
    };
    return nvsp.nvspMessage(nvsp.NVSP_REVOKE, fields, NvspVersion.V6_1);
  },
  (r) => {
    const section = chance(r, 50) ? nvsp.NO_SECTION : r.below(4);
    const fields = { type: N.SendRndisPacket, channel: r.below(2), section, size: r.below(3000) };
    return nvsp.nvspMessage(nvsp.NVSP_RNDIS_PACKET, fields, NvspVersion.V6_1);
  },
  (r) => new Uint8Array(new Uint32Array([pick(r, Object.values(N)) ?? 0, word(r), word(r), word(r), 0, 0, 0]).buffer),
];

/** First of the ids of the buffers that the hostile guest shares on each channel. */
export const GPADL = 0x1000;

/** First of the pages that the hostile guest gives away: its own rings and buffers lie below. */
const MEMORY_PAGES = 0x2800;

const OIDS = Object.values(Oid);

/** What lies in the memory that its packets point at. */
const rndisMessages: readonly Template[] = [
  (r) =>
    rndis.encodeRndisPacket(r.bytes(14 + r.below(1600)), {
      checksum: chance(r, 30) ? r.next() >>> 0 : null,
      largeSend: chance(r, 10) ? r.next() >>> 0 : null,
      vlan: chance(r, 30) ? r.below(0x1_0000) : null,
      hash: chance(r, 10) ? r.next() >>> 0 : null,
    }),
  () =>
    rndis.RNDIS_INITIALIZE.encode({
      type: rndis.RndisType.Initialize,
      length: 24,
      requestId: 1,
      major: 1,
      minor: 0,
      maxTransfer: 0x4000,
    }),
  (r) => {
    const type = r.below(2) === 0 ? rndis.RndisType.Query : rndis.RndisType.Set;
    const oid = pick(r, OIDS) ?? 0;
    const infoLength = r.below(40);
    const fields = { type, length: 28 + infoLength, requestId: 2, oid, infoLength, infoOffset: 20 };
    return new Uint8Array([...rndis.RNDIS_REQUEST.encode(fields), ...r.bytes(infoLength)]);
  },
  (r) => {
    const type = pick(r, [rndis.RndisType.Halt, rndis.RndisType.Reset, rndis.RndisType.KeepAlive, 0]) ?? 0;
    return rndis.RNDIS_COMPLETE.encode({ type, length: 16, requestId: 3, status: 0 });
  },
];

const SCSI = [
  0x00, 0x03, 0x12, 0x1a, 0x1b, 0x1e, 0x25, 0x28, 0x2a, 0x2f, 0x35, 0x41, 0x42, 0x43, 0x46, 0x4a, 0x51, 0x5a, 0x5e,
  0x88, 0x8a, 0x91, 0x9e, 0xa0, 0xa3, 0xa8, 0xaa, 0xad, 0xbe,
];

const srb: Template = (r) => {
  const cdb = r.bytes(16).fill(0, 2, 5);
  cdb[0] = pick(r, SCSI) ?? 0;
  const block = vstor.VMSCSI_REQUEST.encode({
    length: 52,
    srbStatus: 0,
    scsiStatus: 0,
    port: 0,
    path: r.below(2),
    target: r.below(2),
    lun: r.below(4),
    cdbLength: pick(r, [6, 10, 12, 16]) ?? 6,
    senseLength: 20,
    dataIn: r.below(3),
    transferLength: r.below(0x4000),
    cdb,
    queueTag: 0,
    queueAction: 0,
    srbFlags: 0,
    timeOut: 60,
    queueSortKey: 0,
  });
  return vstor.vstorPacket(vstor.VstorOp.ExecuteSrb, 64, block);
};

const vstorPackets: readonly Template[] = [
  srb,
  srb,
  srb,
  (r) => vstor.vstorPacket(pick(r, Object.values(vstor.VstorOp)) ?? 0, 64),
  (r) => {
    const majorMinor = pick(r, vstor.VSTOR_VERSIONS) ?? 0;
    const body = vstor.VSTOR_PROTOCOL_VERSION.encode({ majorMinor, revision: 0 });
    return vstor.vstorPacket(vstor.VstorOp.QueryProtocolVersion, 64, body);
  },
];

const ic = (type: number): readonly Template[] => {
  const header = (r: Random, kind: number): Parameters<typeof encodeIc>[0] => ({
    frameworkMajor: 3,
    frameworkMinor: 0,
    type: kind,
    messageMajor: 3,
    messageMinor: 0,
    status: chance(r, 80) ? 0 : word(r),
    transaction: r.below(4),
    flags: chance(r, 80) ? IcFlag.Transaction | IcFlag.Response : r.below(8),
  });
  const versions = ['3.0', '1.0', '4.0', '5.0', '3.2'].map(icVersion);
  return [
    (r) => {
      const chosen = {
        framework: [pick(r, versions) ?? icVersion('3.0')],
        message: [pick(r, versions) ?? icVersion('3.0')],
      };
      return encodeIc(header(r, IcType.Negotiate), encodeNegotiate(chosen));
    },
    (r) => encodeIc(header(r, type), HEARTBEAT.encode({ sequence: BigInt(r.next()), applicationState: r.below(5) })),
    (r) => encodeIc(header(r, type), r.bytes(r.below(200))),
    (r) => {
      const item = {
        operation: r.below(6),
        pool: r.below(6),
        reserved: 0,
        index: r.below(20),
        valueType: 1 + r.below(3),
        keyBytes: r.below(600),
        valueBytes: r.below(2200),
        key: kvpText('OSName'),
        value: kvpText('Hostile'),
      };
      return encodeIc(header(r, type), KVP_ENUMERATE.encode(item));
    },
  ];
};

const keyboardMessages: readonly Template[] = [
  () =>
    keyboard.KEYBOARD_REQUEST.encode({
      type: keyboard.KeyboardMessage.ProtocolRequest,
      version: keyboard.KEYBOARD_VERSION,
    }),
  (r) => keyboard.KEYBOARD_LEDS.encode({ type: keyboard.KeyboardMessage.LedIndicators, leds: r.below(8) }),
  (r) => r.bytes(r.below(32)),
];

const mouseMessages: readonly Template[] = [
  () => encodeMouse(MouseMessage.ProtocolRequest, MOUSE_REQUEST.encode({ version: MOUSE_VERSION })),
  (r) => encodeMouse(MouseMessage.InitialDeviceInfoAck, r.bytes(r.below(8))),
  (r) => encodeMouse(r.below(6), r.bytes(r.below(64))),
];

const { VideoMessage: V } = video;

const situation: Template = (r) =>
  video.encodeVideo(
    V.SituationUpdate,
    video.SITUATION_UPDATE.encode({
      context: 1n,
      outputs: 1,
      active: r.below(2),
      offset: chance(r, 70) ? 0 : word(r),
      depth: pick(r, [32, 16, 24, 8]) ?? 32,
      width: pick(r, [1024, 1920, 640, 7680, 1]) ?? 1024,
      height: pick(r, [768, 1080, 480, 4320, 1]) ?? 768,
      pitch: pick(r, [4096, 7680, 2560, 4]) ?? 4096,
    }),
  );

const videoMessages: readonly Template[] = [
  (r) =>
    video.encodeVideo(
      V.VersionRequest,
      video.VERSION_REQUEST.encode({ version: pick(r, Object.values(video.VideoVersion)) ?? 0 }),
    ),
  (r) => {
    const gpa = BigInt(pick(r, [0xf800_0000, 0x1000, 0xffff_f000, 0x100_0000]) ?? 0);
    return video.encodeVideo(V.VramLocation, video.VRAM_LOCATION.encode({ context: gpa, specified: r.below(2), gpa }));
  },
  situation,
  (r) => {
    const place = { visible: r.below(2), output: 0, x: word(r), y: word(r) };
    return video.encodeVideo(V.PointerPosition, video.POINTER_POSITION.encode(place));
  },
  (r) => {
    const [width, height] = [r.below(100), r.below(100)];
    const head = { part: chance(r, 70) ? 0xff : r.below(4), argb: r.below(2), width, height, hotX: 0, hotY: 0 };
    return video.encodeVideo(
      V.PointerShape,
      new Uint8Array([...video.POINTER_SHAPE.encode(head), ...r.bytes(r.below(2000))]),
    );
  },
  (r) => {
    const count = r.below(6);
    const head = video.DIRT_HEAD.encode({ output: 0, count });
    return video.encodeVideo(V.Dirt, new Uint8Array([...head, ...r.bytes(count * 16)]));
  },
  (r) => video.encodeVideo(pick(r, Object.values(V)) ?? 0, r.bytes(r.below(80))),
];

/** Page ranges that lie in RAM, outside of it, or are empty. */
const ranges = (r: Random): PageRange[] =>
  Array.from({ length: r.below(6) }, () => ({ start: MEMORY_PAGES + r.below(0x1800), count: r.below(700) }));

const { DmType: D } = dm;
const dmHeader = (r: Random, type: number, size: number) => ({ type, size, transaction: r.below(8) });

const memoryMessages: readonly Template[] = [
  (r) => {
    const version = pick(r, Object.values(dm.DmVersion)) ?? 0;
    const header = dmHeader(r, D.VersionRequest, dm.DM_VERSION_REQUEST.size);
    return dm.DM_VERSION_REQUEST.encode({ ...header, version, isLastAttempt: r.below(2) });
  },
  (r) => {
    const header = dmHeader(r, D.CapabilitiesReport, dm.DM_CAPABILITIES.size);
    const capabilities = BigInt(r.below(64));
    return dm.DM_CAPABILITIES.encode({ ...header, capabilities, minPages: 0n, maxPageNumber: BigInt(word(r)) });
  },
  (r) => {
    const header = dmHeader(r, D.StatusReport, dm.DM_STATUS.size);
    const demand = { available: BigInt(r.below(0x4000)), committed: BigInt(r.below(0xa000)) };
    const rest = { pageFileSize: 0n, zeroFree: 0n, pageFileWrites: 0, ioDifference: 0 };
    return dm.DM_STATUS.encode({ ...header, ...demand, ...rest });
  },
  (r) => {
    const list = ranges(r);
    const count = chance(r, 80) ? list.length : r.below(600);
    const header = dmHeader(r, D.BalloonResponse, 0);
    return dm.withRanges(dm.DM_BALLOON_RESPONSE.encode({ ...header, moreAndCount: (count << 1) | r.below(2) }), list);
  },
  (r) => dm.DM_HEADER.encode(dmHeader(r, D.UnballoonResponse, dm.DM_HEADER.size)),
  (r) => {
    const header = dmHeader(r, D.HotAddResponse, dm.DM_HOT_ADD_RESPONSE.size);
    return dm.DM_HOT_ADD_RESPONSE.encode({ ...header, pages: r.below(0x4000), result: r.below(2) });
  },
  (r) => {
    const body = r.bytes(r.below(64));
    const type = pick(r, Object.values(D)) ?? 0;
    return new Uint8Array([...dm.DM_HEADER.encode(dmHeader(r, type, 8 + body.length)), ...body]);
  },
];

/** What is sent in packets of each class of device; a class that is not here gets bytes without sense. */
export const TEMPLATES: Readonly<Record<string, readonly Template[]>> = {
  [DeviceClass.Network]: nvspMessages,
  [DeviceClass.Scsi]: vstorPackets,
  [DeviceClass.Ide]: vstorPackets,
  [DeviceClass.Keyboard]: keyboardMessages,
  [DeviceClass.Mouse]: mouseMessages,
  [DeviceClass.Video]: videoMessages,
  [DeviceClass.Heartbeat]: ic(IcType.Heartbeat),
  [DeviceClass.KeyValuePair]: ic(IcType.KeyValuePair),
  [DeviceClass.Shutdown]: ic(IcType.Shutdown),
  [DeviceClass.TimeSync]: ic(IcType.TimeSync),
  [DeviceClass.Backup]: ic(IcType.Backup),
  [DeviceClass.FileCopy]: ic(IcType.FileCopy),
  [DeviceClass.DynamicMemory]: memoryMessages,
};

/** What lies in shared memory and in the pages that packets point at. */
export const MEMORY: readonly Template[] = [...rndisMessages, (r) => r.bytes(r.below(2048))];
