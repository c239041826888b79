import { DeviceClass, DeviceInstance } from '../../../vmbus/protocol/classes';
import type { OfferSpec } from '../../../vmbus/protocol/offer';
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
import { inBand, MessageProvider } from '../message-provider';
import type { FrameMemory } from './frame-memory';
import { handleVideo } from './from-guest';
import { freshVideoState, type Rectangle, type VideoMode, type VideoVspState } from './state';

export interface VideoVspOptions {
  readonly frames: FrameMemory;
  /** Newest version of this host. */
  readonly maxVersion?: number;
}

const OFFER: OfferSpec = {
  name: 'video',
  interfaceType: DeviceClass.Video,
  instance: DeviceInstance.Video,
  pipe: true,
  mmioMegabytes: VIDEO_MEMORY_MEGABYTES,
};

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
export class VideoVsp {
  /** To be added to the machine's VMBus server, and to its units. */
  readonly device: MessageProvider<VideoVspState>;
  /** Grows with everything that may change the picture. */
  generation = 0;

  /** The picture's memory stays where it is when the channel closes: firmware closes it and draws on (openvmm, uidevices/video). */
  constructor(private readonly options: VideoVspOptions) {
    const changed = (): void => void this.generation++;
    this.device = new MessageProvider<VideoVspState>({
      offer: OFFER,
      fresh: (before) => freshVideoState(before?.isWatched),
      kept: (state, { counters }) => ({ ...state, counters }),
      opened: changed,
      closed: changed,
      reset: changed,
      restored: changed,
      received: (payload) => this.received(payload),
      describe: (state) => this.describe(state),
    });
  }

  private get state(): VideoVspState {
    return this.device.state;
  }

  /** What the guest has set; null while the emulated adapter has the screen. */
  get mode(): Readonly<VideoMode> | null {
    return this.state.mode;
  }

  /** Agreed version, 0 before. */
  get version(): number {
    return this.state.version;
  }

  /** Somebody begins or ceases to look at the picture: the guest then sends changes, or need not. */
  setWatched(isWatched: boolean): void {
    if (this.state.isWatched === isWatched) return;
    this.state.isWatched = isWatched;
    if (this.state.phase === 'active') this.tellFeatures();
    this.device.schedule();
  }

  private tellFeatures(): void {
    const needed = this.state.isWatched ? 1 : 0;
    const features = { dirt: needed, pointerPosition: needed, pointerShape: needed, situation: 1 };
    this.device.queue(inBand(encodeVideo(VideoMessage.FeatureChange, FEATURE_CHANGE.encode(features))));
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

  /** Behind the first mode the guest hears whether anybody looks: before that it has nothing to show. */
  private received(payload: Uint8Array): boolean {
    const message = decodeVideo(payload);
    if (!message) return false;
    const { state } = this;
    const wasDark = state.mode === null;
    const { frames, maxVersion = VideoVersion.V3_5 } = this.options;
    const host = { state, frames, maxVersion, resolutions: RESOLUTIONS, changed: () => this.generation++ };
    const isSound = handleVideo(message, host);
    if (wasDark && state.mode !== null && state.isWatched) this.tellFeatures();
    return isSound;
  }

  private describe({ version, mode, pointer, shape, dirty, isWatched }: VideoVspState) {
    return {
      version: videoVersionText(version),
      mode: mode && { ...mode },
      memory: this.options.frames.inspect(),
      pointer: { ...pointer },
      shape: shape && { argb: shape.argb, width: shape.width, height: shape.height },
      dirty: dirty.length,
      isWatched,
    };
  }
}
