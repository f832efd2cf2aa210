import type { EpochMillis } from '../clock/instant';
import type { CalendarId, MarketCalendar, Session, TradingHours } from './calendar';
import { parseDate } from './dates';
import type { OpenTimes, SessionTable } from './session-table';

/** How many of the sorted numbers are at or below `value`. */
function countUpTo(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Infinity) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The table with what its queries search in. */
interface Searchable extends SessionTable {
  readonly opens: Float64Array;
  readonly begins: Float64Array;
}

function searchable(table: SessionTable): Searchable {
  return {
    ...table,
    opens: Float64Array.from(table.sessions, ({ open }) => open),
    begins: Float64Array.from(table.sessions, ({ open, segments }) => segments[0]?.open ?? open),
  };
}

/** Where the hours of a session end; with pre- and post-market that is the end of its last segment. */
function endOf(session: Session, hours: TradingHours): EpochMillis {
  return hours === 'extended' ? (session.segments.at(-1)?.close ?? session.close) : session.close;
}

/**
 * A calendar that looks instants up in a table by binary search, without any time zone arithmetic. The table is made on the
 * first question.
 *
 * Before the table's start and after its last session every answer is "closed" or undefined, also for "which session
 * is next": the true next one might be missing.
 */
export function tableCalendar(id: CalendarId, timeZone: string, build: () => SessionTable): MarketCalendar {
  let made: Searchable | undefined;
  const table = (): Searchable => (made ??= searchable(build()));
  const times = (hours: TradingHours): OpenTimes => (hours === 'extended' ? table().extended : table().regular);
  const known = (at: EpochMillis): boolean => at >= table().coverage.from;
  const sessions = (from: string, to: string): readonly Session[] => {
    parseDate(from);
    parseDate(to);
    const all = table().sessions;
    // Dates in this form sort as text.
    return all.slice(firstDated(all, from), firstDated(all, `${to}~`));
  };
  return {
    id,
    timeZone,
    coverage: () => table().coverage,
    isOpen: (at, hours = 'regular') => {
      const { from, to } = times(hours);
      return at < (to[countUpTo(from, at) - 1] ?? -Infinity);
    },
    nextOpen: (at, hours = 'regular') => {
      const { from } = times(hours);
      return known(at) ? from[countUpTo(from, at)] : undefined;
    },
    nextClose: (at, hours = 'regular') => {
      const { to } = times(hours);
      return known(at) ? to[countUpTo(to, at)] : undefined;
    },
    sessionOf: (at, hours = 'regular') => {
      const { sessions: all, opens, begins } = table();
      const session = all[countUpTo(hours === 'extended' ? begins : opens, at) - 1];
      return session !== undefined && at < endOf(session, hours) ? session : undefined;
    },
    nextSession: (at) => (known(at) ? table().sessions[countUpTo(table().opens, at)] : undefined),
    sessions,
    tradingDays: (from, to) => sessions(from, to).map(({ date }) => date),
    isEarlyClose: (date) => sessions(date, date)[0]?.early ?? false,
  };
}

/** Index of the first session whose date is at or after this text. */
function firstDated(sessions: readonly Session[], date: string): number {
  let low = 0;
  let high = sessions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sessions[middle]?.date ?? '') < date) low = middle + 1;
    else high = middle;
  }
  return low;
}
