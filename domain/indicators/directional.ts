import { wilder } from './averages';
import { at, blank, column, requirePeriod } from './series';
import type { RangeSeries } from './volatility';
import { trueRange } from './volatility';

/** How strongly prices move in one direction; all values 0 to 100. */
export interface DirectionalMovement {
  /** Share of rises in the range, from index `period` on. */
  readonly plus: Float64Array;
  /** Share of falls in the range, from index `period` on. */
  readonly minus: Float64Array;
  /** Average directional index, the trend's strength without its sign, from index `2 * period - 1` on. */
  readonly adx: Float64Array;
}

/** The part of a bar that lies beyond the bar before, on the side where it reaches further; ties count for neither. */
function moves(high: Float64Array, low: Float64Array, side: 'up' | 'down'): Float64Array {
  return column(high.length, 1, (i) => {
    const rise = at(high, i) - at(high, i - 1);
    const fall = at(low, i - 1) - at(low, i);
    const [move, other] = side === 'up' ? [rise, fall] : [fall, rise];
    return move > 0 && move > other ? move : 0;
  });
}

/** Wilder's sum: that of the values 1 to `period - 1`, then `sum - sum / period + value`, from index `period` on. */
function wilderSum(values: Float64Array, period: number): Float64Array {
  const result = blank(values.length);
  let sum = 0;
  for (let i = 1; i < values.length; i += 1) {
    sum += i < period ? at(values, i) : at(values, i) - sum / period;
    if (i >= period) result[i] = sum;
  }
  return result;
}

/** `100 * part / whole`, and 0 of nothing. */
function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : (100 * part) / whole;
}

/**
 * Directional movement: both directional indicators and their average index. A series that never moves has 0 in all.
 *
 * Source: Wilder (1978), with TA-Lib's sums of `period - 1` values as seeds.
 * @throws RangeError when `period` is not a whole number of at least 2.
 */
export function directionalMovement(series: RangeSeries, period: number): DirectionalMovement {
  requirePeriod(period, 2);
  const { high, low } = series;
  const range = wilderSum(trueRange(series), period);
  const rises = wilderSum(moves(high, low, 'up'), period);
  const falls = wilderSum(moves(high, low, 'down'), period);
  const plus = column(high.length, period, (i) => percent(at(rises, i), at(range, i)));
  const minus = column(high.length, period, (i) => percent(at(falls, i), at(range, i)));
  const index = column(high.length, period, (i) =>
    percent(Math.abs(at(plus, i) - at(minus, i)), at(plus, i) + at(minus, i)),
  );
  return { plus, minus, adx: wilder(index, period, period) };
}
