import {
  BIOS_INFO,
  CAPABILITY,
  encodeResolutions,
  encodeVideo,
  MAX_RESOLUTIONS,
  POINTER_POSITION,
  RESOLUTION_REQUEST,
  SITUATION_UPDATE,
  VERSION_REQUEST,
  VIDEO_ACK,
  VIDEO_VERSION_RESPONSE,
  VideoMessage,
  videoMajor,
  videoMinor,
  VideoVersion,
  VRAM_LOCATION,
  type Resolution,
  type VideoSituation,
} from '../../../vmbus/protocol/synth-video';
import { agreeOn, inBand } from '../message-provider';
import { keepDirt, readDirt } from './dirt';
import { monitorEdid } from './edid';
import type { FrameMemory } from './frame-memory';
import { takeShape } from './pointer-shape';
import type { VideoVspState } from './state';

/** What the answers rest on. */
export interface VideoHost {
  readonly state: VideoVspState;
  readonly frames: FrameMemory;
  /** Newest version of this host. */
  readonly maxVersion: number;
  /** What the guest may choose from. */
  readonly resolutions: readonly Resolution[];
  /** The picture, or what is to be seen of it, has changed. */
  changed(): void;
}

/** Accepted, and the host's own version stands in the answer: since Windows 8.1. Before, 1. */
const ACCEPTED_WITH_EXCHANGE = 2;
const LARGEST_3_0: Resolution = [1600, 1200];
const HIGHEST_GPA = 1n << 52n;

/** Index of 1024x768, which guests get unless somebody has chosen another. */
function preferredOf(list: readonly Resolution[]): number {
  return Math.max(
    0,
    list.findIndex(([width, height]) => width === 1024 && height === 768),
  );
}

/** False: the message does not hold together. */
type Handler = (body: Uint8Array, host: VideoHost) => boolean;

/** Answers. True, as what it is an answer to held together. */
function post({ state }: VideoHost, type: number, body: Uint8Array): true {
  state.waiting.push(inBand(encodeVideo(type, body)));
  return true;
}

function negotiate(body: Uint8Array, host: VideoHost): boolean {
  const { state, maxVersion } = host;
  const request = VERSION_REQUEST.decode(body);
  if (!request) return false;
  const { version } = request;
  const isKnown = videoMajor(version) === videoMajor(maxVersion) && videoMinor(version) <= videoMinor(maxVersion);
  const agreement = agreeOn(isKnown, state);
  if (agreement === 'unheard') return true;
  if (isKnown) Object.assign(state, { phase: 'active', version });
  const yes = maxVersion >= VideoVersion.V3_3 ? ACCEPTED_WITH_EXCHANGE : 1;
  const answer = { version: isKnown ? version : maxVersion, accepted: isKnown ? yes : 0, maxOutputs: 1 };
  return post(host, VideoMessage.VersionResponse, VIDEO_VERSION_RESPONSE.encode(answer));
}

/** The acknowledgement says that the guest may draw: none comes for a place that cannot be. */
function placeMemory(body: Uint8Array, host: VideoHost): boolean {
  const { state, frames } = host;
  const request = VRAM_LOCATION.decode(body);
  if (!request) return false;
  if (request.specified === 0) frames.remove();
  else if (request.gpa >= HIGHEST_GPA || !frames.place(Number(request.gpa))) {
    state.counters.refusedPlaces++;
    return true;
  }
  return post(host, VideoMessage.VramLocationAck, VIDEO_ACK.encode({ context: request.context }));
}

function fits(situation: VideoSituation, { state, frames }: VideoHost): boolean {
  const { depth, width, height, pitch, offset } = situation;
  const [widest, highest] = state.version === VideoVersion.V3_0 ? LARGEST_3_0 : [0xffff, 0xffff];
  if (![16, 32].includes(depth) || width === 0 || height === 0 || width > widest || height > highest) return false;
  return pitch >= (width * depth) / 8 && offset + pitch * height <= frames.size;
}

function situation(body: Uint8Array, host: VideoHost): boolean {
  const { state } = host;
  const update = SITUATION_UPDATE.decode(body);
  if (!update) return false;
  const isOn = update.outputs > 0 && update.active !== 0;
  if (isOn && (update.outputs !== 1 || !host.frames.isPlaced || !fits(update, host))) {
    state.counters.refusedSituations++;
    return true;
  }
  const { offset, depth, width, height, pitch } = update;
  state.mode = isOn ? { offset, depth, width, height, pitch } : null;
  state.dirty = isOn ? [{ left: 0, top: 0, right: width, bottom: height }] : [];
  state.counters.situations++;
  host.changed();
  return post(host, VideoMessage.SituationUpdateAck, VIDEO_ACK.encode({ context: update.context }));
}

function pointerPosition(body: Uint8Array, { state }: VideoHost): boolean {
  const message = POINTER_POSITION.decode(body);
  if (!message) return false;
  state.pointer = { visible: message.visible !== 0, x: message.x | 0, y: message.y | 0 };
  state.counters.pointerPositions++;
  return true;
}

function pointerShape(body: Uint8Array, { state }: VideoHost): boolean {
  const taken = takeShape(body, state.parts);
  const none = { next: 0, bytes: new Uint8Array(0) };
  if (taken !== null && 'argb' in taken) {
    state.shape = taken;
    state.counters.pointerShapes++;
  }
  state.parts = taken !== null && 'next' in taken ? taken : none;
  return taken !== null;
}

function dirt(body: Uint8Array, host: VideoHost): boolean {
  const { state } = host;
  if (!state.mode) {
    state.counters.outOfPlace++;
    return true;
  }
  const rectangles = readDirt(body, state.mode);
  if (!rectangles) return false;
  state.counters.dirtMessages++;
  state.counters.rectangles += rectangles.length;
  keepDirt(state.dirty, rectangles);
  host.changed();
  return true;
}

/** A guest that takes fewer than all gets none. */
function resolutions(body: Uint8Array, host: VideoHost): boolean {
  const request = RESOLUTION_REQUEST.decode(body);
  if (!request) return false;
  const list = request.most < MAX_RESOLUTIONS ? [] : host.resolutions;
  return post(host, VideoMessage.ResolutionResponse, encodeResolutions(monitorEdid(), list, preferredOf(list)));
}

/** The version from which on each message exists, and what it does. */
const HANDLERS: Readonly<Record<number, { readonly since: number; readonly run: Handler }>> = {
  [VideoMessage.VramLocation]: { since: VideoVersion.V3_0, run: placeMemory },
  [VideoMessage.SituationUpdate]: { since: VideoVersion.V3_0, run: situation },
  [VideoMessage.PointerPosition]: { since: VideoVersion.V3_0, run: pointerPosition },
  [VideoMessage.PointerShape]: { since: VideoVersion.V3_0, run: pointerShape },
  [VideoMessage.Dirt]: { since: VideoVersion.V3_0, run: dirt },
  [VideoMessage.BiosInfoRequest]: {
    since: VideoVersion.V3_3,
    run: (_, host) => post(host, VideoMessage.BiosInfoResponse, BIOS_INFO.encode({ stopDevice: 1 })),
  },
  [VideoMessage.ResolutionRequest]: { since: VideoVersion.V3_5, run: resolutions },
  [VideoMessage.CapabilityRequest]: {
    since: VideoVersion.V3_5,
    run: (_, host) => post(host, VideoMessage.CapabilityResponse, CAPABILITY.encode({ lockOnDisconnect: 0 })),
  },
};

/**
 * Does what one message of the guest asks for. A version may be agreed once an opening; everything else comes after that. False: the
 * message does not hold together.
 */
export function handleVideo({ type, body }: { type: number; body: Uint8Array }, host: VideoHost): boolean {
  const { state } = host;
  if (type === VideoMessage.VersionRequest) return negotiate(body, host);
  const handler = HANDLERS[type];
  if (!handler) return false;
  if (state.phase === 'active' && videoMinor(state.version) >= videoMinor(handler.since))
    return handler.run(body, host);
  state.counters.outOfPlace++;
  return true;
}
