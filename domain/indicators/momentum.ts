import { wilder } from './averages';
import { at, column, requirePeriod } from './series';

/**
 * Relative strength index, 0 to 100, from index `period` on: `100 * gain / (gain + loss)` with Wilder's averages of
 * the rises and falls. A series that never moves has 0, as in TA-Lib: read it as "no strength", not as "oversold".
 *
 * Source: Wilder (1978).
 * @throws RangeError when `period` is not a whole number of at least 1.
 */
export function rsi(close: Float64Array, period: number): Float64Array {
  const change = column(close.length, 1, (i) => at(close, i) - at(close, i - 1));
  const gain = wilder(
    change.map((move) => Math.max(move, 0)),
    period,
    1,
  );
  const loss = wilder(
    change.map((move) => Math.max(-move, 0)),
    period,
    1,
  );
  return column(close.length, period, (i) => {
    const both = at(gain, i) + at(loss, i);
    return both === 0 ? 0 : (100 * at(gain, i)) / both;
  });
}

/**
 * Rate of change over `period` bars in percent, from index `period` on; 0 where the earlier value is 0.
 *
 * @throws RangeError when `period` is not a whole number of at least 1.
 */
export function rateOfChange(close: Float64Array, period: number): Float64Array {
  requirePeriod(period);
  return column(close.length, period, (i) => {
    const before = at(close, i - period);
    return before === 0 ? 0 : 100 * (at(close, i) / before - 1);
  });
}
