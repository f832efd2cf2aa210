import type { EpochMillis, Millis } from '../clock/instant';
import { expectedPlaces, newestExpected } from './places';
import type { Grid } from './places';
import { lengthOf, placeOf } from './timeframe';
import type { Timeframe } from './timeframe';

/** A stretch `[from, to)` in which every place that should have a candle has none. */
export interface Gap {
  readonly from: EpochMillis;
  readonly to: EpochMillis;
  /** Candles that should be there. */
  readonly missing: number;
}

/** Finds what is missing in `[from, to)`: neighbours in the calendar's sense are one gap. `openings` are of that stretch. */
export function findGaps(
  grid: Grid,
  from: EpochMillis,
  to: EpochMillis,
  openings: readonly EpochMillis[],
): readonly Gap[] {
  const length = lengthOf(grid.timeframe);
  const filled = new Set(openings.map((at) => placeOf(at, grid.timeframe)));
  const gaps: Gap[] = [];
  let open: { from: EpochMillis; to: EpochMillis; missing: number } | undefined;
  for (const place of expectedPlaces(grid, from, to)) {
    if (filled.has(place)) {
      open = undefined;
    } else if (open === undefined) {
      open = { from: place, to: place + length, missing: 1 };
      gaps.push(open);
    } else {
      open.to = place + length;
      open.missing += 1;
    }
  }
  return gaps;
}

const MINUTE: Millis = 60_000;

/** How late a candle may be before somebody is told: two lengths of it, from ten minutes to half a day. */
function graceOf(timeframe: Timeframe): Millis {
  return Math.min(Math.max(2 * lengthOf(timeframe), 10 * MINUTE), 720 * MINUTE);
}

/** How a series stands against its calendar. */
export interface Freshness {
  readonly stale: boolean;
  /** Place of the newest candle that should be there, the grace given; null when the calendar names none. */
  readonly expected: EpochMillis | null;
}

/** Whether a series lacks its newest candle for longer than the grace. `newest` is its newest opening, null when it has none. */
export function freshnessOf(grid: Grid, newest: EpochMillis | null, now: EpochMillis): Freshness {
  const expected = newestExpected(grid, now, graceOf(grid.timeframe)) ?? null;
  const have = newest === null ? null : placeOf(newest, grid.timeframe);
  return { stale: expected !== null && (have === null || have < expected), expected };
}
