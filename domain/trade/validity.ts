import type { MarketCalendar } from '../calendar/calendar';
import type { EpochMillis } from '../clock/instant';

/** A market without sessions has no session's end: there a trade stays valid for a day. */
const ALWAYS_OPEN_VALIDITY = 24 * 60 * 60 * 1_000;

/**
 * As `defaultValidUntil`, of an entry for the opening auction: the end of the session that the next auction opens, which is
 * never the one that is under way.
 */
export function validUntilOfOpening(calendar: MarketCalendar, acceptedAt: EpochMillis): EpochMillis | undefined {
  return calendar.nextSession(acceptedAt)?.close;
}

/**
 * Market time past which a trade sends nothing that increases, when its client names none: the end of the first session
 * that ends after `acceptedAt` (the running one in an open market, else the next), or a day later in a market that never
 * closes. Undefined when the calendar knows no such session.
 */
export function defaultValidUntil(calendar: MarketCalendar, acceptedAt: EpochMillis): EpochMillis | undefined {
  if (calendar.id === 'ALWAYS') return acceptedAt + ALWAYS_OPEN_VALIDITY;
  return (calendar.sessionOf(acceptedAt) ?? calendar.nextSession(acceptedAt))?.close;
}
