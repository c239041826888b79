import type { FramePort } from '../../base/backends';

/** A network adapter as the guest's protocol stack and its network folder see it. */
export interface NetworkInterface extends FramePort {
  /** Name of the device. */
  readonly name: string;
  /** Station address, six bytes. */
  readonly mac: Uint8Array;
  readonly speedMbps: number;
  /** Frames since the driver was started. */
  readonly sent: number;
  readonly received: number;
}
