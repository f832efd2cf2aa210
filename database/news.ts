import type { Instant } from '../domain/clock/instant';
import type { InstrumentId } from '../domain/instrument/instrument';
import { knownNews } from '../domain/news/known';
import type { DatedNews } from '../domain/news/known';
import type { Validators } from '../domain/news/reader';
import type { Known, NewsFeed, NewsItem, NewsQuestion } from '../domain/signal/signal';
import { decodeCursor, paged, sortMoment } from './cursor';
import type { PageRequest, Paged } from './cursor';
import { firstOf } from './pool';
import type { Queryable } from './pool';

/** An item as it is stored; hashes in hex. */
export interface NewNews {
  readonly key: string;
  readonly title: string;
  readonly summary: string;
  readonly link: string | null;
  readonly titleHash: string | null;
  readonly instruments: readonly InstrumentId[];
  /** Null: when it is seen. */
  readonly publishedAt: Instant | null;
}

/** An answer of a source: items, or without them that nothing is new. */
export interface NewsToStore {
  readonly source: string;
  readonly placeHash: string;
  readonly answer?: Validators & { readonly items: readonly NewNews[] };
}

/** What storing came to: items that are new, and how many of those repeat a title that was there. */
export interface StoredNews {
  readonly stored: number;
  readonly duplicates: number;
}

/** An item as lists show it. */
export interface NewsRow {
  readonly id: string;
  readonly source: string;
  readonly title: string;
  readonly summary: string;
  readonly link: string | null;
  readonly instruments: readonly InstrumentId[];
  readonly publishedAt: Instant;
  readonly seenAt: Instant;
}

export interface NewsFilter {
  readonly instrument?: InstrumentId;
  readonly source?: string;
  /** Published then or later. */
  readonly since?: Instant;
}

/** News that is older than this, in market time, is none any more: nobody is shown it as news. */
const NEWS_DAYS = 7;

const FIELDS = `n.id::text AS id, n.source, n.title, n.summary, n.link, n.instruments,
  iso(n.published_at) AS "publishedAt", iso(n.seen_at) AS "seenAt"`;

/** One item of each title: the one that was published first of those that pass. */
const FIRST = `row_number() OVER (PARTITION BY coalesce(n.same_as, n.id) ORDER BY n.published_at, n.id) AS nth`;

/** Stores an answer of a source as a whole, each item once. A repeat stores nothing, and says so. */
export async function storeNews(database: Queryable, news: NewsToStore): Promise<StoredNews> {
  const { answer, ...source } = news;
  const { rows } = await database.query<{ result: StoredNews }>('SELECT store_news($1) AS result', [
    JSON.stringify({ ...source, ...answer }),
  ]);
  return firstOf(rows, 'store_news').result;
}

/** Items, the newest first, each title once. @throws InvalidCursor */
export async function listNews(
  database: Queryable,
  { instrument, source, since }: NewsFilter,
  page: PageRequest,
): Promise<Paged<NewsRow>> {
  const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
  const { rows } = await database.query<NewsRow & { readonly sort: string }>(
    `SELECT ${FIELDS}, ${sortMoment('n.published_at')} AS sort FROM (
       SELECT n.*, ${FIRST} FROM news_items n
       WHERE ($1::text IS NULL OR n.instruments @> ARRAY[$1::text]) AND ($2::text IS NULL OR n.source = $2)
         AND ($3::timestamptz IS NULL OR n.published_at >= $3)
     ) n WHERE n.nth = 1 AND ($4::timestamptz IS NULL OR (n.published_at, n.id) < ($4, $5::bigint))
     ORDER BY n.published_at DESC, n.id DESC LIMIT $6`,
    [instrument ?? null, source ?? null, since ?? null, after?.at ?? null, numberOf(after?.id), page.limit + 1],
  );
  const { items, nextCursor } = paged(rows, page.limit, (row) => ({ at: row.sort, id: row.id }));
  const shown = items.map((row): NewsRow => {
    const { id, instruments, link, publishedAt, seenAt, summary, title } = row;
    return { id, source: row.source, title, summary, link, instruments, publishedAt, seenAt };
  });
  return { items: shown, nextCursor };
}

/** A cursor's id that is no number finds nothing. */
function numberOf(id: string | undefined): number | null {
  return id === undefined ? null : /^\d{1,15}$/.test(id) ? Number(id) : 0;
}

/** Stored news as analysts are shown it. */
export class StoredNewsFeed implements NewsFeed {
  constructor(private readonly database: Queryable) {}

  /**
   * The newest items about an instrument that were published at or before market time; where the account's clock is the
   * real one, also seen by us at or before it.
   */
  async news({ account, instrument, at, count }: NewsQuestion): Promise<readonly Known<NewsItem>[]> {
    const { rows } = await this.database.query<DatedNews & { readonly replays: boolean }>(
      `SELECT n.id::text AS ref, n.source, n.title, n.summary, iso(n.published_at) AS "publishedAt",
         iso(n.seen_at) AS "seenAt", n.replays FROM (
         SELECT n.*, c.kind = 'replay' AS replays, ${FIRST} FROM news_items n
         CROSS JOIN (SELECT kind FROM account_clocks WHERE account = $1) c
         WHERE n.instruments @> ARRAY[$2::text] AND n.published_at <= $3
           AND n.published_at > $3::timestamptz - $5 * interval '1 day' AND (c.kind = 'replay' OR n.seen_at <= $3)
       ) n WHERE n.nth = 1 ORDER BY n.published_at DESC, n.id DESC LIMIT $4`,
      [account, instrument, at, count, NEWS_DAYS],
    );
    return rows.map(({ replays, ...item }) => knownNews(item, replays));
  }
}

/** Every instrument that there is, at any account. */
export async function knownInstruments(database: Queryable): Promise<readonly InstrumentId[]> {
  const { rows } = await database.query<{ id: InstrumentId }>('SELECT DISTINCT id FROM instruments ORDER BY id');
  return rows.map(({ id }) => id);
}
