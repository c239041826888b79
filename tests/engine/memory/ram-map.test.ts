import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { RamMap } from '@engine/memory/ram-map';

const PAGE = 4096;
const TOP = 0x1_0000_0000 / PAGE; // what is added lies above the devices' hole

/** The pages of a range. */
const pagesOf = ({ start, count }: { start: number; count: number }): number[] =>
  Array.from({ length: count }, (_, i) => start + i);

describe('the map of RAM', () => {
  it('says of every page what a plain set says, after any withdrawals and returns', () => {
    const random = new Random(11);
    const map = new RamMap([
      { start: 0, length: 100 * PAGE },
      { start: 120 * PAGE, length: 40 * PAGE },
    ]);
    const present = new Set([...pagesOf({ start: 0, count: 100 }), ...pagesOf({ start: 120, count: 40 })]);
    for (let step = 0; step < 1000; step++) {
      const range = { start: random.below(170), count: random.below(12) };
      const isAll = range.count > 0 && pagesOf(range).every((page) => present.has(page));
      expect(map.withdraw(range)).toBe(isAll);
      if (isAll) pagesOf(range).forEach((page) => present.delete(page));
      if (random.below(3) === 0)
        map
          .giveBack(random.below(20))
          .flatMap(pagesOf)
          .forEach((page) => present.add(page));
      expect(map.presentPages).toBe(present.size);
      expect(map.presentPages + map.withdrawnPages).toBe(map.size / PAGE);
      const page = random.below(170);
      expect(map.isRam(page * PAGE + 4095, 2)).toBe(present.has(page) && present.has(page + 1));
    }
  });

  it('adds aligned RAM above all there is and drops only the end of what came last', () => {
    const map = new RamMap([{ start: 0, length: 16 * PAGE }]);
    expect(map.drop({ start: 8, count: 8 })).toBe(false); // there at power-on
    expect(map.extend(5, 8)).toEqual({ start: TOP, count: 5 });
    expect(map.extend(8, 8)).toEqual({ start: TOP + 8, count: 8 });
    expect(map.isRam((TOP + 5) * PAGE, 1)).toBe(false);
    expect(map.drop({ start: TOP, count: 5 })).toBe(false);
    expect(map.drop({ start: TOP + 14, count: 2 })).toBe(true);
    expect(map.added).toEqual([
      { start: TOP, count: 5 },
      { start: TOP + 8, count: 6 },
    ]);
    expect(map.drop({ start: TOP + 8, count: 6 })).toBe(true);
    expect(map.size).toBe(21 * PAGE);
  });

  it('is the same again after a restore, and the RAM of power-on after a reset', () => {
    const map = new RamMap([{ start: 0, length: 16 * PAGE }]);
    const added = map.extend(8, 1);
    map.withdraw({ start: 3, count: 4 });
    map.withdraw({ start: added.start + 1, count: 2 });
    const other = new RamMap([{ start: 0, length: 16 * PAGE }]);
    other.restore(map.save());
    expect(other.save()).toEqual(map.save());
    expect([other.isRam(3 * PAGE, 1), other.isRam(added.start * PAGE, PAGE)]).toEqual([false, true]);
    other.reset();
    expect([other.presentPages, other.isRam(0, 16 * PAGE), other.added]).toEqual([16, true, []]);
  });
});
