import { at, column, requirePeriod } from './series';

/** `pick` over the last `period` values, from index `period - 1` on. */
function rolling(values: Float64Array, period: number, pick: (a: number, b: number) => number): Float64Array {
  requirePeriod(period);
  return column(values.length, period - 1, (i) => {
    let picked = at(values, i);
    for (let j = i - period + 1; j < i; j += 1) picked = pick(picked, at(values, j));
    return picked;
  });
}

/** The largest of the last `period` values, from index `period - 1` on. @throws RangeError for a period below 1. */
export function highest(values: Float64Array, period: number): Float64Array {
  return rolling(values, period, Math.max);
}

/** The smallest of the last `period` values, from index `period - 1` on. @throws RangeError for a period below 1. */
export function lowest(values: Float64Array, period: number): Float64Array {
  return rolling(values, period, Math.min);
}

/** Mean distance of the last `period` values from `centre[i]`, raised to `power` (1 or 2), from index `period - 1` on. */
export function meanDeviation(values: Float64Array, centre: Float64Array, period: number, power: 1 | 2): Float64Array {
  return column(values.length, period - 1, (i) => {
    let total = 0;
    for (let j = i - period + 1; j <= i; j += 1) total += Math.abs(at(values, j) - at(centre, i)) ** power;
    return total / period;
  });
}
