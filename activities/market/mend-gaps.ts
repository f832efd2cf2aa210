import { knownGaps, replaceGaps } from '../../database/candle-series';
import type { SeriesRow } from '../../database/candle-series';
import { readOpenings } from '../../database/candles';
import type { Gap } from '../../domain/candle/gaps';
import { findGaps } from '../../domain/candle/gaps';
import type { Grid } from '../../domain/candle/places';
import { lengthOf } from '../../domain/candle/timeframe';
import type { EpochMillis } from '../../domain/clock/instant';
import { storePage } from './store-page';
import type { IngestDeps } from './store-page';

/** Places looked at in one go. */
const PLACES = 50_000;
/** Pages that are asked for again in one run; gaps that they do not reach are noted, and asked for in a later one. */
const PAGES = 60;
/** Pages that one gap may cost. */
const PAGES_A_GAP = 3;
/** A gap that stayed so often stays: its feed has nothing there. */
const TRIES = 3;

/**
 * Looks for gaps in `[from, to)` of a series, asks for each again, and notes those that stay. Answers how many candles are
 * missing in the stretch afterwards.
 */
export async function mendGaps(
  deps: IngestDeps,
  row: SeriesRow,
  grid: Grid,
  { from, to }: Stretch,
  signal: AbortSignal,
): Promise<number> {
  const feed = deps.feeds.of(row.feed);
  const tries = new Map((await knownGaps(deps.database, row.number)).map((gap) => [gap.from, gap.tries]));
  const span = PLACES * lengthOf(row.timeframe);
  let missing = 0;
  let left = PAGES;
  for (let start = from; start < to; start += span) {
    const stretch = { from: start, to: Math.min(to, start + span) };
    const gaps = await gapsIn(deps, row, grid, stretch);
    const asked = new Set<EpochMillis>();
    let cursor = start;
    for (const gap of gaps) {
      if ((tries.get(gap.from) ?? 0) >= TRIES) continue;
      // One page may reach over many gaps; of a long one some pages show whether there is anything.
      const pages = Math.min(left, PAGES_A_GAP);
      for (let n = 0; n < pages && cursor < gap.to; n += 1) {
        const wish = { from: Math.max(cursor, gap.from), to: stretch.to };
        ({ cursor } = await storePage(deps, feed, row, grid, wish, signal));
        left -= 1;
      }
      if (cursor > gap.from) asked.add(gap.from);
    }
    const stayed = gaps.length === 0 ? [] : await gapsIn(deps, row, grid, stretch);
    const known = stayed.map((gap) => ({
      ...gap,
      tries: Math.max(1, (tries.get(gap.from) ?? 0) + (asked.has(gap.from) ? 1 : 0)),
    }));
    await replaceGaps(deps.database, row.number, stretch, known);
    missing += known.reduce((sum, gap) => sum + gap.missing, 0);
  }
  return missing;
}

type Stretch = Pick<Gap, 'from' | 'to'>;

async function gapsIn(
  { database }: IngestDeps,
  row: SeriesRow,
  grid: Grid,
  { from, to }: Stretch,
): Promise<readonly Gap[]> {
  return findGaps(grid, from, to, await readOpenings(database, row.number, { from, to }));
}
