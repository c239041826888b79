import type { FramePort, FrameReceiver } from '../base/backends';

/**
 * An adapter's cable: a frame port that stays the same while its other end is moved from switch to switch, or lies on the
 * floor. Pure wiring: it holds no frame and needs no saving.
 */
export class PatchCable implements FramePort {
  private end: FramePort | null = null;
  private receiver: FrameReceiver | null = null;
  private readonly relay: FrameReceiver = {
    receive: (frame) => this.receiver?.receive(frame),
    linkChanged: (up) => this.receiver?.linkChanged(up),
  };

  get linkUp(): boolean {
    return this.end?.linkUp ?? false;
  }

  send(frame: Uint8Array): void {
    this.end?.send(frame);
  }

  setReceiver(receiver: FrameReceiver | null): void {
    this.receiver = receiver;
  }

  /** Moves the other end; null unplugs it. The adapter is told when its link comes or goes by that. */
  plug(end: FramePort | null): void {
    const wasUp = this.linkUp;
    this.end?.setReceiver(null);
    this.end = end;
    end?.setReceiver(this.relay);
    if (this.linkUp !== wasUp) this.receiver?.linkChanged(this.linkUp);
  }
}
