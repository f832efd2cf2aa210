import type { Instant } from '../domain/clock/instant';
import type { DecimalString } from '../domain/money/decimal';
import type { BookedEntry, EntryKind, LedgerLeg } from '../domain/portfolio/entry';
import { decodeCursor, paged, sortMoment } from './cursor';
import type { Paged, PageRequest } from './cursor';
import { firstOf } from './pool';
import type { Queryable } from './pool';

/** An entry that is to be booked. Fills, openings and dust book themselves, in the transaction that makes them. */
export interface EntryWish {
  readonly account: string;
  readonly kind: Exclude<EntryKind, 'fill' | 'dust'>;
  /** Unique for the account, such as `funding:okx:8123`: a repeat with the same body changes nothing. */
  readonly source: string;
  /** Those of each asset sum to zero. Units that come or go without a trade carry their cost. */
  readonly legs: readonly LedgerLeg[];
  /** Needed where a leg is in `position:`, `dust:` or `trading:`. */
  readonly instrument?: string;
  readonly tradeId?: string;
  /** Id of the entry that this one sets right. */
  readonly corrects?: number;
  /** Market time; the account's present one unless told. */
  readonly marketAt?: Instant;
  /** A correction names who makes it and why. */
  readonly actor?: string;
  readonly reason?: string;
}

/** Why an entry was not booked. */
export type EntryRefusalCode =
  | 'unknown_account'
  | 'unknown_instrument'
  | 'unknown_trade'
  | 'unknown_entry'
  | 'wrong_kind'
  | 'reserved_source'
  | 'unexplained'
  | 'malformed_legs'
  | 'unbalanced'
  | 'wrong_counterpart'
  | 'wrong_asset'
  | 'cost_missing'
  | 'conflict';

/** `known`: the same entry was booked before, and nothing changed. */
export type EntryAnswer =
  | { readonly result: 'booked' | 'known'; readonly id: number }
  | { readonly result: 'refused'; readonly code: EntryRefusalCode; readonly detail: string };

/** What a ledger account holds of one asset. */
export interface LedgerBalance {
  readonly ledgerAccount: string;
  readonly asset: string;
  readonly amount: DecimalString;
}

/** An entry of the list that people see. */
export type EntryRow = BookedEntry & { readonly bookedAt: Instant };

/** Books an entry under the account's lock, in the caller's transaction if there is one. */
export async function bookEntry(database: Queryable, wish: EntryWish): Promise<EntryAnswer> {
  const { rows } = await database.query<{ answer: EntryAnswer }>('SELECT book_entry($1) AS answer', [
    JSON.stringify(wish),
  ]);
  return firstOf(rows, 'book_entry').answer;
}

/** What each ledger account of an account holds; empty ones are left out. */
export async function ledgerBalances(database: Queryable, account: string): Promise<readonly LedgerBalance[]> {
  const { rows } = await database.query<LedgerBalance>(
    `SELECT ledger_account AS "ledgerAccount", asset, plain(amount) AS amount FROM ledger_balances
     WHERE account = $1 AND amount <> 0 ORDER BY ledger_account, asset`,
    [account],
  );
  return rows;
}

/** Columns of an entry `e`, as `BookedEntry` has them, and when it was booked. */
export const ENTRY = `e.id, e.kind, e.source, e.instrument, e.trade_id AS "tradeId", e.corrects, e.passage, iso(e.market_at) AS "marketAt",
  iso(e.booked_at) AS "bookedAt", e.actor, e.reason,
  (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('ledgerAccount', l.ledger_account, 'asset', l.asset,
     'amount', plain(l.amount), 'cost', plain(l.cost))) ORDER BY l.n)
   FROM unnest(e.legs) WITH ORDINALITY AS l(ledger_account, asset, amount, cost, n)) AS legs`;

/** Which entries a list holds; what is left out does not narrow it. */
export interface EntryFilter {
  readonly kind?: EntryKind;
  readonly instrument?: string;
}

/** Entries of an account, those booked last first. @throws InvalidCursor */
export async function listEntries(
  database: Queryable,
  account: string,
  filter: EntryFilter,
  page: PageRequest,
): Promise<Paged<EntryRow>> {
  const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
  const { rows } = await database.query<{ readonly entry: EntryRow; readonly sortAt: string }>(
    `SELECT (SELECT to_jsonb(x) FROM (SELECT ${ENTRY}) x) AS entry, ${sortMoment('e.booked_at')} AS "sortAt" FROM ledger_entries e
     WHERE e.account = $1 AND ($2::text IS NULL OR e.kind = $2) AND ($3::text IS NULL OR e.instrument = $3)
       AND ($4::bigint IS NULL OR e.id < $4)
     ORDER BY e.id DESC LIMIT $5`,
    [account, filter.kind ?? null, filter.instrument ?? null, after?.id ?? null, page.limit + 1],
  );
  const { items, nextCursor } = paged(rows, page.limit, ({ entry, sortAt }) => ({ at: sortAt, id: String(entry.id) }));
  return { items: items.map(({ entry }) => entry), nextCursor };
}
