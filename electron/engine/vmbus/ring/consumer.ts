import { readU16 } from '../../base/bytes';
import { DESCRIPTOR_BYTES, packetOf, TRAILER_BYTES, type Packet } from '../protocol/packet';
import { FEATURE_PENDING_SEND_SIZE, RingControl, type RingBuffer } from './ring-buffer';

/**
 * The reading end of a ring. `next` walks ahead of the read index, `commit` gives the space back: both within one event, so
 * that nothing outlives it but the ring itself. linux drivers/hv/ring_buffer.c, hv_pkt_iter_next and hv_pkt_iter_close.
 */
export class RingConsumer {
  /** True once the producer has written something that is no packet: the ring can only be closed then. */
  damaged = false;
  private cursor: number | null = null; // null between events
  private room = 0;
  private buffer = new ArrayBuffer(0); // where the latest packet lies
  private copy = new Uint8Array(this.buffer); // the packet itself, and what it carries: views that are kept, as most
  private payload = this.copy; // packets are as long as the one before

  constructor(readonly ring: RingBuffer) {}

  /**
   * The next packet, or null when there is none (or the ring is damaged). It is a copy, so that the other side cannot change it any
   * more, and good until the next call: who needs it longer keeps a copy of its own.
   */
  next(): Packet | null {
    const { ring } = this;
    if (this.damaged) return null;
    const write = ring.index(RingControl.WriteIndex);
    const read = this.cursor ?? ring.index(RingControl.ReadIndex);
    if (write === null || read === null) return this.damage();
    if (read === write) return null;
    const available = write > read ? write - read : ring.size - read + write;
    const length = available < DESCRIPTOR_BYTES ? 0 : (ring.word(read + 4) & 0xffff) * 8; // eighths of the length, u16 at 4
    if (length < DESCRIPTOR_BYTES || length + TRAILER_BYTES > available) return this.damage();
    const bytes = this.copied(read, length);
    const dataOffset = readU16(bytes, 2) * 8;
    if (dataOffset < DESCRIPTOR_BYTES || dataOffset > length) return this.damage();
    this.cursor = ring.after(read, length + TRAILER_BYTES);
    return packetOf(bytes, this.payloadOf(dataOffset));
  }

  /** linux drivers/hv/ring_buffer.c does the same with one buffer of a channel, pkt_buffer. */
  private copied(from: number, length: number): Uint8Array {
    if (length > this.room) {
      this.room = Math.max(2048, length * 2);
      this.buffer = new ArrayBuffer(this.room);
    }
    if (length !== this.copy.length) this.payload = this.copy = new Uint8Array(this.buffer, 0, length);
    this.ring.readInto(from, this.copy);
    return this.copy;
  }

  private payloadOf(dataOffset: number): Uint8Array {
    if (this.payload.length !== this.copy.length - dataOffset) this.payload = this.copy.subarray(dataOffset);
    return this.payload;
  }

  /**
   * Gives the space of the packets read since the last commit back. True when the producer waits for room and now has it: signal it.
   */
  commit(): boolean {
    const { ring, cursor } = this;
    this.cursor = null;
    if (cursor === null) return false;
    const read = ring.index(RingControl.ReadIndex);
    const write = ring.index(RingControl.WriteIndex);
    ring.setControl(RingControl.ReadIndex, cursor);
    const wanted = ring.control(RingControl.PendingSendSize);
    if (read === null || write === null || wanted === 0) return false;
    if ((ring.control(RingControl.FeatureBits) & FEATURE_PENDING_SEND_SIZE) === 0) return false;
    return ring.free(write, read) <= wanted && ring.free(write, cursor) > wanted;
  }

  /** True when a packet waits. */
  get pending(): boolean {
    const read = this.cursor ?? this.ring.control(RingControl.ReadIndex);
    return !this.damaged && this.ring.control(RingControl.WriteIndex) !== read;
  }

  /** Asks the producer not to signal: this side is reading anyway. */
  mask(): void {
    this.ring.setControl(RingControl.InterruptMask, 1);
  }

  /** Ends that; true when something came in meanwhile and reading must go on. */
  unmask(): boolean {
    this.ring.setControl(RingControl.InterruptMask, 0);
    return this.pending;
  }

  private damage(): null {
    this.damaged = true;
    return null;
  }
}
