/** The proleptic Gregorian calendar without time zones: what a real-time clock counts in. */

export const SECOND_MS = 1000;
export const DAY_SECONDS = 86_400;

export interface CalendarTime {
  readonly year: number;
  /** 1-12 and 1-31. */
  readonly month: number;
  readonly day: number;
  /** 1 Sunday … 7 Saturday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** Days in a cycle of 400 years; and from 1 March of year 0 to 1 January 1970. */
const CYCLE_DAYS = 146_097;
const MARCH_0_TO_1970 = 719_468;

/**
 * Days since 1970 of a date. Years begin in March here, so that the leap day is the last of its year and the months before
 * it follow one formula. Months out of range run over into the years.
 */
export function daysOf(year: number, month: number, day: number): number {
  const months = year * 12 + (month - 1) - 2; // since March of year 0
  const marchYear = Math.floor(months / 12);
  const monthIndex = months - marchYear * 12;
  const leaps = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return marchYear * 365 + leaps + Math.floor((153 * monthIndex + 2) / 5) + (day - 1) - MARCH_0_TO_1970;
}

/** Seconds since 1970 as a date and a time. */
export function calendarOf(seconds: number): CalendarTime {
  const days = Math.floor(seconds / DAY_SECONDS);
  const rest = seconds - days * DAY_SECONDS;
  const { year, month, day } = dateOf(days);
  return {
    year,
    month,
    day,
    weekday: ((((days + 4) % 7) + 7) % 7) + 1, // 1 January 1970 was a Thursday
    hour: Math.floor(rest / 3600),
    minute: Math.floor(rest / 60) % 60,
    second: rest % 60,
  };
}

function dateOf(days: number): { year: number; month: number; day: number } {
  const shifted = days + MARCH_0_TO_1970;
  const cycle = Math.floor(shifted / CYCLE_DAYS);
  const inCycle = shifted - cycle * CYCLE_DAYS;
  const yearInCycle = Math.floor(
    (inCycle - Math.floor(inCycle / 1460) + Math.floor(inCycle / 36_524) - Math.floor(inCycle / 146_096)) / 365,
  );
  const dayOfYear = inCycle - (365 * yearInCycle + Math.floor(yearInCycle / 4) - Math.floor(yearInCycle / 100));
  const monthIndex = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9;
  const day = dayOfYear - Math.floor((153 * monthIndex + 2) / 5) + 1;
  return { year: cycle * 400 + yearInCycle + (month <= 2 ? 1 : 0), month, day };
}

/** Seconds since 1970 of a date and a time; the weekday is not looked at. */
export function secondsOf(time: Omit<CalendarTime, 'weekday'>): number {
  const { year, month, day, hour, minute, second } = time;
  return daysOf(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second;
}
