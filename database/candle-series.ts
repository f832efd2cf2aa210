import type { CalendarId } from '../domain/calendar/calendar';
import type { Gap } from '../domain/candle/gaps';
import { seriesId } from '../domain/candle/series';
import type { Adjustment, ScheduledSeries, SeriesId } from '../domain/candle/series';
import type { Timeframe } from '../domain/candle/timeframe';
import type { EpochMillis } from '../domain/clock/instant';
import { firstOf } from './pool';
import type { Queryable } from './pool';

/** A series as it stands. */
export interface SeriesRow {
  readonly number: number;
  readonly id: SeriesId;
  readonly feed: string;
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly adjustment: Adjustment;
  readonly calendar: CalendarId;
  /** Null when only a file brought candles. */
  readonly since: EpochMillis | null;
  /** Everything from `since` up to here was asked for and answered. */
  readonly filledTo: EpochMillis | null;
  readonly followed: boolean;
  /** Its feed brings prices late, as it said when it was asked last. */
  readonly delayed: boolean;
  readonly askedAt: EpochMillis | null;
  /** What the last try ended with; null when it was well. */
  readonly problem: string | null;
}

/** A series with what is stored of it. */
export interface SeriesStanding extends SeriesRow {
  readonly candles: number;
  readonly oldest: EpochMillis | null;
  readonly newest: EpochMillis | null;
  readonly corrections: number;
  /** Candles that are known to be missing. */
  readonly missing: number;
}

/** A gap that stayed although it was asked for again. */
export interface KnownGap extends Gap {
  readonly tries: number;
}

const millis = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::bigint`;

const COLUMNS = `s.number, s.id, s.feed, s.symbol, s.timeframe, s.adjustment, s.calendar, ${millis('s.since')} AS since,
  ${millis('s.filled_to')} AS "filledTo", s.followed, s.delayed, ${millis('s.asked_at')} AS "askedAt", s.problem`;

/**
 * Makes a series, or finds it. An earlier `since` than before widens it, and its back-fill begins there again.
 * @param wish.follow keeps it up to date from now on; never ends that
 */
export async function ensureSeries(
  database: Queryable,
  series: ScheduledSeries,
  wish: { readonly since?: EpochMillis; readonly follow?: boolean } = {},
): Promise<SeriesRow> {
  const { feed, symbol, timeframe, adjustment, calendar } = series;
  const since = wish.since === undefined ? null : new Date(wish.since);
  const { rows } = await database.query<SeriesRow>(
    `INSERT INTO candle_series AS s (id, feed, symbol, timeframe, adjustment, calendar, since, filled_to, followed)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)
     ON CONFLICT (id) DO UPDATE SET
       since = least(s.since, excluded.since),
       filled_to = CASE WHEN s.since <= excluded.since OR excluded.since IS NULL THEN s.filled_to ELSE excluded.since END,
       followed = s.followed OR excluded.followed
     RETURNING ${COLUMNS}`,
    [seriesId(series), feed, symbol, timeframe, adjustment, calendar, since, wish.follow ?? false],
  );
  return firstOf(rows, 'ensureSeries');
}

/** A series by its id; undefined when nobody asked for it yet. */
export async function findSeries(database: Queryable, id: SeriesId): Promise<SeriesRow | undefined> {
  const { rows } = await database.query<SeriesRow>(`SELECT ${COLUMNS} FROM candle_series s WHERE s.id = $1`, [id]);
  return rows[0];
}

/** The series that are kept up to date, of one feed and length where they are named. */
export async function followedSeries(
  database: Queryable,
  of: { readonly feed?: string; readonly timeframe?: Timeframe } = {},
): Promise<readonly SeriesRow[]> {
  const { rows } = await database.query<SeriesRow>(
    `SELECT ${COLUMNS} FROM candle_series s WHERE s.followed AND ($1::text IS NULL OR s.feed = $1)
       AND ($2::text IS NULL OR s.timeframe = $2) ORDER BY s.feed, s.id`,
    [of.feed ?? null, of.timeframe ?? null],
  );
  return rows;
}

/** Series by id, each with what is stored of it; those after `after`, at most `limit`. */
export async function seriesStandings(
  database: Queryable,
  page: { readonly after: string; readonly limit: number },
): Promise<readonly SeriesStanding[]> {
  return standings(database, 's.id > $1 ORDER BY s.id LIMIT $2', [page.after, page.limit]);
}

/** One series with what is stored of it. */
export async function seriesStanding(database: Queryable, id: SeriesId): Promise<SeriesStanding | undefined> {
  return (await standings(database, 's.id = $1', [id]))[0];
}

/** Reads no candle but the first and the last: how many there are is counted when they are stored. */
async function standings(database: Queryable, which: string, values: unknown[]): Promise<readonly SeriesStanding[]> {
  const { rows } = await database.query<SeriesStanding>(
    `SELECT ${COLUMNS}, s.candles, s.corrections, ${millis('c.oldest')} AS oldest, ${millis('c.newest')} AS newest,
       (SELECT coalesce(sum(g.missing), 0) FROM candle_gaps g WHERE g.series = s.number) AS missing
     FROM candle_series s CROSS JOIN LATERAL (
       SELECT min(open_at) AS oldest, max(open_at) AS newest FROM candles WHERE series = s.number
     ) c WHERE ${which}`,
    values,
  );
  return rows;
}

/** Notes that everything up to a place was asked for and answered. It only moves forward, but by a wider `since`. */
export async function advanceSeries(database: Queryable, number: number, filledTo: EpochMillis): Promise<void> {
  await database.query(
    `UPDATE candle_series SET filled_to = greatest(filled_to, $2), asked_at = clock_timestamp(), problem = NULL
     WHERE number = $1`,
    [number, new Date(filledTo)],
  );
}

/** Notes whether the feed of a series brings its prices late. */
export async function noteDelay(database: Queryable, number: number, delayed: boolean): Promise<void> {
  await database.query('UPDATE candle_series SET delayed = $2 WHERE number = $1 AND delayed <> $2', [number, delayed]);
}

/** Notes what a try ended with. */
export async function noteProblem(database: Queryable, number: number, problem: string): Promise<void> {
  await database.query('UPDATE candle_series SET problem = $2 WHERE number = $1', [number, problem.slice(0, 500)]);
}

/** The newest opening of a series; null when it has no candle. */
export async function newestOpening(database: Queryable, number: number): Promise<EpochMillis | null> {
  const { rows } = await database.query<{ readonly at: EpochMillis | null }>(
    `SELECT ${millis('max(open_at)')} AS at FROM candles WHERE series = $1`,
    [number],
  );
  return rows[0]?.at ?? null;
}

/** Gaps of a series that are known, oldest first. */
export async function knownGaps(database: Queryable, number: number): Promise<readonly KnownGap[]> {
  const { rows } = await database.query<KnownGap>(
    `SELECT ${millis('from_at')} AS from, ${millis('to_at')} AS to, missing, tries FROM candle_gaps
     WHERE series = $1 ORDER BY from_at`,
    [number],
  );
  return rows;
}

/** Replaces what is known of the gaps within a stretch by what was found there now, in one statement. */
export async function replaceGaps(
  database: Queryable,
  number: number,
  stretch: { readonly from: EpochMillis; readonly to: EpochMillis },
  gaps: readonly KnownGap[],
): Promise<void> {
  await database.query(
    `WITH found AS (
       SELECT 'epoch'::timestamptz + f * interval '1 millisecond' AS from_at,
         'epoch'::timestamptz + t * interval '1 millisecond' AS to_at, missing, tries
       FROM unnest($4::bigint[], $5::bigint[], $6::integer[], $7::integer[]) AS given(f, t, missing, tries)
     ), gone AS (
       DELETE FROM candle_gaps g WHERE g.series = $1 AND g.from_at >= $2 AND g.from_at < $3
         AND NOT EXISTS (SELECT 1 FROM found WHERE found.from_at = g.from_at)
     )
     INSERT INTO candle_gaps (series, from_at, to_at, missing, tries) SELECT $1, from_at, to_at, missing, tries FROM found
     ON CONFLICT (series, from_at) DO UPDATE SET to_at = excluded.to_at, missing = excluded.missing, tries = excluded.tries`,
    [
      number,
      new Date(stretch.from),
      new Date(stretch.to),
      gaps.map(({ from }) => from),
      gaps.map(({ to }) => to),
      gaps.map(({ missing }) => missing),
      gaps.map(({ tries }) => tries),
    ],
  );
}
