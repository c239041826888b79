import type { Processor } from '../../hypervisor/processor';
import { readCmos } from '../firmware/board';
import { SECOND } from '../../clock/clock';

/** Wall clock: what the real-time clock said, and when it was asked. Plain. */
export interface WallClockState {
  /** Seconds since 1970-01-01 of the guest's local time. */
  seconds: number;
  /** Partition time of that reading. */
  at: number;
}

const UPDATE_IN_PROGRESS = 0x80;
const BINARY = 0x04;

/** Days since 1970-01-01 of a date of the Gregorian calendar. */
export function daysOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const ofEra = y - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}

/** Date and time of seconds since 1970. */
export interface CivilTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

export function civilTime(seconds: number): CivilTime {
  const days = Math.floor(seconds / 86_400);
  const rest = seconds - days * 86_400;
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const ofEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * ofYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: ofYear - Math.floor((153 * shifted + 2) / 5) + 1,
    hour: Math.floor(rest / 3600),
    minute: Math.floor(rest / 60) % 60,
    second: Math.floor(rest % 60),
    weekday: (((days + 4) % 7) + 7) % 7,
  };
}

/** Reads the MC146818's time and date (registers 0-9, century at 32h) as seconds since 1970. */
export function readRtc(processor: Processor): number {
  for (let i = 0; i < 4 && (readCmos(processor, 0x0a) & UPDATE_IN_PROGRESS) !== 0; i++);
  const isBinary = (readCmos(processor, 0x0b) & BINARY) !== 0;
  const value = (index: number): number => {
    const raw = readCmos(processor, index);
    return isBinary ? raw : (raw >> 4) * 10 + (raw & 0x0f);
  };
  const century = value(0x32);
  const year = (century >= 19 && century <= 21 ? century * 100 : 2000) + value(0x09);
  const day = daysOf(year, Math.min(Math.max(value(0x08), 1), 12), Math.min(Math.max(value(0x07), 1), 31));
  return day * 86_400 + value(0x04) * 3600 + value(0x02) * 60 + value(0x00);
}

/** The wall clock at partition time `now`. */
export function wallSeconds(state: WallClockState, now: number): number {
  return state.seconds + Math.floor((now - state.at) / SECOND);
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `HH:MM` */
export function clockText(time: CivilTime): string {
  return `${two(time.hour)}:${two(time.minute)}`;
}

/** `YYYY-MM-DD` */
export function dateText(time: CivilTime): string {
  return `${time.year}-${two(time.month)}-${two(time.day)}`;
}
