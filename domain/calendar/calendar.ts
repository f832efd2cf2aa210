import type { EpochMillis } from '../clock/instant';

/** The calendars that come with Tradewind. `ALWAYS` never closes. */
export const CALENDAR_IDS = ['NYSE', 'NASDAQ', 'CME', 'CBOE', 'FX', 'ALWAYS'] as const;

/** One of `CALENDAR_IDS`, or a calendar that the user's calendar file adds. */
export type CalendarId = string;

/** `regular` is the session itself; `pre` and `post` are the hours around it in which some venues take limit orders. */
export const SEGMENT_KINDS = ['pre', 'regular', 'post'] as const;
export type SegmentKind = (typeof SEGMENT_KINDS)[number];

/** Continuous trading, half open: `open <= t < close`. A break or a halt lies between two of them. */
export interface Segment {
  readonly kind: SegmentKind;
  readonly open: EpochMillis;
  readonly close: EpochMillis;
}

/** One trading day: its regular session, half open `open <= t < close`, and everything around and within it. */
export interface Session {
  /** The trading day it belongs to, `YYYY-MM-DD`, in the market's own time zone; the day on which it closes. */
  readonly date: string;
  readonly open: EpochMillis;
  readonly close: EpochMillis;
  /** True when it ends before the regular close. */
  readonly early: boolean;
  /** Oldest first, none overlapping; at least one is regular. */
  readonly segments: readonly Segment[];
}

/** Whether pre- and post-market count as open. */
export type TradingHours = 'regular' | 'extended';

/** What a calendar speaks about; outside of it nothing is known, and unknown is closed. */
export interface Coverage {
  /** First instant that is known. */
  readonly from: EpochMillis;
  /** First instant that is not known any more. */
  readonly to: EpochMillis;
}

/** The sessions of one market. Outside its coverage every answer is "closed" or undefined: unknown is closed. */
export interface MarketCalendar {
  readonly id: CalendarId;
  /** IANA name of the zone in which the market keeps its hours. */
  readonly timeZone: string;
  coverage(): Coverage;
  /** Whether the market trades at this instant: false in breaks and halts. `regular` hours unless told. */
  isOpen(at: EpochMillis, hours?: TradingHours): boolean;
  /** The first instant strictly after `at` at which trading begins, after a break or halt too. */
  nextOpen(at: EpochMillis, hours?: TradingHours): EpochMillis | undefined;
  /** The first instant strictly after `at` at which trading stops, for a break or halt too. */
  nextClose(at: EpochMillis, hours?: TradingHours): EpochMillis | undefined;
  /** The session that is under way at `at`, a break within it included; with `extended`, its pre- and post-market too. */
  sessionOf(at: EpochMillis, hours?: TradingHours): Session | undefined;
  /** The first session that opens (regular hours) strictly after `at`. */
  nextSession(at: EpochMillis): Session | undefined;
  /**
   * The sessions whose trading day lies in `[from, to]` (`YYYY-MM-DD`), oldest first.
   * @throws RangeError for a bound that is no date.
   */
  sessions(from: string, to: string): readonly Session[];
  /** The trading days in `[from, to]`, oldest first. @throws RangeError for a bound that is no date. */
  tradingDays(from: string, to: string): readonly string[];
  /** Whether this trading day ends before the regular close; false for a day without a session. @throws RangeError */
  isEarlyClose(date: string): boolean;
}
