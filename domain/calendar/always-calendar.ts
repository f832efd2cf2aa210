import type { EpochMillis } from '../clock/instant';
import type { MarketCalendar, Session } from './calendar';
import type { DayNumber } from './dates';
import { dayOf, formatDate, parseDate, utcMidnight } from './dates';

const FIRST_DAY = dayOf(1970, 1, 1);
const LAST_DAY = dayOf(9999, 12, 31);
const MILLIS_PER_DAY = utcMidnight(1);

function sessionOf(day: DayNumber): Session | undefined {
  if (!(day >= FIRST_DAY && day <= LAST_DAY)) return undefined;
  return { date: formatDate(day), open: utcMidnight(day), close: utcMidnight(day + 1), early: false };
}

const dayAt = (at: EpochMillis): DayNumber => Math.floor(at / MILLIS_PER_DAY);

/**
 * A market that never closes, 1970 to 9999. Each UTC day is one session, and each session begins where the one before
 * ends: "the end of the first session" is then a day's end, as such venues settle.
 */
export const alwaysCalendar: MarketCalendar = {
  id: 'ALWAYS',
  sessionAt: (at) => sessionOf(dayAt(at)),
  isOpen: (at) => sessionOf(dayAt(at)) !== undefined,
  nextSession: (at) => (dayAt(at) >= FIRST_DAY ? sessionOf(dayAt(at) + 1) : undefined),
  sessions: (from, to) => {
    const first = Math.max(parseDate(from), FIRST_DAY);
    const count = Math.max(Math.min(parseDate(to), LAST_DAY) - first + 1, 0);
    return Array.from({ length: count }, (_, index) => sessionOf(first + index)).filter(
      (session) => session !== undefined,
    );
  },
};
