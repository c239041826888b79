import { describe, expect, it } from 'vitest';
import { civilTime, clockText, dateText, daysOf, wallSeconds } from '@engine/guest/kernel/wall-clock';

describe('the wall clock of a guest', () => {
  it('knows the calendar as Date does, from 1970 to 2099', () => {
    for (let day = 0; day < 47_482; day += 13) {
      const date = new Date(day * 86_400_000);
      const [year, month, date1] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
      expect(daysOf(year, month, date1)).toBe(day);
      expect(civilTime(day * 86_400 + 3661)).toEqual({
        year,
        month,
        day: date1,
        hour: 1,
        minute: 1,
        second: 1,
        weekday: date.getUTCDay(),
      });
    }
  });

  it('goes on with the time of the partition', () => {
    const state = { seconds: 1_000_000, at: 5e9 };
    expect(wallSeconds(state, 5e9 + 2_500_000_000)).toBe(1_000_002);
    expect([dateText(civilTime(1_000_000)), clockText(civilTime(1_000_000))]).toEqual(['1970-01-12', '13:46']);
  });
});
