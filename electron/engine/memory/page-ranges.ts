/** Consecutive pages of guest-physical memory: number of the first page, and how many. */
export interface PageRange {
  readonly start: number;
  readonly count: number;
}

/** A set of pages, kept as sorted ranges with gaps between them. Its one state is the list. */
export class PageRanges {
  private list: PageRange[] = [];
  private pages = 0;

  /** Pages in the set. */
  get count(): number {
    return this.pages;
  }

  get isEmpty(): boolean {
    return this.pages === 0;
  }

  /** True when any page of the range is in the set. */
  overlaps(start: number, count: number): boolean {
    const before = this.list[this.indexBelow(start + count)];
    return before !== undefined && before.start + before.count > start;
  }

  /** True when every page of the range is in the set. */
  contains(start: number, count: number): boolean {
    const before = this.list[this.indexBelow(start + 1)];
    return before !== undefined && before.start + before.count >= start + count;
  }

  /** Adds pages of which none is in the set. */
  add({ start, count }: PageRange): void {
    const at = this.indexBelow(start) + 1;
    const [before, after] = [this.list[at - 1], this.list[at]];
    const joinsBefore = before !== undefined && before.start + before.count === start;
    const joinsAfter = after !== undefined && start + count === after.start;
    const first = joinsBefore ? before.start : start;
    const end = joinsAfter ? after.start + after.count : start + count;
    this.list.splice(at - (joinsBefore ? 1 : 0), (joinsBefore ? 1 : 0) + (joinsAfter ? 1 : 0), {
      start: first,
      count: end - first,
    });
    this.pages += count;
  }

  /** Takes pages out that are all in the set. */
  remove({ start, count }: PageRange): void {
    const at = this.indexBelow(start + 1);
    const whole = this.list[at];
    if (!whole) return;
    const rest = [
      { start: whole.start, count: start - whole.start },
      { start: start + count, count: whole.start + whole.count - start - count },
    ];
    this.list.splice(at, 1, ...rest.filter((piece) => piece.count > 0));
    this.pages -= count;
  }

  /** The highest `count` pages of the set (all, when there are fewer), highest range first. */
  highest(count: number): PageRange[] {
    const found: PageRange[] = [];
    for (let at = this.list.length - 1, left = count; at >= 0 && left > 0; at--) {
      const range = this.list[at];
      if (!range) break;
      const taken = Math.min(left, range.count);
      found.push({ start: range.start + range.count - taken, count: taken });
      left -= taken;
    }
    return found;
  }

  /** The ranges, lowest first. */
  save(): PageRange[] {
    return this.list.map(({ start, count }) => ({ start, count }));
  }

  restore(saved: readonly PageRange[]): void {
    this.list = saved.map(({ start, count }) => ({ start, count }));
    this.pages = this.list.reduce((sum, { count }) => sum + count, 0);
  }

  clear(): void {
    this.restore([]);
  }

  /** Index of the last range that begins below `page`, or -1. */
  private indexBelow(page: number): number {
    let [low, high] = [0, this.list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.list[middle]?.start ?? 0) < page) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
