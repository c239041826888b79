import type { BalloonMemory } from '@engine/guest/vsc/dynamic-memory/balloon-driver';
import { PageRanges, type PageRange } from '@engine/memory/page-ranges';

/** Pages of one megabyte. */
export const MB = 256;

/** Memory of a guest with 64 MB: it may give up what lies between 32 and 64 MB. */
export class GuestPages implements BalloonMemory {
  readonly balloon = new PageRanges();
  readonly added: PageRange[] = [];
  committed = 30 * MB;
  mostToGive = Infinity;

  get ballooned(): number {
    return this.balloon.count;
  }

  get available(): number {
    return 64 * MB - this.ballooned - this.committed;
  }

  inflate(count: number): PageRange[] {
    const given = Math.min(count, 32 * MB - this.ballooned, this.mostToGive);
    if (given <= 0) return [];
    const range = { start: 64 * MB - this.ballooned - given, count: given };
    this.balloon.add(range);
    return [range];
  }

  deflate(range: PageRange): void {
    this.balloon.remove(range);
  }

  add(range: PageRange): number {
    this.added.push(range);
    return range.count;
  }
}
