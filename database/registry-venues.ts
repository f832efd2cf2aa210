import type { Instant } from '../domain/clock/instant';
import type { DecimalString } from '../domain/money/decimal';
import type { ListedOrder, VenueBalance, VenuePosition, VenueValue } from '../domain/order/broker';
import type { OrderRef } from '../domain/order/order';
import type { FillRow } from './registry-orders';
import { firstOf } from './pool';
import type { Queryable } from './pool';

/** State of one line of a venue's stream. */
export interface LineRow {
  readonly up: boolean;
  readonly why: string;
  readonly at: Instant;
}

/** What the watcher last saw of a venue; moments are null before the first time. */
interface VenueState {
  readonly asOf: Instant | null;
  /** When the venue last answered a poll whose orders and fills are booked. */
  readonly polledAt: Instant | null;
  /** What goes wrong now, by chore. */
  readonly problems: Readonly<Record<string, string>>;
  readonly lines: Readonly<Record<string, LineRow>>;
}

export interface BalancesRow extends VenueState {
  readonly balances: readonly VenueBalance[];
  /** Null where holdings are balances of assets. */
  readonly positions: readonly VenuePosition[] | null;
  /** Null where the venue works out nothing. */
  readonly values: readonly VenueValue[] | null;
}

/** A working order that the venue shows, and whose it is. */
export interface VenueOrderRow extends ListedOrder {
  readonly tradeId: string | null;
  readonly leg: string | null;
}

export interface VenueOrdersRow extends VenueState {
  readonly ours: readonly VenueOrderRow[];
  readonly foreign: readonly ListedOrder[];
  /** Executions that belong to no order of ours, newest first, at most 50. */
  readonly foreignFills: readonly FillRow[];
}

/** A price as the account's venue last had it. */
export interface QuoteRow {
  readonly instrument: string;
  readonly price: DecimalString | null;
  readonly bid: DecimalString | null;
  readonly ask: DecimalString | null;
  readonly at: Instant | null;
  /** By the account's clock, in milliseconds; null without a price. */
  readonly ageMs: number | null;
  readonly by: 'stream' | 'poll' | 'none' | null;
  readonly line: LineRow | null;
  readonly problem: string | null;
}

const STATE = `iso(s.as_of) AS "asOf", iso(a.polled_at) AS "polledAt", coalesce(s.problems, '{}') AS problems,
  coalesce(s.lines, '{}') AS lines`;

/** Balances, positions and figures of an account by its venue's count. */
export async function readBalances(database: Queryable, account: string): Promise<BalancesRow> {
  const { rows } = await database.query<BalancesRow>(
    `SELECT ${STATE}, coalesce(s.balances, '[]') AS balances, s.positions, s.account_values AS values
     FROM accounts a LEFT JOIN venue_snapshots s ON s.account = a.name WHERE a.name = $1`,
    [account],
  );
  return firstOf(rows, 'the venue of an account');
}

/** Working orders of an account by its venue's count: ours and those of others, and what others' orders filled. */
export async function readVenueOrders(database: Queryable, account: string): Promise<VenueOrdersRow> {
  const { rows } = await database.query<VenueState & { orders: VenueOrderRow[] }>(
    `SELECT ${STATE}, coalesce((SELECT jsonb_agg(e || jsonb_build_object('tradeId', o.trade_id, 'leg', o.leg))
       FROM jsonb_array_elements(s.orders) e LEFT JOIN LATERAL (SELECT x.trade_id, x.leg FROM orders x
         WHERE x.account = a.name AND (x.client_order_id = e ->> 'clientOrderId'
           OR (x.venue_order_id = e ->> 'venueOrderId' AND x.instrument = e ->> 'instrument')) LIMIT 1) o ON true), '[]') AS orders
     FROM accounts a LEFT JOIN venue_snapshots s ON s.account = a.name WHERE a.name = $1`,
    [account],
  );
  const { orders, ...state } = firstOf(rows, 'the venue of an account');
  const foreign = orders.filter(({ tradeId }) => tradeId === null);
  const ours = orders.filter(({ tradeId }) => tradeId !== null);
  return { ...state, ours, foreign, foreignFills: await foreignFills(database, account) };
}

async function foreignFills(database: Queryable, account: string): Promise<readonly FillRow[]> {
  const { rows } = await database.query<FillRow>(
    `SELECT venue_fill_id AS "venueFillId", venue_order_id AS "venueOrderId", client_order_id AS "clientOrderId",
       trade_id AS "tradeId", NULL AS leg, account, instrument, side, plain(quantity) AS quantity, plain(price) AS price,
       plain(fee) AS fee, fee_asset AS "feeAsset", liquidity, iso(booked_at) AS at, iso(market_at) AS "marketAt"
     FROM fills WHERE account = $1 AND trade_id IS NULL AND amends IS NULL ORDER BY id DESC LIMIT 50`,
    [account],
  );
  return rows;
}

/** The instruments that an account may trade. */
export async function tradableInstruments(database: Queryable, account: string): Promise<readonly string[]> {
  const { rows } = await database.query<{ id: string }>(
    'SELECT i.id FROM accounts a JOIN instruments i ON may_trade(a.venue, a.name, i) WHERE a.name = $1 ORDER BY i.id',
    [account],
  );
  return rows.map(({ id }) => id);
}

/** Asks the account's watcher to keep a price fresh for so long, and answers what there is. */
export async function watchQuote(
  database: Queryable,
  account: string,
  instrument: string,
  leaseSeconds: number,
): Promise<QuoteRow> {
  await database.query(
    `INSERT INTO quote_leases (account, instrument, until) VALUES ($1, $2, clock_timestamp() + $3 * interval '1 second')
     ON CONFLICT (account, instrument) DO UPDATE SET until = excluded.until`,
    [account, instrument, leaseSeconds],
  );
  const { rows } = await database.query<QuoteRow>(
    `SELECT $2::text AS instrument, plain(q.price) AS price, plain(q.bid) AS bid, plain(q.ask) AS ask, iso(q.market_at) AS at,
       greatest(0, round(1000 * extract(epoch FROM market_now(a.name) - q.market_at)))::float8 AS "ageMs",
       s.quotes_by AS by, s.lines -> 'quotes' AS line, s.problems ->> 'quotes' AS problem
     FROM accounts a LEFT JOIN venue_quotes q ON q.account = a.name AND q.instrument = $2
       LEFT JOIN venue_snapshots s ON s.account = a.name WHERE a.name = $1`,
    [account, instrument],
  );
  return firstOf(rows, 'the price of an instrument');
}

/** Where the venue is to look for a journalled order. */
export async function orderRef(database: Queryable, clientOrderId: string): Promise<OrderRef | undefined> {
  const { rows } = await database.query<OrderRef>(
    `SELECT client_order_id AS "clientOrderId", instrument, type, venue_order_id AS "venueOrderId", iso(created_at) AS "createdAt"
     FROM orders WHERE client_order_id = $1`,
    [clientOrderId],
  );
  return rows[0];
}

/** A person's word on an order in doubt. */
export interface HandSettlement {
  readonly clientOrderId: string;
  readonly as: 'never-arrived' | 'filled';
  readonly reason: string;
  readonly actor: string;
  /** Of a fill: quote currency per unit, units in all (the whole order unless told), and fee in quote currency. */
  readonly price?: DecimalString;
  readonly quantity?: DecimalString;
  readonly fee?: DecimalString;
}

/** Settles an order in doubt by a person's word; see `settle_by_hand`. */
export async function settleByHand(
  database: Queryable,
  settlement: HandSettlement,
): Promise<{
  readonly result: 'settled' | 'unknown_order' | 'not_in_doubt' | 'bad_quantity';
  readonly state?: string;
}> {
  const { rows } = await database.query<{
    answer: { result: 'settled' | 'unknown_order' | 'not_in_doubt' | 'bad_quantity'; state?: string };
  }>('SELECT settle_by_hand($1) AS answer', [JSON.stringify(settlement)]);
  return firstOf(rows, 'settle_by_hand').answer;
}
