import type { EpochMillis, Instant } from '../domain/clock/instant';
import type { Candle } from '../domain/candle/candle';
import type { SeriesId } from '../domain/candle/series';
import type { DecimalString } from '../domain/money/decimal';
import { firstOf } from './pool';
import type { Queryable } from './pool';

/** What storing candles changed; those that were there with the same values are in neither number. */
export interface StoredCandles {
  readonly stored: number;
  readonly corrected: number;
}

/** A column as PostgreSQL writes an array; checked candles need no quotes. */
function column(candles: readonly Candle[], field: keyof Candle): string {
  let text = '{';
  for (const [index, candle] of candles.entries()) text += index === 0 ? `${candle[field]}` : `,${candle[field]}`;
  return `${text}}`;
}

/**
 * Stores checked candles of a series, none of them twice, in one statement: new ones are added, others corrected with both
 * values kept. The same candles again change nothing.
 * @param series its number
 * @param source who says so: a feed's name, or `csv`
 */
export async function storeCandles(
  database: Queryable,
  series: number,
  source: string,
  candles: readonly Candle[],
): Promise<StoredCandles> {
  if (candles.length === 0) return { stored: 0, corrected: 0 };
  const columns = (['openAt', 'open', 'high', 'low', 'close', 'volume'] as const).map((field) =>
    column(candles, field),
  );
  const { rows } = await database.query<StoredCandles>('SELECT * FROM store_candles($1, $2, $3, $4, $5, $6, $7, $8)', [
    series,
    source,
    ...columns,
  ]);
  return firstOf(rows, 'store_candles');
}

/** A stored candle with where it comes from and since when its values are known. */
export interface StoredCandle extends Candle {
  readonly source: string;
  readonly receivedAt: Date;
}

/** The half-open stretch `[from, to)` of openings. */
export interface Stretch {
  readonly from: EpochMillis;
  readonly to: EpochMillis;
}

/** At most `limit` candles of a series within a stretch, oldest first. */
export async function readCandles(
  database: Queryable,
  id: SeriesId,
  { from, to }: Stretch,
  limit: number,
): Promise<readonly StoredCandle[]> {
  const { rows } = await database.query<StoredCandle>(
    `SELECT (extract(epoch FROM c.open_at) * 1000)::bigint AS "openAt", plain(c.open) AS open, plain(c.high) AS high,
       plain(c.low) AS low, plain(c.close) AS close, plain(c.volume) AS volume, o.name AS source,
       c.received_at AS "receivedAt"
     FROM candles c JOIN candle_series s ON s.number = c.series JOIN candle_sources o ON o.number = c.source
     WHERE s.id = $1 AND c.open_at >= $2 AND c.open_at < $3 ORDER BY c.open_at LIMIT $4`,
    [id, new Date(from), new Date(to), limit],
  );
  return rows;
}

/** The openings of a series within a stretch, oldest first. */
export async function readOpenings(
  database: Queryable,
  series: number,
  { from, to }: Stretch,
): Promise<readonly EpochMillis[]> {
  const { rows } = await database.query<{ readonly at: EpochMillis }>(
    `SELECT (extract(epoch FROM open_at) * 1000)::bigint AS at FROM candles
     WHERE series = $1 AND open_at >= $2 AND open_at < $3 ORDER BY open_at`,
    [series, new Date(from), new Date(to)],
  );
  return rows.map(({ at }) => at);
}

type Values = Readonly<Record<'open' | 'high' | 'low' | 'close' | 'volume', DecimalString>>;

/** A candle that a source told otherwise later on. */
export interface CandleCorrection {
  readonly openAt: Instant;
  readonly noticedAt: Instant;
  readonly before: Values;
  readonly after: Values;
  /** Who said the old values, and who the new ones. */
  readonly sources: readonly [before: string, after: string];
}

/** The last `limit` corrections of a series, the newest first. */
export async function readCorrections(
  database: Queryable,
  series: number,
  limit: number,
): Promise<readonly CandleCorrection[]> {
  const { rows } = await database.query<CandleCorrection>(
    `SELECT iso(c.open_at) AS "openAt", iso(c.noticed_at) AS "noticedAt",
       jsonb_build_object('open', plain(c.open), 'high', plain(c.high), 'low', plain(c.low), 'close', plain(c.close),
         'volume', plain(c.volume)) AS before,
       jsonb_build_object('open', plain(c.new_open), 'high', plain(c.new_high), 'low', plain(c.new_low),
         'close', plain(c.new_close), 'volume', plain(c.new_volume)) AS after,
       jsonb_build_array(a.name, b.name) AS sources
     FROM candle_corrections c JOIN candle_sources a ON a.number = c.source JOIN candle_sources b ON b.number = c.new_source
     WHERE c.series = $1 ORDER BY c.id DESC LIMIT $2`,
    [series, limit],
  );
  return rows;
}
