import { calendarOf, secondsOf } from './calendar';

/** The time registers of an MC146818 in the format that register B asks for (MC146818 data sheet, "Time, calendar and alarm"). */

export const TIME = { second: 0, minute: 2, hour: 4, weekday: 6, day: 7, month: 8, year: 9 } as const;
export const ALARM = { second: 1, minute: 3, hour: 5 } as const;
/** Where a PC keeps the century: named by the FADT. */
export const CENTURY = 0x32;
/** All registers that hold the time. */
export const TIME_REGISTERS: readonly number[] = [...Object.values(TIME), CENTURY];

const B_24_HOURS = 0x02;
const B_BINARY = 0x04;
const PM = 0x80;

function encode(value: number, b: number): number {
  return b & B_BINARY ? value : (Math.floor(value / 10) << 4) | (value % 10);
}

function decode(value: number, b: number): number {
  return b & B_BINARY ? value : (value >> 4) * 10 + (value & 0x0f);
}

function encodeHour(hour: number, b: number): number {
  if (b & B_24_HOURS) return encode(hour, b);
  return encode(hour % 12 === 0 ? 12 : hour % 12, b) | (hour >= 12 ? PM : 0);
}

/** Hour 0-23 of an hour register, also an alarm's. */
export function decodeHour(value: number, b: number): number {
  if (b & B_24_HOURS) return decode(value, b);
  return (decode(value & ~PM, b) % 12) + (value & PM ? 12 : 0);
}

/** Puts the moment `seconds` since 1970 into the registers. */
export function storeTime(registers: Uint8Array, seconds: number): void {
  const b = registers[0x0b] ?? 0;
  const time = calendarOf(seconds);
  registers[TIME.second] = encode(time.second, b);
  registers[TIME.minute] = encode(time.minute, b);
  registers[TIME.hour] = encodeHour(time.hour, b);
  registers[TIME.weekday] = time.weekday;
  registers[TIME.day] = encode(time.day, b);
  registers[TIME.month] = encode(time.month, b);
  registers[TIME.year] = encode(time.year % 100, b);
  registers[CENTURY] = encode(Math.floor(time.year / 100), b);
}

/** The moment that the registers name, in seconds since 1970. Nonsense runs over into the next larger unit. */
export function loadTime(registers: Uint8Array): number {
  const b = registers[0x0b] ?? 0;
  const field = (at: number): number => decode(registers[at] ?? 0, b);
  return secondsOf({
    year: field(CENTURY) * 100 + field(TIME.year),
    month: field(TIME.month),
    day: field(TIME.day),
    hour: decodeHour(registers[TIME.hour] ?? 0, b),
    minute: field(TIME.minute),
    second: field(TIME.second),
  });
}

/** True when the alarm registers match the second of day `second`. C0h and above match anything. */
function alarmMatches(registers: Uint8Array, second: number): boolean {
  const b = registers[0x0b] ?? 0;
  const matches = (at: number, value: number, decoded: (raw: number) => number): boolean => {
    const raw = registers[at] ?? 0;
    return raw >= 0xc0 || decoded(raw) === value;
  };
  return (
    matches(ALARM.second, second % 60, (raw) => decode(raw, b)) &&
    matches(ALARM.minute, Math.floor(second / 60) % 60, (raw) => decode(raw, b)) &&
    matches(ALARM.hour, Math.floor(second / 3600), (raw) => decodeHour(raw, b))
  );
}

/** Seconds from `seconds` (since 1970) to the next one that the alarm matches, at most a day; null when it never does. */
export function secondsToAlarm(registers: Uint8Array, seconds: number): number | null {
  const day = 86_400;
  const start = ((seconds % day) + day) % day;
  for (let ahead = 1; ahead <= day; ahead++) if (alarmMatches(registers, (start + ahead) % day)) return ahead;
  return null;
}
