import { clonePlain, type InspectNode, type Unit } from '../../../base/unit';
import { DeviceClass, DeviceInstance } from '../../../vmbus/protocol/classes';
import type { OfferSpec } from '../../../vmbus/protocol/offer';
import { PacketType } from '../../../vmbus/protocol/packet';
import {
  decodeVideo,
  encodeVideo,
  FEATURE_CHANGE,
  VIDEO_MEMORY_MEGABYTES,
  VideoMessage,
  VideoVersion,
  videoVersionText,
  type Resolution,
} from '../../../vmbus/protocol/synth-video';
import type { VspDevice } from '../../../vmbus/server/device';
import type { HostChannel } from '../../../vmbus/server/host-channel';
import { completionOf, flushOutbox, inBand } from '../outbox';
import type { FrameMemory } from './frame-memory';
import { handleVideo } from './from-guest';
import { freshVideoState, type Rectangle, type VideoMode, type VideoVspState } from './state';

export interface VideoVspOptions {
  readonly frames: FrameMemory;
  /** Newest version of this host. */
  readonly maxVersion?: number;
}

/** The list that guests choose from: sizes that the memory holds in 32 bits. */
const RESOLUTIONS: readonly Resolution[] = [
  [640, 480],
  [800, 600],
  [1024, 768],
  [1152, 864],
  [1280, 720],
  [1280, 1024],
  [1366, 768],
  [1600, 900],
  [1600, 1200],
  [1680, 1050],
  [1920, 1080],
];

/**
 * The synthetic video device of the parent partition. The guest says where its picture lies, how large it is, and which parts of
 * it have changed; the device tells the guest whether anybody looks. linux drivers/video/fbdev/hyperv_fb.c is the other side.
 */
export class VideoVsp implements VspDevice, Unit<VideoVspState> {
  readonly offer: OfferSpec = {
    name: 'video',
    interfaceType: DeviceClass.Video,
    instance: DeviceInstance.Video,
    pipe: true,
    mmioMegabytes: VIDEO_MEMORY_MEGABYTES,
  };
  /** Grows with everything that may change the picture. */
  generation = 0;
  private state = freshVideoState('closed');
  private channel: HostChannel | null = null;

  constructor(private readonly options: VideoVspOptions) {}

  /** What the guest has set; null while the emulated adapter has the screen. */
  get mode(): Readonly<VideoMode> | null {
    return this.state.mode;
  }

  /** Agreed version, 0 before. */
  get version(): number {
    return this.state.version;
  }

  attached(channel: HostChannel): void {
    this.channel = channel;
  }

  opened(): boolean {
    this.begin('open');
    return true;
  }

  /** The picture's memory stays where it is: firmware closes the channel and draws on (openvmm, uidevices/video). */
  closed(): void {
    this.begin('closed');
  }

  private begin(phase: VideoVspState['phase']): void {
    const { counters, isWatched } = this.state;
    this.state = { ...freshVideoState(phase), counters, isWatched };
    this.generation++;
  }

  /** Somebody begins or ceases to look at the picture: the guest then sends changes, or need not. */
  setWatched(isWatched: boolean): void {
    if (this.state.isWatched === isWatched) return;
    this.state.isWatched = isWatched;
    if (this.state.phase === 'active') this.tellFeatures();
    this.channel?.schedule();
  }

  private tellFeatures(): void {
    const { isWatched, waiting } = this.state;
    const needed = isWatched ? 1 : 0;
    const features = { dirt: needed, pointerPosition: needed, pointerShape: needed, situation: 1 };
    waiting.push(inBand(encodeVideo(VideoMessage.FeatureChange, FEATURE_CHANGE.encode(features))));
  }

  /** The changed parts since the last call. */
  takeDirty(): Rectangle[] {
    return this.state.dirty.splice(0);
  }

  /** The picture row by row without padding, in the mode's depth; null while there is none. */
  frame(): Uint8Array | null {
    const { mode } = this.state;
    if (!mode) return null;
    const row = (mode.width * mode.depth) / 8;
    const bytes = new Uint8Array(row * mode.height);
    for (let y = 0; y < mode.height; y++) {
      bytes.set(this.options.frames.read(mode.offset + y * mode.pitch, row), y * row);
    }
    return bytes;
  }

  signalled(channel: HostChannel): void {
    if (!flushOutbox(channel, this.state.waiting)) return;
    for (let packet = channel.receive(); packet; packet = channel.receive()) {
      if (packet.type !== PacketType.InBand) continue;
      this.state.waiting.push(...completionOf(packet));
      this.handle(packet.payload);
      if (!flushOutbox(channel, this.state.waiting)) return;
    }
  }

  /** Behind the first mode the guest hears whether anybody looks: before that it has nothing to show. */
  private handle(payload: Uint8Array): void {
    const message = decodeVideo(payload);
    const { state } = this;
    const wasDark = state.mode === null;
    const { frames, maxVersion = VideoVersion.V3_5 } = this.options;
    if (!message) state.counters.malformed++;
    else
      handleVideo(message, { state, frames, maxVersion, resolutions: RESOLUTIONS, changed: () => this.generation++ });
    if (wasDark && state.mode !== null && state.isWatched) this.tellFeatures();
  }

  reset(): void {
    this.state = { ...freshVideoState('closed'), isWatched: this.state.isWatched };
    this.generation++;
  }

  save(): VideoVspState {
    return clonePlain(this.state);
  }

  restore(saved: VideoVspState): void {
    this.state = clonePlain(saved);
    this.generation++;
  }

  inspect(): InspectNode {
    const { phase, version, mode, pointer, shape, dirty, isWatched, waiting, counters } = this.state;
    return {
      phase,
      version: videoVersionText(version),
      mode: mode && { ...mode },
      memory: this.options.frames.inspect(),
      pointer: { ...pointer },
      shape: shape && { argb: shape.argb, width: shape.width, height: shape.height },
      dirty: dirty.length,
      isWatched,
      waiting: waiting.length,
      counters: { ...counters },
    };
  }
}
