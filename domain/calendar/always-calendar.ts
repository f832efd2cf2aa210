import type { EpochMillis } from '../clock/instant';
import type { MarketCalendar, Session } from './calendar';
import type { DayNumber } from './dates';
import { dayOf, formatDate, parseDate, utcMidnight } from './dates';

const FIRST_DAY = dayOf(1970, 1, 1);
const LAST_DAY = dayOf(9999, 12, 31);
const MILLIS_PER_DAY = utcMidnight(1);
/** Up to the last millisecond that RFC 3339 can write. */
const COVERAGE = { from: utcMidnight(FIRST_DAY), to: utcMidnight(LAST_DAY + 1) - 1 };

function sessionOn(day: DayNumber): Session | undefined {
  if (!(day >= FIRST_DAY && day <= LAST_DAY)) return undefined;
  const [open, close] = [utcMidnight(day), utcMidnight(day + 1)];
  return { date: formatDate(day), open, close, early: false, segments: [{ kind: 'regular', open, close }] };
}

const dayAt = (at: EpochMillis): DayNumber => Math.floor(at / MILLIS_PER_DAY);

function sessions(from: string, to: string): readonly Session[] {
  const first = Math.max(parseDate(from), FIRST_DAY);
  const count = Math.max(Math.min(parseDate(to), LAST_DAY) - first + 1, 0);
  return Array.from({ length: count }, (_, index) => sessionOn(first + index)).filter(
    (session) => session !== undefined,
  );
}

/**
 * A market that never closes, 1970 to 9999. Each UTC day is one session, and each session begins where the one before
 * ends: "the end of the first session" is then a day's end, as such venues settle.
 */
export const alwaysCalendar: MarketCalendar = {
  id: 'ALWAYS',
  timeZone: 'UTC',
  coverage: () => COVERAGE,
  isOpen: (at) => at >= COVERAGE.from && at < COVERAGE.to,
  nextOpen: () => undefined,
  nextClose: () => undefined,
  sessionOf: (at) => sessionOn(dayAt(at)),
  nextSession: (at) => (dayAt(at) >= FIRST_DAY ? sessionOn(dayAt(at) + 1) : undefined),
  sessions,
  tradingDays: (from, to) => sessions(from, to).map(({ date }) => date),
  isEarlyClose: (date) => {
    parseDate(date);
    return false;
  },
};
