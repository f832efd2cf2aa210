import type { CalendarId } from '../calendar/calendar';
import type { EpochMillis, Millis } from '../clock/instant';
import type { UncheckedCandle } from './candle-checks';
import type { Series } from './series';
import type { Timeframe } from './timeframe';

/**
 * Why a feed brought no candles. Asking again is no use for the first five; `rate_limited` says when it is; the last two
 * may pass.
 */
export const FEED_ERROR_CODES = [
  'unknown_feed',
  'unknown_symbol',
  'unknown_timeframe',
  'unknown_adjustment',
  'refused',
  'rate_limited',
  'unavailable',
  'malformed',
] as const;
export type FeedErrorCode = (typeof FEED_ERROR_CODES)[number];

/** A feed that did not answer the question; never with a key in its words. */
export class FeedError extends Error {
  override readonly name = 'FeedError';

  /** @param retryAfter real time after which the feed wants to be asked again */
  constructor(
    readonly code: FeedErrorCode,
    message: string,
    readonly retryAfter?: Millis,
  ) {
    super(message);
  }

  /** True when the same question may be answered later. */
  get passing(): boolean {
    return this.code === 'rate_limited' || this.code === 'unavailable' || this.code === 'malformed';
  }
}

/** What is asked of a feed: openings in `[from, to)`. */
export interface CandleRequest {
  readonly series: Series;
  readonly from: EpochMillis;
  readonly to: EpochMillis;
}

/**
 * A source of candles. A page may be short, unsorted, hold candles twice, lack some, or hold some that are outside of what
 * was asked for: whoever asks sorts, checks and asks on.
 */
export interface CandleFeed {
  readonly name: string;
  /** Candles that one page has at most; by length where it differs. */
  readonly pageSize: number | Readonly<Record<Timeframe, number>>;
  /** Real time after its close for which a candle may still change without that being a correction. */
  readonly settle: Millis;
  /** Whether the feed brings this symbol's prices late, as far as it knows; left out where it never does. */
  isDelayed?(symbol: string): boolean;
  /** Whether the feed has this series, and the calendar it follows. @throws FeedError */
  check(series: Series, signal: AbortSignal): Promise<CalendarId>;
  /** The first page of what is asked for; empty when there is nothing. @throws FeedError */
  page(request: CandleRequest, signal: AbortSignal): Promise<readonly UncheckedCandle[]>;
}

/** Candles that one page of a length has at most. */
export function pageSizeOf({ pageSize }: Pick<CandleFeed, 'pageSize'>, timeframe: Timeframe): number {
  return typeof pageSize === 'number' ? pageSize : pageSize[timeframe];
}

/** The feeds of an installation; a new kind of feed is one folder and one entry. */
export interface FeedRegistry {
  /** @throws FeedError `unknown_feed`, naming what there is or why it is off */
  of(name: string): CandleFeed;
}
