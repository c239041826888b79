import { viewOf } from '../../base/bytes';
import { PAGE_SIZE, type GuestMemory } from '../../memory/guest-memory';
import type { PageView } from '../page-view';

const PAGE_SHIFT = 12;

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

/** The control page, little-endian words at byte offsets: where it lies in host memory, or by way of the guest's pages. */
export type ControlWords = Pick<DataView, 'getUint32' | 'setUint32'>;

/** Data of a ring where they lie in host memory: from data offset `from` to `to`. Good for this event. */
export interface DataWindow {
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
  readonly words: DataView;
  /** Behind `bytes`, and where in it they begin: asking an array for its buffer is slow. */
  readonly buffer: ArrayBufferLike;
  readonly start: number;
}

const NOWHERE: DataWindow = {
  from: 0,
  to: 0,
  bytes: new Uint8Array(0),
  words: new DataView(new ArrayBuffer(0)),
  buffer: new ArrayBuffer(0),
  start: 0,
};

/** The control page of a ring whose memory gives nothing out: word by word, each looked up. */
class DistantControl implements ControlWords {
  constructor(
    private readonly view: PageView,
    private readonly at: number,
  ) {}

  getUint32(field: number): number {
    return this.view.readU32(this.at + field);
  }

  setUint32(field: number, value: number): void {
    this.view.writeU32(this.at + field, value);
  }
}

/**
 * One ring in guest memory: a control page and data pages. All of its state lies there, shared by both sides, so every index that
 * the other side wrote is checked before it is used.
 */
export class RingBuffer {
  /** Bytes of data. */
  readonly size: number;
  private readonly memory: GuestMemory;
  private readonly data: number; // where the data begin in the buffer
  private layout = -1; // of the memory, for which what follows is good
  private page: ControlWords;
  private near = NOWHERE; // window of the latest access: a ring is used from one end to the other
  private windows: (DataWindow | undefined)[] = []; // by page of the data, as far as they have been looked for

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
    this.data = at + RingControl.Data;
    this.memory = view.memory;
    this.page = new DistantControl(view, at);
  }

  /** The control page. Good for this event, as is what `place` gives: ask for it first, it sees whether memory has moved. */
  controls(): ControlWords {
    if (this.layout !== this.memory.layout) this.look();
    return this.page;
  }

  private look(): void {
    const window = this.view.window(this.at);
    const isWhole = window !== null && window.to >= this.data;
    this.page = isWhole ? viewOf(window.bytes.subarray(this.at - window.from)) : new DistantControl(this.view, this.at);
    this.near = NOWHERE;
    this.windows = [];
    this.layout = this.memory.layout;
  }

  control(field: number): number {
    return this.controls().getUint32(field, true);
  }

  setControl(field: number, value: number): void {
    this.controls().setUint32(field, value, true);
  }

  /** True when `value` can be an index: a multiple of eight inside the data. */
  isIndex(value: number): boolean {
    return value < this.size && (value & 7) === 0;
  }

  /**
   * Where `length` bytes from data offset `from` on lie together in host memory, after `controls` in the same event. Null when they
   * do not: over the end, in pages that lie apart, or where memory gives nothing out.
   */
  place(from: number, length: number): DataWindow | null {
    const { near } = this;
    return from >= near.from && from + length <= near.to ? near : this.seek(from, length);
  }

  private seek(from: number, length: number): DataWindow | null {
    const page = from >>> PAGE_SHIFT;
    const window = this.windows[page] ?? this.find(from);
    this.windows[page] = this.near = window;
    return from + length <= window.to ? window : null;
  }

  /** The window around data offset `from`, cut off where the data begin and end. */
  private find(from: number): DataWindow {
    const found = this.view.window(this.data + from);
    if (!found) return NOWHERE;
    const first = Math.max(found.from, this.data);
    const bytes = found.bytes.subarray(first - found.from, Math.min(found.to, this.data + this.size) - found.from);
    const begin = first - this.data;
    const { buffer, byteOffset: start } = bytes;
    return { from: begin, to: begin + bytes.length, bytes, words: viewOf(bytes), buffer, start };
  }

  /** The 32-bit word at data offset `from`, a multiple of four inside the data. */
  word(from: number): number {
    return this.view.readU32(this.data + from);
  }

  /** Copies from data offset `from` until `target` is full, over the end and on from the start. */
  readInto(from: number, target: Uint8Array): void {
    const first = this.size - from;
    if (target.length <= first) return this.view.readInto(this.data + from, target);
    this.view.readInto(this.data + from, target.subarray(0, first));
    this.view.readInto(this.data, target.subarray(first));
  }

  /** Copies the first `length` of `bytes` to data offset `from` and on, over the end and on from the start. */
  write(from: number, bytes: Uint8Array, length = bytes.length): void {
    const first = Math.min(length, this.size - from);
    this.view.write(this.data + from, bytes.subarray(0, first));
    if (first < length) this.view.write(this.data, bytes.subarray(first, length));
  }

  /** The data offset `bytes` behind `from`. */
  after(from: number, bytes: number): number {
    const at = from + bytes;
    return at < this.size ? at : at - this.size;
  }

  /** Bytes that may be written when the indices are these; equal indices mean empty, so one step always stays free. */
  free(write: number, read: number): number {
    return read > write ? read - write : this.size - write + read;
  }

  /** Bytes that wait to be read. */
  filled(write: number, read: number): number {
    return write >= read ? write - read : this.size - read + write;
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
