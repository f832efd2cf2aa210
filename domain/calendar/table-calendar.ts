import type { EpochMillis } from '../clock/instant';
import type { CalendarId, MarketCalendar, Session } from './calendar';
import { parseDate } from './dates';
import type { SessionTable } from './session-table';

/** Index of the first session for which `isAfter` holds, in a list where it holds for all later ones too. */
function firstIndex(sessions: readonly Session[], isAfter: (session: Session) => boolean): number {
  let low = 0;
  let high = sessions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const session = sessions[middle];
    if (session === undefined || isAfter(session)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * A calendar that looks sessions up in a table by binary search, without any time zone arithmetic.
 *
 * Before the table's start and after its last session every answer is "closed" or undefined, also for "which session
 * is next": the true next one might be missing. `sessions` throws a RangeError for a bound that is no date.
 */
export function tableCalendar(id: CalendarId, table: () => SessionTable): MarketCalendar {
  const sessionAt = (at: EpochMillis): Session | undefined => {
    const { sessions } = table();
    const session = sessions[firstIndex(sessions, ({ open }) => open > at) - 1];
    return session !== undefined && at < session.close ? session : undefined;
  };
  return {
    id,
    sessionAt,
    isOpen: (at) => sessionAt(at) !== undefined,
    nextSession: (at) => {
      const { from, sessions } = table();
      return at >= from ? sessions[firstIndex(sessions, ({ open }) => open > at)] : undefined;
    },
    sessions: (from, to) => {
      parseDate(from);
      parseDate(to);
      const { sessions } = table();
      // Dates in this form sort as text.
      return sessions.slice(
        firstIndex(sessions, ({ date }) => date >= from),
        firstIndex(sessions, ({ date }) => date > to),
      );
    },
  };
}
