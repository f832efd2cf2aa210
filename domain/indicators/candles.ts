import type { PriceSeries } from './series';
import { at, column } from './series';

/** The columns that a candle needs. */
export type CandleSeries = Omit<PriceSeries, 'volume'>;

/** Bars whose mean says what is long, short or close to nothing for a body or a shadow. */
const NORM = 10;
/** Bars whose mean range says what is near. */
const NEAR = 5;

const body = ({ open, close }: CandleSeries, i: number): number => Math.abs(at(close, i) - at(open, i));
const bodyTop = ({ open, close }: CandleSeries, i: number): number => Math.max(at(open, i), at(close, i));
const bodyBottom = ({ open, close }: CandleSeries, i: number): number => Math.min(at(open, i), at(close, i));
const range = ({ high, low }: CandleSeries, i: number): number => at(high, i) - at(low, i);
const rises = ({ open, close }: CandleSeries, i: number): boolean => at(close, i) >= at(open, i);

/**
 * Mean of `measure` over the `period` bars before each bar, for bars from `first` on.
 *
 * It is a running total of differences, not a fresh sum: patterns turn on exact ties, and these agree with TA-Lib only
 * when the roundings happen in the same order.
 */
function meanBefore(
  series: CandleSeries,
  first: number,
  period: number,
  measure: (series: CandleSeries, i: number) => number,
): Float64Array {
  let total = 0;
  for (let i = first - period; i < first; i += 1) total += measure(series, i);
  return column(series.close.length, first, (i) => {
    const mean = total / period;
    total += measure(series, i) - measure(series, i - period);
    return mean;
  });
}

/** A column of 0, with `value(i)` from index `first` on. */
function pattern({ close }: CandleSeries, first: number, value: (i: number) => number): Float64Array {
  const result = new Float64Array(close.length);
  for (let i = first; i < close.length; i += 1) result[i] = value(i);
  return result;
}

/**
 * Doji: 100 where the body is at most a tenth of the mean range of the ten bars before, else 0; from index 10 on.
 *
 * Source: TA-Lib's CDLDOJI with its default settings, as are those below.
 */
export function doji(series: CandleSeries): Float64Array {
  const usual = meanBefore(series, NORM, NORM, range);
  return pattern(series, NORM, (i) => (body(series, i) <= 0.1 * at(usual, i) ? 100 : 0));
}

/**
 * Hammer: 100 where a small body has a lower shadow longer than itself, almost no upper shadow, and lies at or near the
 * low of the bar before, else 0; from index 11 on. It does not look whether prices fell before, as the textbook asks.
 */
export function hammer(series: CandleSeries): Float64Array {
  const first = NORM + 1;
  const usualBody = meanBefore(series, first, NORM, body);
  const usualRange = meanBefore(series, first, NORM, range);
  const rangeBefore = meanBefore(series, first - 1, NEAR, range);
  const { high, low } = series;
  return pattern(series, first, (i) => {
    const small = body(series, i) < at(usualBody, i);
    const longLower = bodyBottom(series, i) - at(low, i) > body(series, i);
    const noUpper = at(high, i) - bodyTop(series, i) < 0.1 * at(usualRange, i);
    const nearLow = bodyBottom(series, i) <= at(low, i - 1) + 0.2 * at(rangeBefore, i - 1);
    return small && longLower && noUpper && nearLow ? 100 : 0;
  });
}

/**
 * Engulfing: 100 where a rising body covers the falling one before it, -100 for the reverse, 80 or -80 where one of the
 * two edges is equal, else 0; from index 2 on.
 */
export function engulfing(series: CandleSeries): Float64Array {
  return pattern(series, 2, (i) => {
    const above = bodyTop(series, i) - bodyTop(series, i - 1);
    const below = bodyBottom(series, i - 1) - bodyBottom(series, i);
    const turns = rises(series, i) !== rises(series, i - 1);
    if (!turns || above < 0 || below < 0 || above + below === 0) return 0;
    return (rises(series, i) ? 1 : -1) * (above > 0 && below > 0 ? 100 : 80);
  });
}

/**
 * Morning star: 100 where a long falling body is followed by a short one below it and then by a rising one that closes
 * at least `penetration` of the first body above its close, else 0; from index 12 on.
 *
 * @param penetration share of the first body, such as 0.3.
 */
export function morningStar(series: CandleSeries, penetration: number): Float64Array {
  const first = NORM + 2;
  const usualAtFirst = meanBefore(series, first - 2, NORM, body);
  const usualAtStar = meanBefore(series, first - 1, NORM, body);
  const usualAtLast = meanBefore(series, first, NORM, body);
  return pattern(series, first, (i) => {
    const fall = body(series, i - 2);
    const longFall = !rises(series, i - 2) && fall > at(usualAtFirst, i - 2);
    const shortBelow =
      body(series, i - 1) <= at(usualAtStar, i - 1) && bodyTop(series, i - 1) < bodyBottom(series, i - 2);
    const rise = rises(series, i) && body(series, i) > at(usualAtLast, i);
    const recovers = at(series.close, i) > at(series.close, i - 2) + fall * penetration;
    return longFall && shortBelow && rise && recovers ? 100 : 0;
  });
}
