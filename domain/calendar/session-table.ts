import { IANAZone } from 'luxon';
import type { EpochMillis } from '../clock/instant';
import type { Session } from './calendar';
import type { DayNumber } from './dates';
import { dayOf, formatDate, SATURDAY, SUNDAY, utcMidnight, weekdayOf } from './dates';
import type { CalendarException } from './exceptions';
import { exceptionsByDay, minutesOf } from './exceptions';
import { earlyCloses, FIRST_RULE_YEAR, holidays } from './nyse-rules';

/** The last year of the table; later sessions are unknown, and unknown is closed. */
const LAST_YEAR = 2035;

const NEW_YORK = new IANAZone('America/New_York');
const MILLIS_PER_MINUTE = 60_000;
const NOON = 12 * 60;

const REGULAR = { open: minutesOf('09:30'), close: minutesOf('16:00') };
const EARLY = { open: REGULAR.open, close: minutesOf('13:00') };

/** Opening and closing time in minutes after midnight, New York. */
interface Hours {
  readonly open: number;
  readonly close: number;
}

/** All sessions from `from` on, oldest first, none overlapping. */
export interface SessionTable {
  /** First instant that the table speaks about; before it nothing is known. */
  readonly from: EpochMillis;
  readonly sessions: readonly Session[];
}

/** A New York wall clock time in UTC. New York's clocks change at 02:00 on Sundays: any later time of the day agrees with noon. */
function newYork(day: DayNumber, minutes: number): EpochMillis {
  const noonInUtc = utcMidnight(day) + (NOON + 5 * 60) * MILLIS_PER_MINUTE;
  return utcMidnight(day) + (minutes - NEW_YORK.offset(noonInUtc)) * MILLIS_PER_MINUTE;
}

function sessionOf(day: DayNumber, { open, close }: Hours): Session {
  return {
    date: formatDate(day),
    open: newYork(day, open),
    close: newYork(day, close),
    early: close < REGULAR.close,
  };
}

function sessionsOfYear(year: number, exceptions: ReadonlyMap<DayNumber, CalendarException>): Session[] {
  const closed = holidays(year);
  const early = earlyCloses(year);
  const byRule = (day: DayNumber): Hours | undefined => {
    const weekday = weekdayOf(day);
    if (weekday === SATURDAY || weekday === SUNDAY || closed.has(day)) return undefined;
    return early.has(day) ? EARLY : REGULAR;
  };
  const hoursOf = (day: DayNumber): Hours | undefined => {
    const exception = exceptions.get(day);
    if (exception === undefined) return byRule(day);
    if (exception.kind === 'closed') return undefined;
    return { open: minutesOf(exception.open), close: minutesOf(exception.close) };
  };
  const sessions: Session[] = [];
  for (let day = dayOf(year, 1, 1); day < dayOf(year + 1, 1, 1); day += 1) {
    const hours = hoursOf(day);
    if (hours) sessions.push(sessionOf(day, hours));
  }
  return sessions;
}

/**
 * Prepares the table of NYSE and NASDAQ sessions 1998 to 2035, in UTC. The exceptions are checked now, the table is
 * computed on the first call of the returned function (some 9,500 sessions, once).
 *
 * @throws RangeError for exceptions that `exceptionsByDay` refuses.
 */
export function prepareSessionTable(exceptions: readonly CalendarException[]): () => SessionTable {
  const byDay = exceptionsByDay(exceptions, FIRST_RULE_YEAR, LAST_YEAR);
  let table: SessionTable | undefined;
  return () => {
    if (table === undefined) {
      const sessions: Session[] = [];
      for (let year = FIRST_RULE_YEAR; year <= LAST_YEAR; year += 1) sessions.push(...sessionsOfYear(year, byDay));
      table = { from: newYork(dayOf(FIRST_RULE_YEAR, 1, 1), 0), sessions };
    }
    return table;
  };
}
