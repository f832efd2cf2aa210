import type { EpochMillis, Instant } from '../clock/instant';
import { instant } from '../clock/instant';
import type { CalendarId, MarketCalendar, SegmentKind, Session, TradingHours } from './calendar';

/** A trading day as people and programs outside read it: moments are RFC 3339 UTC. */
export interface SessionAnswer {
  readonly date: string;
  readonly open: Instant;
  readonly close: Instant;
  readonly early: boolean;
  readonly segments: readonly { readonly kind: SegmentKind; readonly open: Instant; readonly close: Instant }[];
}

/** How a market stands at one moment. */
export interface MarketAnswer {
  readonly open: boolean;
  /**
   * The trading day that is under way, pre- and post-market included, and which part of it; `segment` is null in a break or
   * a halt. Null between trading days.
   */
  readonly session:
    (Pick<SessionAnswer, 'date' | 'open' | 'close' | 'early'> & { readonly segment: SegmentKind | null }) | null;
  /** Null when the calendar knows none. */
  readonly nextOpen: Instant | null;
  readonly nextClose: Instant | null;
}

/** A session in the form that crosses borders. */
export function sessionAnswer({ date, open, close, early, segments }: Session): SessionAnswer {
  return {
    date,
    open: instant(open),
    close: instant(close),
    early,
    segments: segments.map((segment) => ({
      kind: segment.kind,
      open: instant(segment.open),
      close: instant(segment.close),
    })),
  };
}

/** Whether a market is open at a moment, in which session, and when that changes next. */
export function marketAnswer(calendar: MarketCalendar, at: EpochMillis, hours: TradingHours = 'regular'): MarketAnswer {
  const session = calendar.sessionOf(at, 'extended');
  const segment = session?.segments.find(({ open, close }) => open <= at && at < close);
  const [nextOpen, nextClose] = [calendar.nextOpen(at, hours), calendar.nextClose(at, hours)];
  return {
    open: calendar.isOpen(at, hours),
    session: session
      ? {
          date: session.date,
          segment: segment?.kind ?? null,
          open: instant(session.open),
          close: instant(session.close),
          early: session.early,
        }
      : null,
    nextOpen: nextOpen === undefined ? null : instant(nextOpen),
    nextClose: nextClose === undefined ? null : instant(nextClose),
  };
}

/** Days before the end of a calendar from which on somebody should bring a longer one. */
const HORIZON_WARNING_DAYS = 180;
const MILLIS_PER_DAY = 86_400_000;

/** How far ahead a calendar sees. */
export interface Horizon {
  readonly calendar: CalendarId;
  /** Days until its table ends, negative past it; a fraction of a day counts as none. */
  readonly daysLeft: number;
  /** True when the end is so near that somebody should act. */
  readonly near: boolean;
}

/** How many days of a calendar are left at a moment. */
export function horizonOf(calendar: MarketCalendar, at: EpochMillis): Horizon {
  const daysLeft = Math.floor((calendar.coverage().to - at) / MILLIS_PER_DAY);
  return { calendar: calendar.id, daysLeft, near: daysLeft < HORIZON_WARNING_DAYS };
}

/** Whether a calendar knows a moment at all; what it does not know is closed. */
export function isCovered(calendar: MarketCalendar, at: EpochMillis): boolean {
  const { from, to } = calendar.coverage();
  return at >= from && at < to;
}
