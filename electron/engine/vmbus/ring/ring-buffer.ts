import { viewOf } from '../../base/bytes';
import { PAGE_SIZE, type GuestMemory } from '../../memory/guest-memory';
import type { PageView, ViewWindow } from '../page-view';

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

/**
 * One ring in guest memory: a control page and data pages. All of its state lies there, shared by both sides, so every index that
 * the other side wrote is checked before it is used.
 */
export class RingBuffer {
  /** Bytes of data. */
  readonly size: number;
  private readonly memory: GuestMemory;
  private layout = -1; // of the memory, for which what follows is good
  private controls: DataView | null = null; // the control page
  private windows: (ViewWindow | null | undefined)[] = []; // by page of the data, as far as they have been looked for

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
    this.memory = view.memory;
  }

  /** The control page where it lies in host memory, or null: then the slow way is the only one. */
  private controlPage(): DataView | null {
    if (this.layout !== this.memory.layout) this.look();
    return this.controls;
  }

  private look(): void {
    const window = this.view.window(this.at);
    const isWhole = window !== null && window.to >= this.at + PAGE_SIZE;
    this.controls = isWhole ? viewOf(window.bytes.subarray(this.at - window.from)) : null;
    this.windows = [];
    this.layout = this.memory.layout;
  }

  control(field: number): number {
    const page = this.controlPage();
    return page ? page.getUint32(field, true) : this.view.readU32(this.at + field);
  }

  setControl(field: number, value: number): void {
    const page = this.controlPage();
    if (page) page.setUint32(field, value, true);
    else this.view.writeU32(this.at + field, value);
  }

  /** Where `length` bytes of data lie together in host memory: `at` counts from the start of the buffer. Null as above. */
  private window(at: number, length: number): ViewWindow | null {
    if (this.layout !== this.memory.layout) this.look();
    const known = this.windows[at >>> PAGE_SHIFT];
    const window = known === undefined ? this.find(at) : known;
    return window !== null && at >= window.from && at + length <= window.to ? window : null;
  }

  private find(at: number): ViewWindow | null {
    const found = this.view.window(at);
    this.windows[at >>> PAGE_SHIFT] = found;
    return found;
  }

  /** The index in `field`, or null when it cannot be one: a multiple of eight inside the data. */
  index(field: number): number | null {
    const value = this.control(field);
    return value < this.size && (value & 7) === 0 ? value : null;
  }

  /** The 32-bit word at data offset `from`, a multiple of four inside the data. */
  word(from: number): number {
    const at = this.at + RingControl.Data + from;
    const window = this.window(at, 4);
    return window ? window.words.getUint32(at - window.from, true) : this.view.readU32(at);
  }

  /** Where `length` bytes from data offset `from` on lie together in host memory, or null when they do not. */
  place(from: number, length: number): ViewWindow | null {
    return from + length <= this.size ? this.window(this.at + RingControl.Data + from, length) : null;
  }

  /** Data offset `from` as an offset into a window that it lies in. */
  inWindow(window: ViewWindow, from: number): number {
    return this.at + RingControl.Data + from - window.from;
  }

  /** Copies from data offset `from` until `target` is full, over the end and on from the start. */
  readInto(from: number, target: Uint8Array): void {
    const data = this.at + RingControl.Data;
    const first = this.size - from;
    if (target.length <= first) return this.readPiece(data + from, target);
    this.readPiece(data + from, target.subarray(0, first));
    this.readPiece(data, target.subarray(first));
  }

  private readPiece(at: number, target: Uint8Array): void {
    const window = this.window(at, target.length);
    if (!window) return this.view.readInto(at, target);
    target.set(new Uint8Array(window.buffer, window.start + at - window.from, target.length));
  }

  write(from: number, bytes: Uint8Array): void {
    const data = this.at + RingControl.Data;
    const first = this.size - from;
    if (bytes.length <= first) return this.writePiece(data + from, bytes);
    this.writePiece(data + from, bytes.subarray(0, first));
    this.writePiece(data, bytes.subarray(first));
  }

  private writePiece(at: number, bytes: Uint8Array): void {
    const window = this.window(at, bytes.length);
    if (window) window.bytes.set(bytes, at - window.from);
    else this.view.write(at, bytes);
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
