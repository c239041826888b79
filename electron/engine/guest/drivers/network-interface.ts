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
  /** Bytes of the largest IP packet with TCP in it that the adapter cuts into segments; 0 or absent: it does not. */
  readonly largestSend?: number;
  /** Sends a frame with a large TCP packet, in segments of so many bytes of data. */
  sendLarge?(frame: Uint8Array, segmentSize: number): void;
  readonly received: number;
}
