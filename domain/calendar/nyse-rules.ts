import type { DayNumber } from './dates';
import {
  dayOf,
  easterSunday,
  FRIDAY,
  lastWeekday,
  MONDAY,
  nthWeekday,
  SATURDAY,
  SUNDAY,
  THURSDAY,
  weekdayOf,
} from './dates';

/** A holiday on a Saturday is kept on Friday, one on a Sunday on Monday (NYSE Rule 7.2). */
export function observed(day: DayNumber): DayNumber {
  const weekday = weekdayOf(day);
  if (weekday === SATURDAY) return day - 1;
  return weekday === SUNDAY ? day + 1 : day;
}

/** New Year's Day; on a Saturday it is not kept at all, since the Friday before ends the accounting year. */
function newYear(year: number): DayNumber[] {
  const day = dayOf(year, 1, 1);
  return weekdayOf(day) === SATURDAY ? [] : [observed(day)];
}

/**
 * The days of a year on which NYSE and NASDAQ are closed by rule, without weekends and one-off closures.
 *
 * @param year 1998 or later.
 * Source: NYSE Rule 7.2 and the exchange's published holiday tables; Juneteenth was added in 2022.
 */
export function holidays(year: number): ReadonlySet<DayNumber> {
  return new Set([
    ...newYear(year),
    nthWeekday(year, 1, MONDAY, 3), // Martin Luther King Day
    nthWeekday(year, 2, MONDAY, 3), // Washington's Birthday
    easterSunday(year) - 2, // Good Friday
    lastWeekday(year, 5, MONDAY), // Memorial Day
    ...(year >= 2022 ? [observed(dayOf(year, 6, 19))] : []), // Juneteenth
    observed(dayOf(year, 7, 4)), // Independence Day
    nthWeekday(year, 9, MONDAY, 1), // Labor Day
    nthWeekday(year, 11, THURSDAY, 4), // Thanksgiving
    observed(dayOf(year, 12, 25)), // Christmas
  ]);
}

/** The short session next to Independence Day, if the year has one. Until 2012 a Thursday holiday shortened the Friday. */
function independenceEarlyClose(year: number): DayNumber[] {
  const fourth = dayOf(year, 7, 4);
  const weekday = weekdayOf(fourth);
  if (weekday === THURSDAY && year <= 2012) return [fourth + 1];
  return weekday > MONDAY && weekday < SATURDAY ? [fourth - 1] : [];
}

/**
 * The days of a year on which NYSE and NASDAQ close at 13:00 New York by rule: around Independence Day, the Friday
 * after Thanksgiving and Christmas Eve.
 *
 * @param year 1998 or later.
 * Source: the exchange's published tables of early closings.
 */
export function earlyCloses(year: number): ReadonlySet<DayNumber> {
  const christmasEve = dayOf(year, 12, 24);
  const weekday = weekdayOf(christmasEve);
  return new Set([
    ...independenceEarlyClose(year),
    nthWeekday(year, 11, THURSDAY, 4) + 1,
    ...(weekday >= MONDAY && weekday < FRIDAY ? [christmasEve] : []),
  ]);
}
