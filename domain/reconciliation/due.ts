import type { CalendarId, MarketCalendar } from '../calendar/calendar';
import { millisOf } from '../clock/instant';
import type { Instant } from '../clock/instant';

/** Why an account is compared: `market` in market hours, `session` after one, `request` because a person asked. */
export const RECONCILIATION_REASONS = ['market', 'session', 'request'] as const;
export type ReconciliationReason = (typeof RECONCILIATION_REASONS)[number];

/** What decides whether an account is to be compared now. */
export interface ReconciliationPlace {
  readonly account: string;
  /** Market time of the account. */
  readonly now: Instant;
  /** Market time of its last whole comparison; null when there was none in this passage of its clock. */
  readonly lastAt: Instant | null;
  /** Markets of what it holds and trades; at an exchange, of all that it may trade: others may trade there, too. */
  readonly calendars: readonly CalendarId[];
  /** Whether a fill was booked since then. */
  readonly moved: boolean;
}

/**
 * Why an account is due whenever it is asked for, which is every five minutes: because one of its markets is open; or
 * because one has closed since the last comparison, or the last fills came since; undefined when it is not.
 */
export function whyDue(
  { calendars, lastAt, moved, now }: ReconciliationPlace,
  calendarOf: (id: CalendarId) => MarketCalendar,
): Exclude<ReconciliationReason, 'request'> | undefined {
  const at = millisOf(now);
  const markets = calendars.map(calendarOf);
  if (markets.some((market) => market.isOpen(at))) return 'market';
  if (moved) return 'session';
  if (lastAt === null) return markets.length > 0 ? 'session' : undefined;
  const closedSince = markets.some((market) => (market.nextClose(millisOf(lastAt)) ?? Infinity) <= at);
  return closedSince ? 'session' : undefined;
}
