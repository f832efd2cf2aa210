import type { EpochMillis } from '../clock/instant';

/** The calendars known today. `ALWAYS` never closes. */
export const CALENDAR_IDS = ['NYSE', 'NASDAQ', 'ALWAYS'] as const;
export type CalendarId = (typeof CALENDAR_IDS)[number];

/** One continuous trading session, half open: `open <= t < close`. */
export interface Session {
  /** The trading day it belongs to, `YYYY-MM-DD`, in the market's own time zone. */
  readonly date: string;
  readonly open: EpochMillis;
  readonly close: EpochMillis;
  /** True when it ends before the regular close. */
  readonly early: boolean;
}

/** The sessions of one market. Outside its coverage every answer is "closed" or undefined: unknown is closed. */
export interface MarketCalendar {
  readonly id: CalendarId;
  isOpen(at: EpochMillis): boolean;
  /** The session that contains `at`, if any. */
  sessionAt(at: EpochMillis): Session | undefined;
  /** The first session that opens strictly after `at`. */
  nextSession(at: EpochMillis): Session | undefined;
  /** The sessions whose trading day lies in `[from, to]` (`YYYY-MM-DD`), oldest first. */
  sessions(from: string, to: string): readonly Session[];
}
