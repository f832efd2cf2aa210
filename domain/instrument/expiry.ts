import type { MarketCalendar } from '../calendar/calendar';
import { formatDate, parseDate, utcMidnight } from '../calendar/dates';
import type { EpochMillis, Millis } from '../clock/instant';
import type { FutureTerms } from './instrument';

/** How long before the last whole session ends a contract is left. */
const LEAVE_BEFORE: Millis = 3_600_000;
/** No market rests for longer than this. */
const LOOK_BACK_DAYS = 14;

/**
 * The market time from which on nothing may be held in a contract, and no trade in it be entered: one hour before the close of
 * the session before its last trading day, by its calendar. Not on that day itself, because a calendar does not know when a
 * contract's trading ends on it: a future on the S&P 500 index ends at 8:30 in the morning of Chicago, hours before the
 * session does (CME Rulebook, chapter 358). A calendar that knows no session before it gives midnight UTC of the day.
 */
export function leaveAt(calendar: MarketCalendar, { lastTradingDay }: FutureTerms): EpochMillis {
  const day = parseDate(lastTradingDay);
  const before = calendar.sessions(formatDate(day - LOOK_BACK_DAYS), formatDate(day - 1)).at(-1);
  return before === undefined ? utcMidnight(day) : before.close - LEAVE_BEFORE;
}
