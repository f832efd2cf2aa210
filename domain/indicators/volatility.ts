import { sma, wilder } from './averages';
import { meanDeviation } from './rolling';
import type { PriceSeries } from './series';
import { at, column, requirePeriod } from './series';

/** The columns that a true range needs. */
export type RangeSeries = Pick<PriceSeries, 'high' | 'low' | 'close'>;

/** True range in price units, from index 1 on: the bar's range, extended to the close before it. Source: Wilder (1978). */
export function trueRange({ high, low, close }: RangeSeries): Float64Array {
  return column(close.length, 1, (i) => {
    const before = at(close, i - 1);
    return Math.max(at(high, i), before) - Math.min(at(low, i), before);
  });
}

/**
 * Average true range in price units: Wilder's average of the true range, from index `period` on.
 *
 * Source: Wilder (1978). @throws RangeError when `period` is not a whole number of at least 1.
 */
export function atr(series: RangeSeries, period: number): Float64Array {
  return wilder(trueRange(series), period, 1);
}

/** The average true range in percent of the close, from index `period` on. @throws RangeError as `atr`. */
export function natr(series: RangeSeries, period: number): Float64Array {
  const range = atr(series, period);
  return column(range.length, period, (i) => (100 * at(range, i)) / at(series.close, i));
}

/** A band around a mean, in price units. */
export interface Bands {
  readonly upper: Float64Array;
  readonly middle: Float64Array;
  readonly lower: Float64Array;
}

/**
 * Bollinger bands: the simple mean, and `width` standard deviations above and below it, from index `period - 1` on. The
 * deviation is that of a population (divided by n, not n - 1).
 *
 * Source: John Bollinger, Bollinger on Bollinger Bands (2001).
 * @throws RangeError when `period` is not a whole number of at least 1.
 */
export function bollinger(close: Float64Array, period: number, width: number): Bands {
  requirePeriod(period);
  const middle = sma(close, period);
  const deviation = meanDeviation(close, middle, period, 2).map(Math.sqrt);
  return {
    upper: column(close.length, period - 1, (i) => at(middle, i) + width * at(deviation, i)),
    middle,
    lower: column(close.length, period - 1, (i) => at(middle, i) - width * at(deviation, i)),
  };
}
