import type { PoolClient } from 'pg';
import type { Instant } from '../domain/clock/instant';
import type { InstrumentId } from '../domain/instrument/instrument';
import type { DecimalString } from '../domain/money/decimal';
import { Bookkeeper } from '../domain/portfolio/book';
import type { Book, InstrumentAssets } from '../domain/portfolio/book';
import type { BookedEntry } from '../domain/portfolio/entry';
import type { CostBasis } from '../domain/portfolio/lots';
import type { DayEnd } from '../domain/portfolio/performance';
import type { Prices } from '../domain/portfolio/worth';
import { ENTRY } from './ledger';
import { firstOf } from './pool';
import type { Database, Queryable } from './pool';

/** Entries that are read at a time. */
const PAGE = 2_000;
/** The first page waits for the whole ledger to be put in order. */
const READ_WITHIN_MS = 120_000;

/** An account as its books are kept. */
export interface BooksOf {
  readonly account: string;
  readonly currency: string;
  readonly basis: CostBasis;
  /** Which passage of its clock goes on, and the market time now. */
  readonly passage: number;
  readonly now: Instant;
  readonly assetsOf: ReadonlyMap<InstrumentId, InstrumentAssets>;
}

/** What an account's books are kept by; undefined when there is no such account. */
export async function readBooksOf(database: Queryable, account: string): Promise<BooksOf | undefined> {
  const { rows } = await database.query<Omit<BooksOf, 'assetsOf'> & { assets: (InstrumentAssets & { id: string })[] }>(
    `SELECT a.name AS account, a.currency, coalesce(a.policy ->> 'costBasis', 'fifo') AS basis,
       coalesce(c.passage, 0) AS passage, iso(coalesce(market_now(a.name), clock_timestamp())) AS now,
       coalesce((SELECT jsonb_agg(jsonb_build_object('id', i.id, 'baseAsset', i.base_asset, 'quoteAsset', i.quote_asset) || future_of(i))
         FROM instruments i WHERE EXISTS (SELECT FROM account_positions p WHERE p.account = a.name AND p.instrument = i.id)
           OR EXISTS (SELECT FROM listings l WHERE l.account = a.name AND l.instrument = i.id)), '[]') AS assets
     FROM accounts a LEFT JOIN account_clocks c ON c.account = a.name WHERE a.name = $1`,
    [account],
  );
  const [found] = rows;
  if (found === undefined) return undefined;
  const { assets, ...books } = found;
  return { ...books, assetsOf: new Map(assets.map(({ id, ...pair }) => [id, pair])) };
}

/**
 * Calls `each` with every entry of an account and those that set it right, in ledger order, at one moment of the database.
 * Reads page by page: memory does not grow with the ledger.
 */
async function eachGroup(
  database: Database,
  account: string,
  each: (group: readonly BookedEntry[]) => void,
): Promise<void> {
  const client = await database.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(`SET LOCAL statement_timeout = ${READ_WITHIN_MS}`);
    await client.query(
      `DECLARE ledger NO SCROLL CURSOR FOR SELECT ${ENTRY} FROM ledger_entries e LEFT JOIN ledger_entries r ON r.id = e.corrects
       WHERE e.account = $1 ORDER BY e.passage, e.market_at, coalesce(r.source, e.source) COLLATE "C", e.corrects NULLS FIRST, e.source COLLATE "C"`,
      [account],
    );
    await pages(client, each);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

async function pages(client: PoolClient, each: (group: readonly BookedEntry[]) => void): Promise<void> {
  let group: BookedEntry[] = [];
  for (;;) {
    const { rows } = await client.query<BookedEntry>(`FETCH ${PAGE} FROM ledger`);
    for (const entry of rows) {
      if (entry.corrects === null && group.length > 0) {
        each(group);
        group = [];
      }
      group.push(entry);
    }
    if (rows.length < PAGE) break;
  }
  if (group.length > 0) each(group);
}

/** The book of an account as it stands. */
export async function readBook(database: Database, books: BooksOf): Promise<Book> {
  const keeper = new Bookkeeper(books.assetsOf, books.basis);
  await eachGroup(database, books.account, (group) => keeper.add(group));
  return keeper.book();
}

/** The same by the account's name; undefined when there is no such account. */
export async function readLedger(database: Database, account: string): Promise<Book | undefined> {
  const books = await readBooksOf(database, account);
  return books === undefined ? undefined : readBook(database, books);
}

/** Prices at which an account's instruments count now: what its watcher saw last, else its last fill's, else the venue's. */
export async function pricesNow(database: Queryable, { account, assetsOf }: BooksOf): Promise<Prices> {
  const { rows } = await database.query<{ instrument: string; price: DecimalString | null }>(
    `SELECT i.id AS instrument, plain(coalesce(
       (SELECT m.price FROM marks m WHERE m.account = $1 AND m.instrument = i.id),
       (SELECT f.price FROM fills f WHERE f.account = $1 AND f.instrument = i.id ORDER BY f.id DESC LIMIT 1),
       (SELECT q.price FROM venue_quotes q WHERE q.account = $1 AND q.instrument = i.id))) AS price
     FROM instruments i WHERE i.id = ANY ($2)`,
    [account, [...assetsOf.keys()]],
  );
  const prices = new Map(rows.map(({ instrument, price }) => [instrument, price]));
  return { assetsOf, priceOf: (instrument) => prices.get(instrument) ?? undefined };
}

interface DayPrice {
  readonly instrument: string;
  readonly date: string;
  readonly price: DecimalString;
}

/** The last price of each day up to `to`: the close of the bar, else what the watcher saw, else that of the last fill. */
async function dayPrices(database: Queryable, books: BooksOf, from: string, to: string): Promise<readonly DayPrice[]> {
  const { rows } = await database.query<DayPrice>(
    `SELECT DISTINCT ON (p.instrument, p.date) p.instrument, p.date::text AS date, plain(p.price) AS price FROM (
       -- The bar of a day that goes on would tell of its future.
       SELECT b.instrument, b.date, b.close AS price, 1 AS rank FROM daily_bars b
       WHERE b.instrument = ANY ($2) AND b.date BETWEEN $3::date - 30 AND $4::date AND b.date < ($5::timestamptz AT TIME ZONE 'UTC')::date
       UNION ALL
       SELECT d.instrument, d.date, d.price, 2 FROM mark_days d WHERE d.account = $1 AND d.date <= $4::date
       UNION ALL
       (SELECT DISTINCT ON (f.instrument, (f.market_at AT TIME ZONE 'UTC')::date) f.instrument, (f.market_at AT TIME ZONE 'UTC')::date, f.price, 3
       FROM fills f WHERE f.account = $1 AND f.market_at >= $3::date - 30 AND f.market_at < $4::date + 1
       ORDER BY f.instrument, (f.market_at AT TIME ZONE 'UTC')::date, f.market_at DESC, f.id DESC)) p
     ORDER BY p.instrument, p.date, p.rank`,
    [books.account, [...books.assetsOf.keys()], from, to, books.now],
  );
  return rows;
}

/** What each day from `from` to `to` began and ended with: the evening before, and every day on which something moved. */
export interface DaysOfBook {
  readonly opening: DayEnd;
  readonly days: readonly DayEnd[];
}

/**
 * The days of an account in the present passage of its clock; both dates `YYYY-MM-DD`, in market time and UTC. The day that
 * goes on is valued at the prices of now.
 */
export async function readDays(database: Database, books: BooksOf, from: string, to: string): Promise<DaysOfBook> {
  const today = books.now.slice(0, 10);
  const last = to < today ? to : today;
  const keeper = new Bookkeeper(books.assetsOf, books.basis);
  let opening: Book | undefined;
  const ends = new Map<string, Book>();
  let date = '';
  await eachGroup(database, books.account, (group) => {
    const day = dayOf(books, firstOf(group, 'a group'));
    if (day !== date && date !== '') {
      if (date < from) opening = keeper.book();
      else if (date <= last) ends.set(date, keeper.book());
    }
    date = day;
    if (day <= last) keeper.add(group);
  });
  if (date !== '' && date < from) opening = keeper.book();
  else if (date !== '' && date <= last) ends.set(date, keeper.book());
  const daily = await dayPrices(database, books, from, last);
  const present = last === today ? await pricesNow(database, books) : undefined;
  return dayEnds({ books, from, last, opening: opening ?? emptyBook(books), ends, daily, present });
}

/** An entry of an earlier passage, whose market times may be later ones, counts before all days of this one. */
function dayOf(books: BooksOf, { passage, marketAt }: BookedEntry): string {
  return passage < books.passage ? '0000-00-00' : marketAt.slice(0, 10);
}

const emptyBook = ({ assetsOf, basis }: BooksOf): Book => new Bookkeeper(assetsOf, basis).book();

interface DayParts {
  readonly books: BooksOf;
  readonly from: string;
  readonly last: string;
  readonly opening: Book;
  /** Books at the end of days with entries. */
  readonly ends: ReadonlyMap<string, Book>;
  readonly daily: readonly DayPrice[];
  /** Of now, when the day that goes on is among them. */
  readonly present: Prices | undefined;
}

function dayEnds({ books, from, last, opening, ends, daily, present }: DayParts): DaysOfBook {
  const { assetsOf } = books;
  const today = books.now.slice(0, 10);
  const latest = new Map<string, DecimalString>();
  const byDate = new Map<string, DayPrice[]>();
  for (const row of daily) byDate.set(row.date, [...(byDate.get(row.date) ?? []), row]);
  const dates = [...new Set([...byDate.keys(), ...ends.keys(), ...(present === undefined ? [] : [today])])].sort();
  const pricesOf = (): Prices => {
    const copy = new Map(latest);
    return { assetsOf, priceOf: (instrument) => copy.get(instrument) };
  };
  let book = opening;
  let before: DayEnd | undefined;
  const days: DayEnd[] = [];
  for (const date of dates) {
    if (date > last) break;
    if (date >= from) before ??= { date: from, book: opening, prices: pricesOf() };
    for (const { instrument, price } of byDate.get(date) ?? []) latest.set(instrument, price);
    if (date < from) continue;
    const held = book.positions.some(({ quantity }) => quantity !== '0');
    if (!ends.has(date) && !held && date !== today) continue;
    book = ends.get(date) ?? book;
    days.push({ date, book, prices: date === today && present !== undefined ? present : pricesOf() });
  }
  return { opening: before ?? { date: from, book: opening, prices: pricesOf() }, days };
}
