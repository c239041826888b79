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
  private buffer = new ArrayBuffer(0); // where the latest packet lies
  private words = new DataView(this.buffer);
  private copy = new Uint8Array(this.buffer); // the packet itself, and what it carries: views that are kept, as most
  private payload = this.copy; // packets are as long as the one before

  constructor(readonly ring: RingBuffer) {}

  /**
   * The next packet, or null when there is none (or the ring is damaged). It is a copy, so that the other side cannot change it any
   * more, and good until the next call: who needs it longer keeps a copy of its own.
   */
  next(): Packet | null {
    if (this.damaged) return null;
    const { ring } = this;
    const controls = ring.controls();
    const write = controls.getUint32(RingControl.WriteIndex, true);
    const read = this.cursor ?? controls.getUint32(RingControl.ReadIndex, true);
    if (!ring.isIndex(write) || !ring.isIndex(read)) return this.damage();
    if (read === write) return null;
    const window = ring.place(read, DESCRIPTOR_BYTES);
    const word = window === null ? ring.word(read + 4) : window.words.getUint32(read - window.from + 4, true);
    const length = (word & 0xffff) * 8; // eighths of the length, u16 at 4
    if (length < DESCRIPTOR_BYTES || length + TRAILER_BYTES > ring.filled(write, read)) return this.damage();
    if (length !== this.copy.length) this.makeRoom(length);
    if (window !== null && read + length <= window.to)
      this.copy.set(new Uint8Array(window.buffer, window.start + read - window.from, length));
    else ring.readInto(read, this.copy);
    const { words } = this;
    const dataOffset = words.getUint16(2, true) * 8;
    if (dataOffset < DESCRIPTOR_BYTES || dataOffset > length) return this.damage();
    this.cursor = ring.after(read, length + TRAILER_BYTES);
    if (this.payload.length !== length - dataOffset) this.payload = this.copy.subarray(dataOffset);
    return packetOf(words, this.copy, this.payload);
  }

  /** linux drivers/hv/ring_buffer.c keeps one such buffer for a channel too, pkt_buffer. */
  private makeRoom(length: number): void {
    if (length > this.buffer.byteLength) {
      this.buffer = new ArrayBuffer(Math.max(2048, length * 2));
      this.words = new DataView(this.buffer);
    }
    this.payload = this.copy = new Uint8Array(this.buffer, 0, length);
  }

  /**
   * Gives the space of the packets read since the last commit back. True when the producer waits for room and now has it: signal it.
   */
  commit(): boolean {
    const { ring, cursor } = this;
    this.cursor = null;
    if (cursor === null) return false;
    const controls = ring.controls();
    const read = controls.getUint32(RingControl.ReadIndex, true);
    const write = controls.getUint32(RingControl.WriteIndex, true);
    controls.setUint32(RingControl.ReadIndex, cursor, true);
    const wanted = controls.getUint32(RingControl.PendingSendSize, true);
    if (wanted === 0 || !ring.isIndex(read) || !ring.isIndex(write)) return false;
    if ((controls.getUint32(RingControl.FeatureBits, true) & FEATURE_PENDING_SEND_SIZE) === 0) return false;
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
