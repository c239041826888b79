import { DeviceClass } from '@engine/vmbus/protocol/classes';
import * as dm from '@engine/vmbus/protocol/dynamic-memory';
import * as nvsp from '@engine/vmbus/protocol/nvsp';
import { Oid, PacketFilter } from '@engine/vmbus/protocol/oid';
import * as rndis from '@engine/vmbus/protocol/rndis';
import * as keyboard from '@engine/vmbus/protocol/synth-keyboard';
import { encodeMouse, MOUSE_REQUEST, MOUSE_VERSION, MouseMessage } from '@engine/vmbus/protocol/synth-mouse';
import * as video from '@engine/vmbus/protocol/synth-video';
import * as vstor from '@engine/vmbus/protocol/vstor';
import { GPADL } from './templates';

/** One packet of a driver that comes up as it should; `pointedAt` is the memory that its page ranges name. */
interface Spoken {
  readonly payload: Uint8Array;
  readonly pointedAt?: Uint8Array;
}

const { NvspType: N } = nvsp;
const VERSION = nvsp.NvspVersion.V6_1;

const control = (pointedAt: Uint8Array): Spoken => ({
  payload: nvsp.nvspMessage(
    nvsp.NVSP_RNDIS_PACKET,
    { type: N.SendRndisPacket, channel: nvsp.RndisChannel.Control, section: nvsp.NO_SECTION, size: 0 },
    VERSION,
  ),
  pointedAt,
});

const filter = PacketFilter.Directed | PacketFilter.Broadcast | PacketFilter.Promiscuous;
const setFilter = {
  type: rndis.RndisType.Set,
  length: 32,
  requestId: 2,
  oid: Oid.CurrentPacketFilter,
  infoLength: 4,
  infoOffset: 20,
};

const network: readonly Spoken[] = [
  { payload: nvsp.nvspMessage(nvsp.NVSP_INIT, { type: N.Init, minVersion: VERSION, maxVersion: VERSION }, VERSION) },
  {
    payload: nvsp.nvspMessage(nvsp.NVSP_NDIS_CONFIG, { type: N.SendNdisConfig, mtu: 1514, capabilities: 8n }, VERSION),
  },
  { payload: nvsp.nvspMessage(nvsp.NVSP_NDIS_VERSION, { type: N.SendNdisVersion, major: 6, minor: 30 }, VERSION) },
  {
    payload: nvsp.nvspMessage(
      nvsp.NVSP_BUFFER,
      { type: N.SendReceiveBuffer, gpadl: GPADL, id: nvsp.RECEIVE_BUFFER_ID },
      VERSION,
    ),
  },
  { payload: nvsp.nvspMessage(nvsp.NVSP_BUFFER, { type: N.SendSendBuffer, gpadl: GPADL + 1, id: 0 }, VERSION) },
  control(
    rndis.RNDIS_INITIALIZE.encode({
      type: rndis.RndisType.Initialize,
      length: 24,
      requestId: 1,
      major: 1,
      minor: 0,
      maxTransfer: 0x4000,
    }),
  ),
  control(new Uint8Array([...rndis.RNDIS_REQUEST.encode(setFilter), filter, 0, 0, 0])),
];

const version = vstor.VSTOR_PROTOCOL_VERSION.encode({ majorMinor: vstor.VstorVersion.V6_2, revision: 0 });

const storage: readonly Spoken[] = [
  { payload: vstor.vstorPacket(vstor.VstorOp.BeginInitialization, 64) },
  { payload: vstor.vstorPacket(vstor.VstorOp.QueryProtocolVersion, 64, version) },
  { payload: vstor.vstorPacket(vstor.VstorOp.QueryProperties, 64) },
  { payload: vstor.vstorPacket(vstor.VstorOp.EndInitialization, 64) },
];

const { VideoMessage: V } = video;
const place = { context: 0xf800_0000n, specified: 1, gpa: 0xf800_0000n };
const mode = { context: 1n, outputs: 1, active: 1, offset: 0, depth: 32, width: 1024, height: 768, pitch: 4096 };

const screen: readonly Spoken[] = [
  { payload: video.encodeVideo(V.VersionRequest, video.VERSION_REQUEST.encode({ version: video.VideoVersion.V3_5 })) },
  { payload: video.encodeVideo(V.VramLocation, video.VRAM_LOCATION.encode(place)) },
  { payload: video.encodeVideo(V.SituationUpdate, video.SITUATION_UPDATE.encode(mode)) },
];

const keys = { type: keyboard.KeyboardMessage.ProtocolRequest, version: keyboard.KEYBOARD_VERSION };

const versionRequest = { type: dm.DmType.VersionRequest, size: dm.DM_VERSION_REQUEST.size, transaction: 1 };
const capabilities = { type: dm.DmType.CapabilitiesReport, size: dm.DM_CAPABILITIES.size, transaction: 2 };
const status = { type: dm.DmType.StatusReport, size: dm.DM_STATUS.size, transaction: 3 };
const unknown = { pageFileSize: 0n, zeroFree: 0n, pageFileWrites: 0, ioDifference: 0 };

/** A guest that can do everything, and needs less memory than it has: it will be asked for some. */
const memory: readonly Spoken[] = [
  { payload: dm.DM_VERSION_REQUEST.encode({ ...versionRequest, version: dm.DmVersion.Win10, isLastAttempt: 0 }) },
  { payload: dm.DM_CAPABILITIES.encode({ ...capabilities, capabilities: 7n, minPages: 0n, maxPageNumber: 0n }) },
  { payload: dm.DM_STATUS.encode({ ...status, available: 0x2000n, committed: 0x1000n, ...unknown }) },
];

/** How each class of driver begins. Integration components wait for the host to begin. */
export const PREAMBLES: Readonly<Record<string, readonly Spoken[]>> = {
  [DeviceClass.Network]: network,
  [DeviceClass.Scsi]: storage,
  [DeviceClass.Ide]: storage,
  [DeviceClass.Video]: screen,
  [DeviceClass.DynamicMemory]: memory,
  [DeviceClass.Keyboard]: [{ payload: keyboard.KEYBOARD_REQUEST.encode(keys) }],
  [DeviceClass.Mouse]: [
    { payload: encodeMouse(MouseMessage.ProtocolRequest, MOUSE_REQUEST.encode({ version: MOUSE_VERSION })) },
    { payload: encodeMouse(MouseMessage.InitialDeviceInfoAck, new Uint8Array(1)) },
  ],
};
