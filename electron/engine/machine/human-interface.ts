import type { KeyEvent, PointerEvent } from '../base/backends';
import { KeyboardVsp } from '../parent/vsp/keyboard/keyboard-vsp';
import { MouseVsp } from '../parent/vsp/mouse/mouse-vsp';
import { FrameMemory } from '../parent/vsp/video/frame-memory';
import { VideoVsp } from '../parent/vsp/video/video-vsp';
import { HOST_VIDEO_VERSION } from '../vmbus/protocol/synth-video';
import { HOST_VMBUS_VERSION, VmbusVersion } from '../vmbus/protocol/versions';
import type { VmbusServer } from '../vmbus/server/server';
import type { GuestDesktop } from '../guest/shell/screens';
import type { DesktopScreen } from '@shared/model/guest-view';
import type { MachineParts } from './parts';

/**
 * The synthetic screen, keyboard and mouse of a machine. Every host offers screen and mouse; the keyboard came with Windows
 * Server 2012, until then keys take the emulated road whatever the guest has.
 */
export class HumanInterface {
  readonly video: VideoVsp;
  readonly mouse: MouseVsp;
  private readonly keyboard: KeyboardVsp | null;

  constructor({ description, units, memory, mmio, name, vram }: MachineParts, vmbus: VmbusServer) {
    const frames = units.add('frame-memory', new FrameMemory({ name: `${name}/video`, memory, mmio, vram }));
    const maxVersion = HOST_VIDEO_VERSION[description.hostId];
    this.video = new VideoVsp({ frames, maxVersion });
    this.mouse = new MouseVsp();
    const hostVersion = HOST_VMBUS_VERSION[description.hostId] ?? VmbusVersion.V5_3;
    this.keyboard = hostVersion >= VmbusVersion.V2_4 ? new KeyboardVsp() : null;
    units.add('video', this.video.device);
    units.add('mouse', this.mouse.device);
    if (this.keyboard) units.add('keyboard', this.keyboard.device);
    for (const provider of [this.mouse, this.keyboard, this.video]) if (provider) vmbus.add(provider.device);
  }

  /** Hands a key to the synthetic keyboard. False when no driver listens there: then it is the emulated keyboard's. */
  press(event: KeyEvent): boolean {
    if (!this.keyboard?.active) return false;
    this.keyboard.press(event);
    return true;
  }

  /** The same for the pointer. */
  point(event: PointerEvent): boolean {
    if (!this.mouse.active) return false;
    this.mouse.point(event);
    return true;
  }

  /**
   * A desktop as the console shows it: as large as the guest has set through its screen's channel (before, as its basic driver
   * knows it), with the pointer as the host hands it over.
   */
  framed(drawn: GuestDesktop): DesktopScreen {
    const { mode } = this.video;
    const size = mode ? { width: mode.width, height: mode.height } : {};
    return { ...drawn, ...size, pointer: this.mouse.active ? 'integrated' : 'captured' };
  }
}
