import type { Disposable } from './disposable';

/**
 * Back ends: what a device or provider is given to reach the world behind it. A device never learns who stands there.
 */

/** One end of an Ethernet link. A device sends into it and is handed frames from it. Frames have no FCS. */
export interface FramePort {
  /** Hands one frame (14-byte header included, at most 65,535 bytes) to the other side. The bytes are not kept by reference. */
  send(frame: Uint8Array): void;
  /** Whom the other side calls with a frame for us. One receiver at a time; null detaches. */
  setReceiver(receiver: FrameReceiver | null): void;
  /** True when there is a link: the port is connected to a switch that works. */
  readonly linkUp: boolean;
}

/** The receiving side of a frame port. */
export interface FrameReceiver {
  /** A frame has come. Nobody changes its bytes from now on: they may be kept, and others may hold them too. */
  receive(frame: Uint8Array): void;
  /** The link came or went. */
  linkChanged(up: boolean): void;
}

/** Where a keyboard's events come from. Codes are IBM scan code set 1 make codes. */
export interface KeySource {
  onKey(handler: (event: KeyEvent) => void): Disposable;
}

/** One key going down or up. `extended` is the E0 prefix. */
export interface KeyEvent {
  readonly code: number;
  readonly down: boolean;
  readonly extended: boolean;
}

/** What a pointing device did. The console knows both: where on the picture it is, and how far it went since the last event. */
export interface PointerEvent {
  /** Place on the picture: 0 is its left or upper edge, 32,767 the right or lower one. */
  readonly x: number;
  readonly y: number;
  /** Movement in pixels; y and the wheel (in notches) grow towards the user. */
  readonly dx: number;
  readonly dy: number;
  readonly wheel: number;
  /** Bit 0 left, bit 1 right, bit 2 middle, bits 3 and 4 the extra ones. */
  readonly buttons: number;
}
