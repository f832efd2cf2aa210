import { sma } from './averages';
import { highest, lowest, meanDeviation } from './rolling';
import { at, column, requirePeriod, typicalPrice } from './series';
import type { RangeSeries } from './volatility';

/** The close's place in the range of the last bars, 0 (at the low) to 100 (at the high), smoothed. */
export interface Stochastic {
  readonly k: Float64Array;
  /** Simple mean of `k`. */
  readonly d: Float64Array;
}

/**
 * Slow stochastic: raw %K over `period` bars, `k` its mean over `smoothK`, `d` the mean of `k` over `smoothD`. Both
 * begin where `d` does, at index `period + smoothK + smoothD - 3`. Raw %K is 0 where high and low are equal.
 *
 * Source: George Lane; first index as in TA-Lib's STOCH.
 * @throws RangeError unless all three are whole numbers of at least 1.
 */
export function stochastic(series: RangeSeries, period: number, smoothK: number, smoothD: number): Stochastic {
  const { high, low, close } = series;
  const top = highest(high, period);
  const bottom = lowest(low, period);
  const raw = column(close.length, period - 1, (i) => {
    const span = at(top, i) - at(bottom, i);
    return span === 0 ? 0 : (100 * (at(close, i) - at(bottom, i))) / span;
  });
  const k = sma(raw, smoothK, period - 1);
  const d = sma(k, smoothD, period + smoothK - 2);
  return { k: column(close.length, period + smoothK + smoothD - 3, (i) => at(k, i)), d };
}

/**
 * Williams %R: -100 (close at the lowest low of `period` bars) to 0 (at the highest high), from index `period - 1` on; 0
 * where high and low are equal.
 *
 * Source: Larry Williams. @throws RangeError when `period` is not a whole number of at least 1.
 */
export function williamsR(series: RangeSeries, period: number): Float64Array {
  const { high, low, close } = series;
  const top = highest(high, period);
  const bottom = lowest(low, period);
  return column(close.length, period - 1, (i) => {
    const span = at(top, i) - at(bottom, i);
    return span === 0 ? 0 : (-100 * (at(top, i) - at(close, i))) / span;
  });
}

/**
 * Commodity channel index: distance of the typical price from its mean, in units of 0.015 mean deviations, from index
 * `period - 1` on; 0 where nothing deviates.
 *
 * Source: Donald Lambert, Commodities (1980). @throws RangeError when `period` is not a whole number of at least 1.
 */
export function cci(series: RangeSeries, period: number): Float64Array {
  requirePeriod(period);
  const typical = typicalPrice(series);
  const centre = sma(typical, period);
  const deviation = meanDeviation(typical, centre, period, 1);
  return column(typical.length, period - 1, (i) => {
    const distance = at(typical, i) - at(centre, i);
    return at(deviation, i) === 0 ? 0 : distance / (0.015 * at(deviation, i));
  });
}
