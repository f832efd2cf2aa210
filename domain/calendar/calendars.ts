import { assertNever } from '../assert-never';
import { alwaysCalendar } from './always-calendar';
import type { CalendarId, MarketCalendar } from './calendar';
import type { CalendarException } from './exceptions';
import { KNOWN_EXCEPTIONS } from './known-exceptions';
import { prepareSessionTable } from './session-table';
import { tableCalendar } from './table-calendar';

/**
 * The calendars, with these exceptions to the rules of NYSE and NASDAQ (which keep the same sessions). To add one to
 * the known ones: `createCalendars([...KNOWN_EXCEPTIONS, { kind: 'closed', … }])`.
 *
 * Coverage: NYSE and NASDAQ 1998 to 2035, regular sessions only (09:30 to 16:00 or 13:00 New York); ALWAYS 1970 to 9999.
 *
 * @throws RangeError for an exception that is malformed, given twice or outside the coverage.
 */
export function createCalendars(exceptions: readonly CalendarException[]): (id: CalendarId) => MarketCalendar {
  const table = prepareSessionTable(exceptions);
  const nyse = tableCalendar('NYSE', table);
  const nasdaq = tableCalendar('NASDAQ', table);
  return (id) => {
    switch (id) {
      case 'NYSE':
        return nyse;
      case 'NASDAQ':
        return nasdaq;
      case 'ALWAYS':
        return alwaysCalendar;
      default:
        return assertNever(id);
    }
  };
}

/** The calendars with the bundled exceptions. */
export const calendarOf: (id: CalendarId) => MarketCalendar = createCalendars(KNOWN_EXCEPTIONS);
