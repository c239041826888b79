import { readU16, writeU16 } from '../../base/bytes';
import { Layout, raw, u32, u64, u8 } from './layout';
import { pipeMessage, pipePayload } from './pipe';

/**
 * Messages of the synthetic video device, behind a pipe header. linux drivers/video/fbdev/hyperv_fb.c; types 11, 12, 15 and 16
 * are openvmm's, vm/devices/uidevices.
 */
export const VideoMessage = {
  VersionRequest: 1,
  VersionResponse: 2,
  VramLocation: 3,
  VramLocationAck: 4,
  SituationUpdate: 5,
  SituationUpdateAck: 6,
  PointerPosition: 7,
  PointerShape: 8,
  FeatureChange: 9,
  Dirt: 10,
  BiosInfoRequest: 11,
  BiosInfoResponse: 12,
  ResolutionRequest: 13,
  ResolutionResponse: 14,
  CapabilityRequest: 15,
  CapabilityResponse: 16,
} as const;

/** Memory that the device's offer asks the guest to set aside: enough for 1920x1080 in 32 bits. */
export const VIDEO_MEMORY_MEGABYTES = 8;

/** Versions: minor in the upper half, major in the lower. */
export const VideoVersion = { V3_0: 0x0000_0003, V3_2: 0x0002_0003, V3_3: 0x0003_0003, V3_5: 0x0005_0003 } as const;

/** Newest version of each host age. */
export const HOST_VIDEO_VERSION: Readonly<Record<string, number>> = {
  'ws2008-beta': VideoVersion.V3_0,
  ws2008: VideoVersion.V3_0,
  ws2008r2: VideoVersion.V3_0,
  ws2012: VideoVersion.V3_2,
  ws2012r2: VideoVersion.V3_3,
  ws2016: VideoVersion.V3_5,
  ws2019: VideoVersion.V3_5,
  ws2022: VideoVersion.V3_5,
  ws2025: VideoVersion.V3_5,
};

export const videoMajor = (version: number): number => version & 0xffff;
export const videoMinor = (version: number): number => version >>> 16;
/** `3.5`. */
export const videoVersionText = (version: number): string => `${videoMajor(version)}.${videoMinor(version)}`;

interface Header {
  type: number;
  /** Bytes of the message, this header among them. */
  size: number;
}

const HEADER = new Layout<Header>(8, { type: u32(0), size: u32(4) });

/** Bodies of the messages: what follows the header. All structures are packed. */
export const VERSION_REQUEST = new Layout<{ version: number }>(4, { version: u32(0) });
export const VIDEO_VERSION_RESPONSE = new Layout<{ version: number; accepted: number; maxOutputs: number }>(6, {
  version: u32(0),
  accepted: u8(4),
  maxOutputs: u8(5),
});
export const VRAM_LOCATION = new Layout<{ context: bigint; specified: number; gpa: bigint }>(17, {
  context: u64(0),
  specified: u8(8),
  gpa: u64(9),
});
export const VIDEO_ACK = new Layout<{ context: bigint }>(8, { context: u64(0) });

/** What lies on an output. Depth in bits a pixel, pitch in bytes a row. */
export interface VideoSituation {
  context: bigint;
  outputs: number;
  active: number;
  offset: number;
  depth: number;
  width: number;
  height: number;
  pitch: number;
}

export const SITUATION_UPDATE = new Layout<VideoSituation>(27, {
  context: u64(0),
  outputs: u8(8),
  active: u8(9),
  offset: u32(10),
  depth: u8(14),
  width: u32(15),
  height: u32(19),
  pitch: u32(23),
});

/** Coordinates are signed; they are kept as they lie, `| 0` gives their value. */
export const POINTER_POSITION = new Layout<{ visible: number; output: number; x: number; y: number }>(10, {
  visible: u8(0),
  output: u8(1),
  x: u32(2),
  y: u32(6),
});

export interface PointerShapeHead {
  /** Number of this part from 0; 255 for the last (or only) one. */
  part: number;
  argb: number;
  width: number;
  height: number;
  hotX: number;
  hotY: number;
}

/** The picture's bytes follow. */
export const POINTER_SHAPE = new Layout<PointerShapeHead>(18, {
  part: u8(0),
  argb: u8(1),
  width: u32(2),
  height: u32(6),
  hotX: u32(10),
  hotY: u32(14),
});
export const LAST_PART = 0xff;
/** Width and height of the largest pointer. */
export const MAX_POINTER = 96;

/** Which messages somebody looks at. */
export interface VideoFeatures {
  dirt: number;
  pointerPosition: number;
  pointerShape: number;
  situation: number;
}

export const FEATURE_CHANGE = new Layout<VideoFeatures>(4, {
  dirt: u8(0),
  pointerPosition: u8(1),
  pointerShape: u8(2),
  situation: u8(3),
});

export const DIRT_HEAD = new Layout<{ output: number; count: number }>(2, { output: u8(0), count: u8(1) });
/** Edges of a changed part of the picture; right and bottom are outside. Signed, as above. */
export const RECTANGLE = new Layout<{ left: number; top: number; right: number; bottom: number }>(16, {
  left: u32(0),
  top: u32(4),
  right: u32(8),
  bottom: u32(12),
});

export const RESOLUTION_REQUEST = new Layout<{ most: number }>(1, { most: u8(0) });
export const RESOLUTION_HEAD = new Layout<{ edid: Uint8Array; count: number; preferred: number; standard: number }>(
  131,
  {
    edid: raw(0, 128),
    count: u8(128),
    preferred: u8(129),
    standard: u8(130),
  },
);
export const MAX_RESOLUTIONS = 64;

export const BIOS_INFO = new Layout<{ stopDevice: number }>(16, { stopDevice: u32(0) });
export const CAPABILITY = new Layout<{ lockOnDisconnect: number }>(64, { lockOnDisconnect: u32(0) });

/** Width and height in pixels. */
export type Resolution = readonly [width: number, height: number];

/** Head and list of a resolution response. */
export function encodeResolutions(edid: Uint8Array, list: readonly Resolution[], preferred: number): Uint8Array {
  const bytes = new Uint8Array(RESOLUTION_HEAD.size + list.length * 4);
  RESOLUTION_HEAD.write(bytes, 0, { edid, count: list.length, preferred, standard: 0 });
  list.forEach(([width, height], i) => {
    writeU16(bytes, RESOLUTION_HEAD.size + i * 4, width);
    writeU16(bytes, RESOLUTION_HEAD.size + i * 4 + 2, height);
  });
  return bytes;
}

/** The resolutions of a response and which one is preferred; null when it does not hold together. */
export function decodeResolutions(body: Uint8Array): { list: Resolution[]; preferred: number } | null {
  const head = RESOLUTION_HEAD.decode(body);
  if (!head || body.length < RESOLUTION_HEAD.size + head.count * 4) return null;
  const at = (i: number): number => RESOLUTION_HEAD.size + i * 4;
  const list = Array.from({ length: head.count }, (_, i): Resolution => [
    readU16(body, at(i)),
    readU16(body, at(i) + 2),
  ]);
  return { list, preferred: head.preferred };
}

/** One message behind its pipe header. */
export function encodeVideo(type: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER.size + body.length);
  HEADER.write(bytes, 0, { type, size: bytes.length });
  bytes.set(body, HEADER.size);
  return pipeMessage(bytes);
}

/** Type and body of a packet's payload; null when it does not hold together. */
export function decodeVideo(payload: Uint8Array): { type: number; body: Uint8Array } | null {
  const bytes = pipePayload(payload);
  const header = bytes && HEADER.decode(bytes);
  if (!header || header.size < HEADER.size || header.size > bytes.length) return null;
  return { type: header.type, body: bytes.subarray(HEADER.size, header.size) };
}
