import type { EpochMillis } from '../domain/clock/instant';
import type { NewsErrorCode, Validators } from '../domain/news/reader';
import type { NewsSourceState } from '../domain/news/source';
import type { Queryable } from './pool';

/** A source as the database knows it. */
export interface NewsSourceRow extends NewsSourceState, Validators {
  readonly name: string;
  readonly placeHash: string;
  /** What the last try ended with; null when it was well. */
  readonly problem: { readonly code: NewsErrorCode; readonly message: string } | null;
}

const millis = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::bigint`;

const COLUMNS = `name, place_hash AS "placeHash", ${millis('since')} AS since, ${millis('asked_at')} AS "askedAt",
  ${millis('answered_at')} AS "answeredAt", etag, last_modified AS "lastModified", failures,
  ${millis('retry_at')} AS "retryAt",
  CASE WHEN problem_code IS NULL THEN NULL ELSE jsonb_build_object('code', problem_code, 'message', problem) END AS problem`;

/**
 * Makes sources known, and forgets what was learned of one that is asked at another place now: its validators, and that it
 * failed there. May be repeated.
 */
export async function ensureNewsSources(
  database: Queryable,
  sources: readonly Pick<NewsSourceRow, 'name' | 'placeHash'>[],
): Promise<void> {
  await database.query(
    `INSERT INTO news_sources AS s (name, place_hash) SELECT * FROM unnest($1::text[], $2::text[])
     ON CONFLICT (name) DO UPDATE SET place_hash = excluded.place_hash, since = clock_timestamp(), asked_at = NULL,
       answered_at = NULL, etag = NULL, last_modified = NULL, failures = 0, retry_at = NULL, problem_code = NULL,
       problem = NULL
     WHERE s.place_hash <> excluded.place_hash`,
    [sources.map(({ name }) => name), sources.map(({ placeHash }) => placeHash)],
  );
}

/** Every source that was ever made known, by name. */
export async function readNewsSources(database: Queryable): Promise<readonly NewsSourceRow[]> {
  const { rows } = await database.query<NewsSourceRow>(`SELECT ${COLUMNS} FROM news_sources ORDER BY name`);
  return rows;
}

/** Notes a failure, and before when the source is not asked again. One that was meant for another place is dropped. */
export async function noteNewsFailure(
  database: Queryable,
  { name, placeHash }: Pick<NewsSourceRow, 'name' | 'placeHash'>,
  failure: {
    readonly code: NewsErrorCode;
    readonly message: string;
    readonly failures: number;
    readonly retryAt: EpochMillis;
  },
): Promise<void> {
  const { code, failures, message, retryAt } = failure;
  await database.query(
    `UPDATE news_sources SET asked_at = clock_timestamp(), failures = $3, retry_at = $4, problem_code = $5, problem = $6
     WHERE name = $1 AND place_hash = $2`,
    [name, placeHash, failures, new Date(retryAt), code, message.slice(0, 500)],
  );
}

/** What is stored of each source: by name, items and the time of the newest. */
export async function newsCounts(
  database: Queryable,
): Promise<ReadonlyMap<string, { readonly items: number; readonly newest: EpochMillis }>> {
  const { rows } = await database.query<{ source: string; items: number; newest: EpochMillis }>(
    `SELECT source, count(*) AS items, ${millis('max(published_at)')} AS newest FROM news_items GROUP BY source`,
  );
  return new Map(rows.map(({ source, ...counts }) => [source, counts]));
}
