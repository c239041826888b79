import { createHash } from 'node:crypto';
import type { KeyEvent, PointerEvent } from '@engine/base/backends';
import type { DeviceMemory } from '@engine/bus/device-memory';
import type { MmioSpace } from '@engine/bus/mmio-space';
import type { GuestMemory } from '@engine/memory/guest-memory';
import { KeyboardVsp } from '@engine/parent/vsp/keyboard/keyboard-vsp';
import { MouseVsp } from '@engine/parent/vsp/mouse/mouse-vsp';
import { FrameMemory } from '@engine/parent/vsp/video/frame-memory';
import type { Rectangle, VideoMode } from '@engine/parent/vsp/video/state';
import { VideoVsp } from '@engine/parent/vsp/video/video-vsp';
import { HOST_VIDEO_VERSION } from '@engine/vmbus/protocol/synth-video';
import type { VmbusServer } from '@engine/vmbus/server/server';
import { REPORT_MARK } from './guest/initramfs';

export interface HumanParts {
  readonly name: string;
  readonly host: string;
  readonly memory: GuestMemory;
  readonly mmio: MmioSpace;
  readonly vram: DeviceMemory;
}

const key = (code: number, extended: boolean): KeyEvent[] => [
  { code, down: true, extended },
  { code, down: false, extended },
];
/** A, cursor up, right Ctrl. */
export const KEYS: readonly KeyEvent[] = [...key(0x1e, false), ...key(0x48, true), ...key(0x1d, true)];

const place = { x: 16_384, y: 8_192, dx: 0, dy: 0 };
/** A movement, a left click, a right click, one notch of the wheel away from the person, a movement to the far corner. */
export const POINTS: readonly PointerEvent[] = [
  { ...place, buttons: 0, wheel: 0 },
  { ...place, buttons: 1, wheel: 0 },
  { ...place, buttons: 0, wheel: 0 },
  { ...place, buttons: 2, wheel: 0 },
  { ...place, buttons: 0, wheel: 0 },
  { ...place, buttons: 0, wheel: -1 },
  { ...place, x: 32_767, y: 32_767, buttons: 0, wheel: 0 },
];

/** What lay on the screen when the guest asked to look. */
export interface Look {
  readonly digest: string;
  readonly mode: VideoMode | null;
  /** Parts that have changed since the look before. */
  readonly dirty: readonly Rectangle[];
}

/** The person before the console: presses, points and looks when the guest says that it is ready. */
export class Human {
  readonly keyboard = new KeyboardVsp();
  readonly mouse = new MouseVsp();
  readonly video: VideoVsp;
  readonly frames: FrameMemory;
  readonly looks: Look[] = [];

  constructor({ host, ...parts }: HumanParts, vmbus: VmbusServer) {
    this.frames = new FrameMemory(parts);
    this.video = new VideoVsp({ frames: this.frames, maxVersion: HOST_VIDEO_VERSION[host] });
    this.video.setWatched(true);
    for (const { device } of [this.keyboard, this.mouse, this.video]) vmbus.add(device);
  }

  /** The guest has printed a line. */
  heard(line: string): void {
    if (!line.startsWith(`${REPORT_MARK} ask `)) return;
    if (line.endsWith('keys')) for (const event of KEYS) this.keyboard.press(event);
    if (line.endsWith('pointer')) for (const event of POINTS) this.mouse.point(event);
    if (line.endsWith('look')) this.look();
  }

  private look(): void {
    const mode = this.video.mode;
    const digest = createHash('md5')
      .update(this.video.frame() ?? new Uint8Array(0))
      .digest('hex');
    this.looks.push({ digest, mode: mode && { ...mode }, dirty: this.video.takeDirty() });
  }
}
