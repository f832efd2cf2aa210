/** A calendar day without a time zone, as days since 1970-01-01: sorts, subtracts and hashes as a plain number. */
export type DayNumber = number;

const MILLIS_PER_DAY = 86_400_000;
const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/;

/** The days of the week as `weekdayOf` counts them. */
export const SUNDAY = 0;
export const MONDAY = 1;
export const THURSDAY = 4;
export const FRIDAY = 5;
export const SATURDAY = 6;

/** The day of a Gregorian date; `month` is 1 to 12, `day` may run over (0 is the last day of the month before). */
export function dayOf(year: number, month: number, day: number): DayNumber {
  return Date.UTC(year, month - 1, day) / MILLIS_PER_DAY;
}

/** The day of a `YYYY-MM-DD` text. @throws RangeError when the text is not an existing date in that form. */
export function parseDate(date: string): DayNumber {
  const millis = ISO_DATE.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  const day = millis / MILLIS_PER_DAY;
  if (Number.isNaN(day) || formatDate(day) !== date) throw new RangeError(`not a date: ${date.slice(0, 40)}`);
  return day;
}

/** The day as `YYYY-MM-DD`. */
export function formatDate(day: DayNumber): string {
  return new Date(day * MILLIS_PER_DAY).toISOString().slice(0, 10);
}

/** The year of a day. */
export function yearOf(day: DayNumber): number {
  return new Date(day * MILLIS_PER_DAY).getUTCFullYear();
}

/** Midnight UTC at which the day begins, in milliseconds since 1970. */
export function utcMidnight(day: DayNumber): number {
  return day * MILLIS_PER_DAY;
}

/** 0 for Sunday to 6 for Saturday. */
export function weekdayOf(day: DayNumber): number {
  return (((day + THURSDAY) % 7) + 7) % 7; // 1970-01-01 was a Thursday
}

/** The n-th (from 1) such weekday of a month. */
export function nthWeekday(year: number, month: number, weekday: number, n: number): DayNumber {
  const first = dayOf(year, month, 1);
  return first + ((weekday - weekdayOf(first) + 7) % 7) + 7 * (n - 1);
}

/** The last such weekday of a month. */
export function lastWeekday(year: number, month: number, weekday: number): DayNumber {
  const last = dayOf(year, month + 1, 0);
  return last - ((weekdayOf(last) - weekday + 7) % 7);
}

/**
 * Easter Sunday of the Gregorian calendar, 1900 to 2099.
 *
 * Source: Gauss's Easter rule with its constants for these two centuries (M = 24, N = 5) and its two exceptions.
 */
export function easterSunday(year: number): DayNumber {
  const golden = year % 19;
  const moon = (19 * golden + 24) % 30;
  const week = (2 * (year % 4) + 4 * (year % 7) + 6 * moon + 5) % 7;
  const tooLate = (moon === 29 && week === 6) || (moon === 28 && week === 6 && golden > 10);
  return dayOf(year, 3, 22) + moon + week - (tooLate ? 7 : 0);
}
