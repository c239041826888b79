import type { FramePort, FrameReceiver } from '../base/backends';

/**
 * The cable of a network adapter: the adapter keeps its end for as long as the machine is on, the other end is plugged into
 * a switch port, pulled out and plugged in elsewhere while the guest runs. The guest sees the link go and come.
 */
export class Cable implements FramePort {
  private target: FramePort | null = null;
  private receiver: FrameReceiver | null = null;

  /** @param onFault takes what the adapter throws on a frame: a bug of ours, which must end its machine and not the switch */
  constructor(private readonly onFault: ((error: unknown) => void) | null = null) {}

  get linkUp(): boolean {
    return this.target?.linkUp ?? false;
  }

  send(frame: Uint8Array): void {
    this.target?.send(frame); // into a loose end: the frame is lost on the wire, as with a real one
  }

  setReceiver(receiver: FrameReceiver | null): void {
    this.receiver = receiver;
  }

  /** Plugs the far end into `port`, or leaves it loose (null). */
  plug(port: FramePort | null): void {
    const before = this.linkUp;
    this.target?.setReceiver(null);
    this.target = port;
    port?.setReceiver({
      receive: (frame) => this.guard(() => this.receiver?.receive(frame)),
      linkChanged: (up) => this.guard(() => this.receiver?.linkChanged(up)),
    });
    if (before !== this.linkUp) this.receiver?.linkChanged(this.linkUp);
  }

  private guard(action: () => void): void {
    if (this.onFault === null) return action();
    try {
      action();
    } catch (error) {
      this.onFault(error);
    }
  }
}
