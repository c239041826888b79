import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { PageRanges } from '@engine/memory/page-ranges';

describe('a set of pages', () => {
  it('says of every page what a plain set says, after any additions and removals', () => {
    const random = new Random(3);
    const [ranges, plain] = [new PageRanges(), new Set<number>()];
    for (let step = 0; step < 3000; step++) {
      const [start, count] = [random.below(200), 1 + random.below(12)];
      const pages = Array.from({ length: count }, (_, i) => start + i);
      const inside = pages.filter((page) => plain.has(page)).length;
      expect([ranges.overlaps(start, count), ranges.contains(start, count)]).toEqual([inside > 0, inside === count]);
      if (inside === 0) ranges.add({ start, count });
      if (inside === count) ranges.remove({ start, count });
      for (const page of pages)
        if (inside === 0) plain.add(page);
        else if (inside === count) plain.delete(page);
      expect(ranges.count).toBe(plain.size);
    }
    const listed = ranges.save().flatMap(({ start, count }) => Array.from({ length: count }, (_, i) => start + i));
    expect(listed).toEqual([...plain].sort((a, b) => a - b));
    const top = ranges.highest(7).flatMap(({ start, count }) => Array.from({ length: count }, (_, i) => start + i));
    expect(top.sort((a, b) => a - b)).toEqual(listed.slice(-7));
  });
});
