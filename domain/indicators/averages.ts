import { at, blank, requirePeriod } from './series';

/** Mean of `period` values beginning at `from`; NaN when the array ends before. */
function mean(values: Float64Array, from: number, period: number): number {
  let total = 0;
  for (let i = from; i < from + period; i += 1) total += at(values, i);
  return total / period;
}

/** A column that begins with the mean of the `period` values from `from` on and goes on with `next(previous, value)`. */
function recursive(
  values: Float64Array,
  period: number,
  from: number,
  next: (previous: number, value: number) => number,
): Float64Array {
  requirePeriod(period);
  const result = blank(values.length);
  const first = from + period - 1;
  if (first >= values.length) return result;
  let current = mean(values, from, period);
  result[first] = current;
  for (let i = first + 1; i < values.length; i += 1) {
    current = next(current, at(values, i));
    result[i] = current;
  }
  return result;
}

/**
 * Simple moving average: the mean of the last `period` values, from index `from + period - 1` on.
 *
 * @param from index of the first value that counts, so that an average of an indicator can skip its warm-up.
 * @throws RangeError when `period` is not a whole number of at least 1.
 */
export function sma(values: Float64Array, period: number, from = 0): Float64Array {
  requirePeriod(period);
  const result = blank(values.length);
  let total = 0;
  for (let i = from; i < values.length; i += 1) {
    total += at(values, i);
    const first = i - period + 1;
    if (first < from) continue;
    result[i] = total / period;
    total -= at(values, first);
  }
  return result;
}

/**
 * Exponential moving average with factor 2 / (period + 1), from index `from + period - 1` on. Its seed is the simple
 * mean of the first `period` values (the convention of TA-Lib's default compatibility).
 *
 * @param from index of the first value that counts.
 * @throws RangeError when `period` is not a whole number of at least 1.
 */
export function ema(values: Float64Array, period: number, from = 0): Float64Array {
  const factor = 2 / (period + 1);
  return recursive(values, period, from, (previous, value) => previous + (value - previous) * factor);
}

/**
 * Wilder's moving average: `(previous * (period - 1) + value) / period`, from index `from + period - 1` on, seeded with
 * the simple mean.
 *
 * Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978).
 * @param from index of the first value that counts.
 * @throws RangeError when `period` is not a whole number of at least 1.
 */
export function wilder(values: Float64Array, period: number, from = 0): Float64Array {
  return recursive(values, period, from, (previous, value) => (previous * (period - 1) + value) / period);
}
