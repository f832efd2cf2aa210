import type { PriceSeries } from './series';
import { at, blank } from './series';

/** Prices seen along the trend: mirrored (times -1) while it falls, so that "up" always means "with the trend". */
interface TrendBar {
  readonly top: number;
  readonly bottom: number;
}

/**
 * Parabolic stop and reverse, in price units, from index 1 on: the level at which a position with the trend would be
 * reversed. It closes in on the prices by a growing share (from `step` up to `limit`) of its distance to the extreme.
 *
 * The first trend falls when the second bar reaches further below the first than above it, and rises otherwise.
 *
 * Source: Wilder (1978), with TA-Lib's choice of the first direction.
 * @param step share added at each new extreme, such as 0.02.
 * @param limit largest share, such as 0.2.
 * @throws RangeError unless 0 < step and step <= limit.
 */
export function parabolicSar(
  { high, low }: Pick<PriceSeries, 'high' | 'low'>,
  step: number,
  limit: number,
): Float64Array {
  if (!(step > 0 && step <= limit)) throw new RangeError(`the step ${step} must be above 0 and at most ${limit}`);
  const result = blank(high.length);
  const fall = at(low, 0) - at(low, 1);
  let sign = fall > 0 && fall > at(high, 1) - at(high, 0) ? -1 : 1;
  const along = (i: number): TrendBar =>
    sign > 0 ? { top: at(high, i), bottom: at(low, i) } : { top: -at(low, i), bottom: -at(high, i) };

  let share = step;
  let extreme = along(1).top;
  let level = along(0).bottom;
  for (let i = 1; i < high.length; i += 1) {
    const reversed = along(i).bottom <= level;
    if (reversed) {
      sign = -sign;
      share = step;
      // The extreme of the old trend becomes the level of the new one, seen from the other side.
      level = -extreme;
      extreme = along(i).top;
    }
    // At the first bar TA-Lib compares with that bar itself.
    const floor = Math.min(along(i).bottom, along(Math.max(i - 1, 1)).bottom);
    if (reversed) level = Math.min(level, floor);
    result[i] = sign * level;
    if (along(i).top > extreme) {
      extreme = along(i).top;
      share = Math.min(share + step, limit);
    }
    level = Math.min(level + share * (extreme - level), floor);
  }
  return result;
}
