import { BarSizeSetting } from '@stoqey/ib';
import type { PacingRule } from '../../domain/candle/pacing';
import { FeedError } from '../../domain/candle/feed';
import type { Timeframe } from '../../domain/candle/timeframe';
import type { Millis } from '../../domain/clock/instant';

/**
 * How Interactive Brokers paces historical data: at most sixty requests within ten minutes, five of the same contract,
 * exchange and kind within two seconds, and an identical one not again within fifteen seconds. TWS counts when it hears
 * them, which may be later for one than for the next: each stretch is longer by what a request may be on its way.
 * Source: TWS API documentation, "Historical Data Limitations", "Pacing Violations for Small Bars".
 */
export const IB_PACING: readonly PacingRule[] = [
  { alike: 'whole', within: 16_000, most: 1 },
  { alike: 'subject', within: 3_000, most: 5 },
  { alike: 'any', within: 602_000, most: 60 },
];

/** What is asked for one page of a length of candle. */
export interface BarRequest {
  /** As TWS writes it. */
  readonly size: BarSizeSetting;
  /** Candles that a page covers at most; what is asked for stays within what TWS gives for the size. */
  readonly count: number;
}

/** Source: TWS API documentation, "Historical Bar Sizes" and "Step Sizes". */
export const BARS: Readonly<Record<Timeframe, BarRequest>> = {
  '1m': { size: BarSizeSetting.MINUTES_ONE, count: 1_440 },
  '5m': { size: BarSizeSetting.MINUTES_FIVE, count: 2_016 },
  '15m': { size: BarSizeSetting.MINUTES_FIFTEEN, count: 672 },
  '30m': { size: BarSizeSetting.MINUTES_THIRTY, count: 1_344 },
  '1h': { size: BarSizeSetting.HOURS_ONE, count: 672 },
  '4h': { size: BarSizeSetting.HOURS_FOUR, count: 168 },
  '1d': { size: BarSizeSetting.DAYS_ONE, count: 364 },
};

const DAY: Millis = 86_400_000;
const DAYS_OF_A_YEAR = 365;
/** TWS takes no shorter duration than this. */
const LEAST_SECONDS = 30;

/** A stretch as a duration of TWS that covers it: seconds within a day, else days, which count those of trading. */
export function durationOf(stretch: Millis): string {
  if (stretch <= DAY) return `${Math.max(LEAST_SECONDS, Math.ceil(stretch / 1_000))} S`;
  const days = Math.ceil(stretch / DAY);
  return days >= DAYS_OF_A_YEAR ? '1 Y' : `${days} D`;
}

/** How long to stay away after TWS said that the pacing was broken. */
const AFTER_VIOLATION: Millis = 60_000;
const AFTER_CROWD: Millis = 15_000;

const REMARKS = { from: 2_100, to: 2_199 } as const;
/** Delayed prices are shown, or would be. */
const DELAYED: ReadonlySet<number> = new Set([10_167, 10_168, 2_188]);

/** True for what TWS says to show that prices are late, and that is no failure. */
export function saysDelayed(code: number): boolean {
  return DELAYED.has(code);
}

/**
 * What an error that names a request of history means: `empty` no candle there, `remark` no failure, else what failed.
 * TWS has one number for most of it, 162, and only the words tell what it is.
 * Source: TWS API documentation, "Error Handling: system and TWS message codes".
 */
export function historyError(code: number, said: string): 'empty' | 'remark' | FeedError {
  if (saysDelayed(code) || (code >= REMARKS.from && code <= REMARKS.to)) return 'remark';
  const words = `${code}: ${said.slice(0, 300)}`;
  switch (code) {
    case 162:
      if (/no data/i.test(said)) return 'empty';
      if (/pacing/i.test(said)) return new FeedError('rate_limited', words, AFTER_VIOLATION);
      if (/permission|not subscribed|subscription/i.test(said)) return new FeedError('refused', words);
      return /time length|exceed/i.test(said) ? new FeedError('refused', words) : new FeedError('unavailable', words);
    case 200:
      return new FeedError('unknown_symbol', words);
    case 321:
    case 354:
    case 10_089:
    case 10_090:
    case 10_314:
      return new FeedError('refused', words);
    case 100:
    case 322:
    case 420:
      return new FeedError('rate_limited', words, AFTER_CROWD);
    default:
      // 366, there is no such request (any more), is one of them: it may be made again.
      return new FeedError('unavailable', words);
  }
}
