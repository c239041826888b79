import { readU32 } from '../../base/bytes';
import { PAGE_SIZE, type GuestMemory } from '../../memory/guest-memory';
import { PageView, type MemoryRun } from '../page-view';
import type { GpadlHeader } from '../protocol/messages';
import type { GpadlState } from './state';

const RANGE_HEADER = 8; // byte count u32, byte offset u32
const PFN_BYTES = 8;
const PFN_HIGH_LIMIT = 2 ** 8; // addresses stay below 2^52

/** What adding a header or body led to. */
export type GpadlProgress = 'partial' | 'complete' | 'bad' | 'unknown';

/**
 * Guest-physical address descriptor lists: pages that the guest shares with a channel, sent as a header and as many bodies as it
 * takes. linux include/linux/hyperv.h, struct vmbus_channel_gpadl_header and _body.
 */
export class Gpadls {
  private readonly views = new Map<number, PageView>(); // made from the state when first used

  /**
   * @param list where the server keeps the state, looked up each time so that a restored state counts
   * @param byteLimit guest memory that all GPADLs together may name
   */
  constructor(
    private readonly memory: GuestMemory,
    private readonly list: () => GpadlState[],
    private readonly byteLimit: number,
  ) {}

  find(id: number): GpadlState | undefined {
    return this.list().find((gpadl) => gpadl.id === id);
  }

  /** The buffer of a complete GPADL, or null. */
  view(id: number): PageView | null {
    const known = this.views.get(id);
    if (known) return known;
    const gpadl = this.find(id);
    const runs = gpadl && gpadl.filled === gpadl.ranges.length ? this.parse(gpadl) : null;
    if (!runs) return null;
    const view = new PageView(this.memory, runs);
    this.views.set(id, view);
    return view;
  }

  /** Starts a GPADL. `rest` is what followed the header in its message. */
  begin(header: GpadlHeader, rest: Uint8Array): GpadlProgress {
    const { rangeBytes, rangeCount } = header;
    const promised = (rangeBytes / PFN_BYTES) * PAGE_SIZE;
    const isSound =
      rangeCount > 0 && rangeBytes % PFN_BYTES === 0 && rangeBytes >= rangeCount * (RANGE_HEADER + PFN_BYTES);
    if (!isSound || this.find(header.gpadl) || this.promised() + promised > this.byteLimit) return 'bad';
    const ranges = new Uint8Array(rangeBytes);
    const { relid, gpadl: id } = header;
    this.list().push({ id, relid, rangeCount, ranges, filled: 0, teardownWanted: false });
    return this.add(id, rest);
  }

  /** Adds page numbers. What comes beyond the announced length is not looked at. */
  add(id: number, bytes: Uint8Array): GpadlProgress {
    const gpadl = this.find(id);
    if (!gpadl || gpadl.filled === gpadl.ranges.length) return 'unknown';
    const taken = bytes.subarray(0, Math.min(bytes.length & ~7, gpadl.ranges.length - gpadl.filled));
    gpadl.ranges.set(taken, gpadl.filled);
    gpadl.filled += taken.length;
    if (gpadl.filled < gpadl.ranges.length) return 'partial';
    if (this.parse(gpadl)) return 'complete';
    this.remove(id);
    return 'bad';
  }

  remove(id: number): void {
    this.views.delete(id);
    const list = this.list();
    const index = list.findIndex((gpadl) => gpadl.id === id);
    if (index >= 0) list.splice(index, 1);
  }

  removeOf(relid: number): void {
    for (const { id } of this.list().filter((gpadl) => gpadl.relid === relid)) this.remove(id);
  }

  /** Forgets views after the state behind them was replaced. */
  invalidate(): void {
    this.views.clear();
  }

  private promised(): number {
    return this.list().reduce((sum, { ranges }) => sum + (ranges.length / PFN_BYTES) * PAGE_SIZE, 0);
  }

  /** The memory that the ranges name, or null when they do not add up or name what is not RAM. */
  private parse(gpadl: GpadlState): MemoryRun[] | null {
    const runs: MemoryRun[] = [];
    let at = 0;
    for (let i = 0; i < gpadl.rangeCount; i++) {
      const next = this.parseRange(gpadl.ranges, at, runs);
      if (next === null) return null;
      at = next;
    }
    return at === gpadl.ranges.length ? runs : null;
  }

  private parseRange(bytes: Uint8Array, at: number, runs: MemoryRun[]): number | null {
    const length = readU32(bytes, at);
    const offset = readU32(bytes, at + 4);
    const pages = Math.ceil((offset + length) / PAGE_SIZE);
    const next = at + RANGE_HEADER + pages * PFN_BYTES;
    if (at + RANGE_HEADER > bytes.length || next > bytes.length || length === 0 || offset >= PAGE_SIZE) return null;
    for (let page = 0, left = length, skip = offset; page < pages; page++, skip = 0) {
      const entry = at + RANGE_HEADER + page * PFN_BYTES;
      const high = readU32(bytes, entry + 4);
      const gpa = (high * 2 ** 32 + readU32(bytes, entry)) * PAGE_SIZE + skip;
      const count = Math.min(left, PAGE_SIZE - skip);
      if (high >= PFN_HIGH_LIMIT || !this.memory.isRam(gpa, count)) return null;
      runs.push({ gpa, length: count });
      left -= count;
    }
    return next;
  }
}
