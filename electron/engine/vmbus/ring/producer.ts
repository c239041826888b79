import { viewOf } from '../../base/bytes';
import { putPacket, ringBytes, type OutgoingPacket } from '../protocol/packet';
import { FEATURE_PENDING_SEND_SIZE, RingControl, type RingBuffer } from './ring-buffer';

/** What became of a packet: not written for want of room, written, written and the consumer must be signalled, or the ring is damaged. */
export type WriteResult = 'full' | 'written' | 'signal' | 'damaged';

/** The writing end of a ring. linux drivers/hv/ring_buffer.c, hv_ringbuffer_write. */
export class RingProducer {
  private staging = new Uint8Array(0); // where a packet that lies in pieces is put together
  private stagingWords = viewOf(this.staging);

  constructor(readonly ring: RingBuffer) {}

  /**
   * Writes one packet. The consumer is signalled only when the ring was empty and it has not masked itself: else it is running,
   * or will look again before it stops. When there is no room the wish is left in the ring for a consumer that heeds it.
   */
  write(packet: OutgoingPacket): WriteResult {
    const { ring } = this;
    const controls = ring.controls();
    const write = controls.getUint32(RingControl.WriteIndex, true);
    const read = controls.getUint32(RingControl.ReadIndex, true);
    if (!ring.isIndex(write) || !ring.isIndex(read)) return 'damaged';
    const needed = ringBytes(packet);
    if (ring.free(write, read) <= needed) return this.wishFor(needed);
    const window = ring.place(write, needed);
    if (window) putPacket(packet, write, needed, window.words, window.bytes, write - window.from);
    else this.putInPieces(packet, write, needed);
    ring.setControl(RingControl.WriteIndex, ring.after(write, needed));
    if (ring.control(RingControl.PendingSendSize) !== 0) ring.setControl(RingControl.PendingSendSize, 0);
    return read === write && ring.control(RingControl.InterruptMask) === 0 ? 'signal' : 'written';
  }

  /** Over the ring's end, or over pages that lie apart: made elsewhere and copied. */
  private putInPieces(packet: OutgoingPacket, at: number, needed: number): void {
    if (this.staging.length < needed) {
      this.staging = new Uint8Array(needed * 2);
      this.stagingWords = viewOf(this.staging);
    }
    putPacket(packet, at, needed, this.stagingWords, this.staging, 0);
    this.ring.write(at, this.staging, needed);
  }

  /** True when a packet of `bytes` (trailer included) would fit now. */
  hasRoom(bytes: number): boolean {
    const { ring } = this;
    const write = ring.control(RingControl.WriteIndex);
    const read = ring.control(RingControl.ReadIndex);
    return ring.isIndex(write) && ring.isIndex(read) && ring.free(write, read) > bytes;
  }

  /** True when a packet that takes `bytes` can fit at all. */
  canEverFit(bytes: number): boolean {
    return bytes < this.ring.size;
  }

  private wishFor(bytes: number): WriteResult {
    const { ring } = this;
    if ((ring.control(RingControl.FeatureBits) & FEATURE_PENDING_SEND_SIZE) !== 0)
      ring.setControl(RingControl.PendingSendSize, bytes);
    return 'full';
  }
}
