import { ema } from './averages';
import { at, column } from './series';

/** Moving average convergence and divergence, in price units; all three begin at index `slow + signal - 2`. */
export interface Macd {
  /** Fast less slow exponential average. */
  readonly line: Float64Array;
  /** Exponential average of the line. */
  readonly signal: Float64Array;
  /** Line less signal. */
  readonly histogram: Float64Array;
}

/**
 * Moving average convergence and divergence. As in TA-Lib both averages are seeded on the same bar: the fast one with
 * the mean of the last `fast` of the first `slow` values, not of the first `fast`.
 *
 * Source: Gerald Appel; seeds as in TA-Lib's MACD.
 * @throws RangeError unless all periods are whole numbers of at least 1 and `fast` is below `slow`.
 */
export function macd(close: Float64Array, fast: number, slow: number, signal: number): Macd {
  if (!(fast < slow)) throw new RangeError(`the fast period ${fast} must be below the slow one ${slow}`);
  const fastMean = ema(close, fast, slow - fast);
  const slowMean = ema(close, slow);
  const difference = column(close.length, slow - 1, (i) => at(fastMean, i) - at(slowMean, i));
  const smoothed = ema(difference, signal, slow - 1);
  const first = slow + signal - 2;
  return {
    line: column(close.length, first, (i) => at(difference, i)),
    signal: smoothed,
    histogram: column(close.length, first, (i) => at(difference, i) - at(smoothed, i)),
  };
}
