import { PAGE_SIZE } from './guest-memory';
import { PageRanges, type PageRange } from './page-ranges';
import { MMIO_GAP_END, type RamRange } from './ram-layout';

/** Saved state: the pages that Dynamic Memory has taken, and those that it has added to the RAM of power-on. */
export interface RamMapState {
  withdrawn: PageRange[];
  added: PageRange[];
}

/**
 * Which guest-physical addresses are RAM at the moment: the RAM of power-on, and what was added to it, less what was withdrawn.
 * It knows addresses only; what the bytes there are is kept by `SparseMemory`, which also has to hear of each change.
 */
export class RamMap {
  private readonly withdrawn = new PageRanges();
  private current: readonly RamRange[];

  /** @param initial the RAM of power-on */
  constructor(private readonly initial: readonly RamRange[]) {
    this.current = initial;
  }

  /** Ranges that are RAM or have been withdrawn from it, in the order in which they came. */
  get ranges(): readonly RamRange[] {
    return this.current;
  }

  /** Bytes in all ranges, withdrawn pages too. */
  get size(): number {
    return this.current.reduce((sum, range) => sum + range.length, 0);
  }

  get presentPages(): number {
    return this.size / PAGE_SIZE - this.withdrawn.count;
  }

  get withdrawnPages(): number {
    return this.withdrawn.count;
  }

  /** True when all `length` bytes from `gpa` lie in one range and none of their pages is withdrawn. */
  isRam(gpa: number, length: number): boolean {
    for (const { start, length: size } of this.current) {
      if (gpa >= start && gpa + length <= start + size) return this.withdrawn.isEmpty || !this.isWithdrawn(gpa, length);
    }
    return false;
  }

  private isWithdrawn(gpa: number, length: number): boolean {
    const first = Math.floor(gpa / PAGE_SIZE);
    return this.withdrawn.overlaps(first, Math.floor((gpa + Math.max(length, 1) - 1) / PAGE_SIZE) - first + 1);
  }

  /** Takes pages out. False, and nothing happens, unless all are RAM. */
  withdraw(range: PageRange): boolean {
    if (range.count <= 0 || !this.isRam(range.start * PAGE_SIZE, range.count * PAGE_SIZE)) return false;
    this.withdrawn.add(range);
    return true;
  }

  /** Puts the `count` highest withdrawn pages back (all, when there are fewer); returns which. */
  giveBack(count: number): PageRange[] {
    const ranges = this.withdrawn.highest(count);
    for (const range of ranges) this.withdrawn.remove(range);
    return ranges;
  }

  /** Adds RAM above all there is and above the MMIO gap, the page number aligned to `align` pages. Returns the range. */
  extend(count: number, align: number): PageRange {
    const top = this.current.reduce((end, { start, length }) => Math.max(end, start + length), MMIO_GAP_END);
    const start = Math.ceil(top / PAGE_SIZE / align) * align;
    this.current = [...this.current, { start: start * PAGE_SIZE, length: count * PAGE_SIZE }];
    return { start, count };
  }

  /** Takes away the end of what was added last. False when `range` is not that. */
  drop({ start, count }: PageRange): boolean {
    const last = this.current.at(-1);
    const end = last && last.start + last.length;
    if (!last || end !== (start + count) * PAGE_SIZE || this.current.length <= this.initial.length) return false;
    const length = start * PAGE_SIZE - last.start;
    this.current = [...this.current.slice(0, -1), ...(length > 0 ? [{ start: last.start, length }] : [])];
    return true;
  }

  /** What was added to the RAM of power-on, withdrawn or not. */
  get added(): PageRange[] {
    return this.current
      .slice(this.initial.length)
      .map(({ start, length }) => ({ start: start / PAGE_SIZE, count: length / PAGE_SIZE }));
  }

  /** Back to the RAM of power-on, all of it there. */
  reset(): void {
    this.withdrawn.clear();
    this.current = this.initial;
  }

  save(): RamMapState {
    return { withdrawn: this.withdrawn.save(), added: this.added };
  }

  restore({ withdrawn, added }: RamMapState): void {
    this.withdrawn.restore(withdrawn);
    const ranges = added.map(({ start, count }) => ({ start: start * PAGE_SIZE, length: count * PAGE_SIZE }));
    this.current = [...this.initial, ...ranges];
  }
}
