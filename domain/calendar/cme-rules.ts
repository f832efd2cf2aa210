import type { DayNumber } from './dates';
import { dayOf, easterSunday, lastWeekday, MONDAY, nthWeekday, THURSDAY, weekdayOf } from './dates';
import type { LocalSeconds } from './local-time';
import { secondsOf } from './local-time';
import { observed } from './nyse-rules';

/** Good Fridays on which the index futures trade until after the employment report, by year, with their close. */
const GOOD_FRIDAY_SESSIONS: ReadonlyMap<number, LocalSeconds> = new Map([
  // "Currencies and equities will continue to trade … until 10:00 a.m." (CME, 19 March 1999).
  [1999, secondsOf('10:00')],
  ...[2010, 2012, 2015, 2021, 2023, 2026].map((year) => [year, secondsOf('08:15')] as const),
]);

/** The last year in which a holiday ended trading at 10:30 instead of 12:00: for those of January and February, and the others. */
const LAST_SHORT_YEAR = { winter: 2014, others: 2013 };
const SHORT = secondsOf('10:30');
const NOON = secondsOf('12:00');
const EARLY = secondsOf('12:15');

/** New Year's Day; on a Sunday Monday is kept, on a Saturday no day is. */
function newYear(year: number): DayNumber[] {
  const day = dayOf(year, 1, 1);
  return weekdayOf(day) === 6 ? [] : [observed(day)];
}

/**
 * The days of a year without trading in the equity index futures: New Year, Christmas, and Good Friday but in the years
 * listed above.
 *
 * Source: pandas_market_calendars 5.5.0, "CME Globex Equity". It differs in two points, on purpose: it lets every Good
 * Friday after 2022 trade until 08:15, which CME has only done when the employment report falls on that day (closed on
 * 29 March 2024 and 18 April 2025; open on 3 April 2026), and it closes 2 April 1999.
 */
export function fullClosings(year: number): ReadonlySet<DayNumber> {
  return new Set([
    ...newYear(year),
    ...(GOOD_FRIDAY_SESSIONS.has(year) ? [] : [easterSunday(year) - 2]),
    observed(dayOf(year, 12, 25)),
  ]);
}

/** The day before Independence Day when it is a weekday between Monday and Thursday and the fourth is one as well. */
function beforeIndependence(year: number): DayNumber[] {
  const fourth = dayOf(year, 7, 4);
  const weekday = weekdayOf(fourth);
  return weekday > MONDAY && weekday <= 5 ? [fourth - 1] : [];
}

/**
 * The days of a year on which trading in the equity index futures ends early, with the close in seconds after local
 * midnight: 12:00 (10:30 in earlier years) on the holidays of the stock exchanges, 12:15 on their early closes.
 *
 * Source: pandas_market_calendars 5.5.0, "CME Globex Equity", after CME's holiday calendar.
 */
export function earlyHalts(year: number): ReadonlyMap<DayNumber, LocalSeconds> {
  const holiday = (last: number): LocalSeconds => (year <= last ? SHORT : NOON);
  const christmasEve = dayOf(year, 12, 24);
  const weekday = weekdayOf(christmasEve);
  const goodFriday = GOOD_FRIDAY_SESSIONS.get(year);
  const thanksgiving = nthWeekday(year, 11, THURSDAY, 4);
  return new Map<DayNumber, LocalSeconds>([
    [nthWeekday(year, 1, MONDAY, 3), holiday(LAST_SHORT_YEAR.winter)], // Martin Luther King Day
    [nthWeekday(year, 2, MONDAY, 3), holiday(LAST_SHORT_YEAR.winter)], // Washington's Birthday
    ...(goodFriday === undefined ? [] : [[easterSunday(year) - 2, goodFriday] as const]),
    [lastWeekday(year, 5, MONDAY), holiday(LAST_SHORT_YEAR.others)], // Memorial Day
    ...(year >= 2022 ? [[observed(dayOf(year, 6, 19)), NOON] as const] : []), // Juneteenth
    ...beforeIndependence(year).map((day) => [day, EARLY] as const),
    [observed(dayOf(year, 7, 4)), holiday(LAST_SHORT_YEAR.others)], // Independence Day
    [nthWeekday(year, 9, MONDAY, 1), holiday(LAST_SHORT_YEAR.others)], // Labor Day
    [thanksgiving, holiday(LAST_SHORT_YEAR.others)],
    [thanksgiving + 1, EARLY],
    ...(weekday >= MONDAY && weekday <= THURSDAY ? [[christmasEve, EARLY] as const] : []),
  ]);
}
