import type { PriceSeries } from './series';
import { at, blank, column, requirePeriod, typicalPrice } from './series';

/**
 * On-balance volume: a running sum that adds the volume of a rising close and takes that of a falling one. It begins at
 * index 0 with the first volume (some libraries begin with 0: a constant offset).
 *
 * Source: Joseph Granville (1963).
 */
export function obv({ close, volume }: Pick<PriceSeries, 'close' | 'volume'>): Float64Array {
  let total = at(volume, 0);
  return column(close.length, 0, (i) => {
    if (i > 0) total += Math.sign(at(close, i) - at(close, i - 1)) * at(volume, i);
    return total;
  });
}

/**
 * Accumulation and distribution: a running sum of the volume, weighted by the close's place in the bar (1 at the high,
 * -1 at the low), from index 0 on; a bar without a range adds nothing. Source: Marc Chaikin.
 */
export function accumulation({ high, low, close, volume }: Omit<PriceSeries, 'open'>): Float64Array {
  let total = 0;
  return column(close.length, 0, (i) => {
    const range = at(high, i) - at(low, i);
    const balance = at(close, i) - at(low, i) - (at(high, i) - at(close, i));
    if (range > 0) total += (balance / range) * at(volume, i);
    return total;
  });
}

/** Exponential average seeded with the first value alone. */
function emaFromFirst(values: Float64Array, period: number): Float64Array {
  const factor = 2 / (period + 1);
  let current = at(values, 0);
  return column(values.length, 0, (i) => (current += (at(values, i) - current) * factor));
}

/**
 * Chaikin oscillator: a fast less a slow exponential average of accumulation and distribution, both seeded with its
 * first value, from index `slow - 1` on.
 *
 * Source: Marc Chaikin; seeds as in TA-Lib's ADOSC.
 * @throws RangeError unless both periods are whole numbers of at least 1 and `fast` is below `slow`.
 */
export function chaikin(series: Omit<PriceSeries, 'open'>, fast: number, slow: number): Float64Array {
  requirePeriod(fast);
  requirePeriod(slow);
  if (fast >= slow) throw new RangeError(`the fast period ${fast} must be below the slow one ${slow}`);
  const flow = accumulation(series);
  const fastMean = emaFromFirst(flow, fast);
  const slowMean = emaFromFirst(flow, slow);
  return column(flow.length, slow - 1, (i) => at(fastMean, i) - at(slowMean, i));
}

/**
 * Money flow index, 0 to 100, from index `period` on: the share of typical price times volume on rising bars in that of
 * all bars that moved, over the last `period` moves. 0 where nothing flowed (TA-Lib already treats a flow below 1 as none).
 *
 * Source: Gene Quong and Avrum Soudack, Stocks & Commodities (1989).
 * @throws RangeError when `period` is not a whole number of at least 1.
 */
export function mfi(series: Omit<PriceSeries, 'open'>, period: number): Float64Array {
  requirePeriod(period);
  const typical = typicalPrice(series);
  const result = blank(typical.length);
  for (let i = period; i < typical.length; i += 1) {
    let rising = 0;
    let falling = 0;
    for (let j = i - period + 1; j <= i; j += 1) {
      const flow = at(typical, j) * at(series.volume, j);
      if (at(typical, j) > at(typical, j - 1)) rising += flow;
      else if (at(typical, j) < at(typical, j - 1)) falling += flow;
    }
    result[i] = rising + falling === 0 ? 0 : (100 * rising) / (rising + falling);
  }
  return result;
}
