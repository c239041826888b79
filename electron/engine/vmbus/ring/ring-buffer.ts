import { PAGE_SIZE } from '../../memory/guest-memory';
import type { PageView } from '../page-view';

/** Offsets in the control page. linux include/linux/hyperv.h, struct hv_ring_buffer. */
export const RingControl = {
  WriteIndex: 0,
  ReadIndex: 4,
  InterruptMask: 8,
  PendingSendSize: 12,
  FeatureBits: 64,
  Data: PAGE_SIZE,
} as const;

/** Feature bit 0: the consumer looks at the pending send size. */
export const FEATURE_PENDING_SEND_SIZE = 1;

/**
 * One ring in guest memory: a control page and data pages. All of its state lies there, shared by both sides, so every index that
 * the other side wrote is checked before it is used.
 */
export class RingBuffer {
  /** Bytes of data. */
  readonly size: number;

  /**
   * @param view the buffer that the ring is part of
   * @param at offset of the control page
   * @param pages pages of the ring, control page included, at least 2
   */
  constructor(
    private readonly view: PageView,
    private readonly at: number,
    pages: number,
  ) {
    this.size = (pages - 1) * PAGE_SIZE;
  }

  control(field: number): number {
    return this.view.readU32(this.at + field);
  }

  setControl(field: number, value: number): void {
    this.view.writeU32(this.at + field, value);
  }

  /** The index in `field`, or null when it cannot be one: a multiple of eight inside the data. */
  index(field: number): number | null {
    const value = this.control(field);
    return value < this.size && (value & 7) === 0 ? value : null;
  }

  /** The 32-bit word at data offset `from`, a multiple of four inside the data. */
  word(from: number): number {
    return this.view.readU32(this.at + RingControl.Data + from);
  }

  /** `length` bytes from data offset `from`, over the end and on from the start. */
  read(from: number, length: number): Uint8Array {
    const data = this.at + RingControl.Data;
    const first = Math.min(length, this.size - from);
    if (first === length) return this.view.read(data + from, length);
    const bytes = new Uint8Array(length);
    bytes.set(this.view.read(data + from, first));
    bytes.set(this.view.read(data, length - first), first);
    return bytes;
  }

  write(from: number, bytes: Uint8Array): void {
    const data = this.at + RingControl.Data;
    const first = Math.min(bytes.length, this.size - from);
    this.view.write(data + from, first === bytes.length ? bytes : bytes.subarray(0, first));
    if (first < bytes.length) this.view.write(data, bytes.subarray(first));
  }

  /** Bytes that may be written when the indices are these; equal indices mean empty, so one step always stays free. */
  free(write: number, read: number): number {
    return read > write ? read - write : this.size - write + read;
  }

  /** Puts a fresh ring into memory: empty, unmasked. */
  clear(): void {
    for (const field of [0, 4, 8, 12, RingControl.FeatureBits]) this.setControl(field, 0);
  }

  /** Numbers for people. */
  describe(): { size: number; write: number; read: number; mask: number; pendingSendSize: number } {
    return {
      size: this.size,
      write: this.control(RingControl.WriteIndex),
      read: this.control(RingControl.ReadIndex),
      mask: this.control(RingControl.InterruptMask),
      pendingSendSize: this.control(RingControl.PendingSendSize),
    };
  }
}
