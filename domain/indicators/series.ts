import type { Bar } from '../signal/signal';

/**
 * Prices as columns, oldest first, all of one length. Every indicator takes such columns and returns columns of the
 * same length in which NaN means "not enough values yet". Inputs must be finite: a NaN spreads to later values.
 */
export interface PriceSeries {
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

/** The bars as columns: the one place where research leaves bars for plain numbers. */
export function priceSeries(bars: readonly Bar[]): PriceSeries {
  return {
    open: Float64Array.from(bars, (bar) => bar.open),
    high: Float64Array.from(bars, (bar) => bar.high),
    low: Float64Array.from(bars, (bar) => bar.low),
    close: Float64Array.from(bars, (bar) => bar.close),
    volume: Float64Array.from(bars, (bar) => bar.volume),
  };
}

/** The value at an index, NaN outside the array. */
export function at(values: Float64Array, index: number): number {
  return values[index] ?? Number.NaN;
}

/** The last value, NaN when there is none. */
export function last(values: Float64Array): number {
  return at(values, values.length - 1);
}

/** A column without any value yet. */
export function blank(length: number): Float64Array {
  return new Float64Array(length).fill(Number.NaN);
}

/** A column with `compute(i)` from index `from` on and NaN before it. */
export function column(length: number, from: number, compute: (index: number) => number): Float64Array {
  const result = blank(length);
  for (let i = from; i < length; i += 1) result[i] = compute(i);
  return result;
}

/** Refuses a window that is no whole number of values. @throws RangeError when `period` is not an integer of at least `least`. */
export function requirePeriod(period: number, least = 1): void {
  if (!Number.isInteger(period) || period < least) {
    throw new RangeError(`a period must be a whole number of at least ${least}, not ${period}`);
  }
}

/** Typical price of each bar: (high + low + close) / 3. */
export function typicalPrice({ high, low, close }: Pick<PriceSeries, 'high' | 'low' | 'close'>): Float64Array {
  return column(close.length, 0, (i) => (at(high, i) + at(low, i) + at(close, i)) / 3);
}
