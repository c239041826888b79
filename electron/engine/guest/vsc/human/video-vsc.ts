import type { Packet } from '../../../vmbus/protocol/packet';
import {
  decodeResolutions,
  decodeVideo,
  encodeVideo,
  LAST_PART,
  MAX_RESOLUTIONS,
  POINTER_POSITION,
  POINTER_SHAPE,
  RESOLUTION_REQUEST,
  SITUATION_UPDATE,
  VERSION_REQUEST,
  VIDEO_ACK,
  VIDEO_VERSION_RESPONSE,
  VideoMessage,
  videoMinor,
  VideoVersion,
  VRAM_LOCATION,
  type Resolution,
} from '../../../vmbus/protocol/synth-video';
import { MessageDriver, newDriverState, type ChannelOptions, type DriverState } from '../message-driver';
import type { HumanPhase } from './keyboard-vsc';

/** What the driver remembers. Plain. */
export interface VideoVscState extends DriverState<HumanPhase> {
  /** Which of the versions is being tried; agreed once the phase is beyond. */
  attempt: number;
  version: number;
  /** Where the picture shall lie; set before the start. */
  memory: number;
  width: number;
  height: number;
  depth: number;
}

export function newVideoVsc(): VideoVscState {
  return { ...newDriverState(), attempt: 0, version: 0, memory: 0, width: 0, height: 0, depth: 32 };
}

export interface VideoVscOptions extends ChannelOptions<HumanPhase> {
  readonly state: VideoVscState;
  /** Newest first. */
  readonly versions: readonly number[];
  /** Size for hosts that do not say which one they prefer. */
  readonly size: Resolution;
}

/** Linux: 256 KB in each direction. drivers/video/fbdev/hyperv_fb.c. */
const RING_PAGES = 65;
/** An arrow that is not drawn: the console shows the pointer of the person's own computer. */
const POINTER_SIDE = 1;

/** The guest's end of the synthetic screen: agrees on a version, says where the picture lies and how large it is. */
export class VideoVsc {
  /** To start it and to stop it. */
  readonly channel: MessageDriver<HumanPhase>;

  constructor(private readonly options: VideoVscOptions) {
    this.channel = new MessageDriver(options, {
      ringPages: RING_PAGES,
      opened: () => this.tryVersion(0),
      received: (packet) => this.received(packet),
    });
  }

  private get state(): VideoVscState {
    return this.options.state;
  }

  private send(type: number, body: Uint8Array): void {
    this.channel.request(encodeVideo(type, body));
  }

  private tryVersion(attempt: number): void {
    const version = this.options.versions[attempt];
    if (version === undefined) return this.channel.enter('failed');
    Object.assign(this.state, { attempt, version });
    this.channel.enter('negotiating');
    this.send(VideoMessage.VersionRequest, VERSION_REQUEST.encode({ version }));
  }

  private received({ payload }: Packet): boolean {
    const message = decodeVideo(payload);
    if (!message) return false;
    const { type, body } = message;
    if (type === VideoMessage.VersionResponse) this.versionAnswered(body);
    else if (type === VideoMessage.ResolutionResponse) this.resolutionAnswered(body);
    else if (type === VideoMessage.VramLocationAck) this.placed(body);
    else if (type === VideoMessage.FeatureChange) this.showAll();
    return true;
  }

  private versionAnswered(body: Uint8Array): void {
    const { state, options } = this;
    if ((VIDEO_VERSION_RESPONSE.decode(body)?.accepted ?? 0) === 0) return this.tryVersion(state.attempt + 1);
    if (videoMinor(state.version) >= videoMinor(VideoVersion.V3_5))
      return this.send(VideoMessage.ResolutionRequest, RESOLUTION_REQUEST.encode({ most: MAX_RESOLUTIONS }));
    state.depth = state.version === VideoVersion.V3_0 ? 16 : 32;
    this.take(options.size);
  }

  private resolutionAnswered(body: Uint8Array): void {
    const answer = decodeResolutions(body);
    this.take(answer?.list[answer.preferred] ?? this.options.size);
  }

  /** The size is known: now the host has to lay its memory where this driver wants the picture. */
  private take([width, height]: Resolution): void {
    Object.assign(this.state, { width, height });
    const gpa = BigInt(this.state.memory);
    this.send(VideoMessage.VramLocation, VRAM_LOCATION.encode({ context: gpa, specified: 1, gpa }));
  }

  private placed(body: Uint8Array): void {
    if (VIDEO_ACK.decode(body)?.context !== BigInt(this.state.memory)) return this.channel.enter('failed');
    this.showAll();
    this.channel.enter('active');
  }

  /** Sets another size while the screen works. */
  resize([width, height]: Resolution): void {
    if (this.state.phase !== 'active') return;
    Object.assign(this.state, { width, height });
    this.situation();
  }

  private showAll(): void {
    const side = POINTER_SIDE;
    this.send(VideoMessage.PointerPosition, POINTER_POSITION.encode({ visible: 1, output: 0, x: 0, y: 0 }));
    const shape = { part: LAST_PART, argb: 1, width: side, height: side, hotX: 0, hotY: 0 };
    const picture = new Uint8Array(POINTER_SHAPE.size + side * side * 4);
    POINTER_SHAPE.write(picture, 0, shape);
    this.send(VideoMessage.PointerShape, picture);
    this.situation();
  }

  private situation(): void {
    const { width, height, depth } = this.state;
    const pitch = (width * depth) / 8;
    const update = { context: 0n, outputs: 1, active: 1, offset: 0, depth, width, height, pitch };
    this.send(VideoMessage.SituationUpdate, SITUATION_UPDATE.encode(update));
  }
}
