import { storeCandles } from '../../database/candles';
import type { SeriesRow } from '../../database/candle-series';
import type { Database } from '../../database/pool';
import type { CalendarId, MarketCalendar } from '../../domain/calendar/calendar';
import { sortCandles } from '../../domain/candle/candle-checks';
import { pageSizeOf } from '../../domain/candle/feed';
import type { CandleFeed, FeedRegistry } from '../../domain/candle/feed';
import { isComplete } from '../../domain/candle/places';
import type { Grid } from '../../domain/candle/places';
import { lengthOf, placeOf } from '../../domain/candle/timeframe';
import type { EpochMillis } from '../../domain/clock/instant';
import type { FetchedCandles } from '../../temporal/messages/ingest-candles';

export interface IngestDeps {
  readonly database: Database;
  readonly feeds: FeedRegistry;
  readonly calendarOf: (id: CalendarId) => MarketCalendar;
  /** Milliseconds since 1970. */
  readonly now: () => EpochMillis;
}

/** One page from the cursor on: what is complete and within the stretch is stored. */
export async function storePage(
  { database, now }: Pick<IngestDeps, 'database' | 'now'>,
  feed: CandleFeed,
  row: SeriesRow,
  grid: Grid,
  { from: cursor, to }: { readonly from: EpochMillis; readonly to: EpochMillis },
  signal: AbortSignal,
): Promise<FetchedCandles> {
  const length = lengthOf(row.timeframe);
  const page = await feed.page({ series: row, from: cursor, to }, signal);
  const { sound, faulty } = sortCandles(page);
  const wanted = sound.filter(
    ({ openAt }) => openAt >= cursor && openAt < to && isComplete(grid, openAt, now(), feed.settle),
  );
  const { stored, corrected } = await storeCandles(database, row.number, row.feed, wanted);
  const last = wanted.at(-1);
  // A page that lies beyond the stretch says that nothing is left in it; one without a candle says so of its own length.
  const beyond = sound.some(({ openAt }) => openAt >= to);
  const next =
    last === undefined
      ? cursor + pageSizeOf(feed, row.timeframe) * length
      : placeOf(last.openAt, row.timeframe) + length;
  const [first] = faulty;
  return {
    ...{ stored, corrected, faulty: faulty.length },
    cursor: last === undefined && beyond ? to : Math.min(to, next),
    fault: first === undefined ? null : `${instantOf(first.candle.openAt)}, ${first.fault.field} ${first.fault.reason}`,
  };
}

function instantOf(at: EpochMillis): string {
  return Number.isFinite(at) && Math.abs(at) < 8.64e15 ? new Date(at).toISOString() : 'a candle without a time';
}
