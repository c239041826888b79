import { viewOf } from '../../base/bytes';
import { putPacket, ringBytes, type OutgoingPacket } from '../protocol/packet';
import { FEATURE_PENDING_SEND_SIZE, RingControl, type RingBuffer } from './ring-buffer';

/** What became of a packet: not written for want of room, written, written and the consumer must be signalled, or the ring is damaged. */
export type WriteResult = 'full' | 'written' | 'signal' | 'damaged';

/** The writing end of a ring. linux drivers/hv/ring_buffer.c, hv_ringbuffer_write. */
export class RingProducer {
  constructor(readonly ring: RingBuffer) {}

  /**
   * Writes one packet. The consumer is signalled only when the ring was empty and it has not masked itself: else it is running,
   * or will look again before it stops. When there is no room the wish is left in the ring for a consumer that heeds it.
   */
  write(packet: OutgoingPacket): WriteResult {
    const { ring } = this;
    const write = ring.index(RingControl.WriteIndex);
    const read = ring.index(RingControl.ReadIndex);
    if (write === null || read === null) return 'damaged';
    const needed = ringBytes(packet);
    if (ring.free(write, read) <= needed) {
      this.wishFor(needed);
      return 'full';
    }
    this.put(packet, write, needed);
    ring.setControl(RingControl.WriteIndex, ring.after(write, needed));
    if (ring.control(RingControl.PendingSendSize) !== 0) ring.setControl(RingControl.PendingSendSize, 0);
    const isMasked = ring.control(RingControl.InterruptMask) !== 0;
    return read === write && !isMasked ? 'signal' : 'written';
  }

  /** Into the ring where it is in one piece, else by way of a buffer of its own. */
  private put(packet: OutgoingPacket, at: number, needed: number): void {
    const window = this.ring.place(at, needed);
    if (window) return putPacket(packet, at, needed, window.words, window.bytes, this.ring.inWindow(window, at));
    const bytes = new Uint8Array(needed);
    putPacket(packet, at, needed, viewOf(bytes), bytes, 0);
    this.ring.write(at, bytes);
  }

  /** True when a packet of `bytes` (trailer included) would fit now. */
  hasRoom(bytes: number): boolean {
    const write = this.ring.index(RingControl.WriteIndex);
    const read = this.ring.index(RingControl.ReadIndex);
    return write !== null && read !== null && this.ring.free(write, read) > bytes;
  }

  /** True when a packet that takes `bytes` can fit at all. */
  canEverFit(bytes: number): boolean {
    return bytes < this.ring.size;
  }

  private wishFor(bytes: number): void {
    const { ring } = this;
    if ((ring.control(RingControl.FeatureBits) & FEATURE_PENDING_SEND_SIZE) === 0) return;
    ring.setControl(RingControl.PendingSendSize, bytes);
  }
}
