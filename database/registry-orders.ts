import type { Instant } from '../domain/clock/instant';
import type { DecimalString } from '../domain/money/decimal';
import type { OrderState, OrderType, Side, TimeInForce, VenueOrderState } from '../domain/order/order';
import { decodeCursor, paged, sortMoment } from './cursor';
import type { PageRequest, Paged } from './cursor';
import type { Queryable } from './pool';

/** An order as the journal has it (`order_json`). */
export interface OrderRow {
  readonly clientOrderId: string;
  readonly intentId: string;
  readonly tradeId: string;
  readonly account: string;
  readonly instrument: string;
  readonly leg: string;
  readonly revision: number;
  readonly side: Side;
  readonly quantity: DecimalString;
  readonly type: OrderType;
  readonly price: DecimalString | null;
  readonly stopPrice: DecimalString | null;
  readonly trailBps: number | null;
  readonly trailAmount: DecimalString | null;
  readonly limitOffset: DecimalString | null;
  readonly venueStopPrice: DecimalString | null;
  readonly timeInForce: TimeInForce;
  readonly goodTill: Instant | null;
  readonly outsideRegularHours: boolean;
  readonly state: OrderState;
  readonly increases: boolean;
  readonly closed: boolean;
  readonly venueOrderId: string | null;
  readonly venueState: VenueOrderState | null;
  readonly venueFilled: DecimalString;
  readonly booked: DecimalString;
  readonly refusal: string | null;
  readonly rejectCode: string | null;
  readonly rejectDetail: string | null;
  readonly attempts: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/** One attempt; its owner's token stays in the database. */
export interface AttemptRow {
  readonly n: number;
  readonly state: string;
  readonly fencedAt: Instant;
  readonly validUntil: Instant;
  readonly finishedAt: Instant | null;
  readonly detail: string | null;
}

export interface LookupRow {
  readonly n: number;
  readonly at: Instant;
  readonly result: string;
  readonly detail: string | null;
}

export interface FillRow {
  readonly venueFillId: string;
  readonly venueOrderId: string;
  /** Null when the order is not ours. */
  readonly clientOrderId: string | null;
  readonly tradeId: string | null;
  readonly leg: string | null;
  readonly account: string;
  readonly instrument: string;
  readonly side: Side;
  readonly quantity: DecimalString;
  readonly price: DecimalString;
  readonly fee: DecimalString;
  readonly feeAsset: string;
  readonly liquidity: 'maker' | 'taker';
  /** When it was booked. */
  readonly at: Instant;
  readonly marketAt: Instant;
}

export interface OrderDetailRow extends OrderRow {
  readonly tries: readonly AttemptRow[];
  readonly lookups: readonly LookupRow[];
  readonly fills: readonly FillRow[];
}

/** Which orders a list holds; what is left out does not narrow it. */
export interface OrderFilter {
  readonly trade?: string;
  readonly account?: string;
  readonly instrument?: string;
  readonly state?: OrderState;
}

/** Orders, newest first. @throws InvalidCursor */
export async function listOrders(
  database: Queryable,
  filter: OrderFilter,
  page: PageRequest,
): Promise<Paged<OrderRow>> {
  const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
  const { rows } = await database.query<{ readonly row: OrderRow; readonly sortAt: string }>(
    `SELECT order_json(o) AS row, ${sortMoment('o.created_at')} AS "sortAt"
     FROM orders o
     WHERE ($1::text IS NULL OR o.trade_id = $1) AND ($2::text IS NULL OR o.account = $2)
       AND ($3::text IS NULL OR o.instrument = $3) AND ($4::text IS NULL OR o.state = $4)
       AND ($5::timestamptz IS NULL OR (o.created_at, o.client_order_id) < ($5, $6))
     ORDER BY o.created_at DESC, o.client_order_id DESC LIMIT $7`,
    [
      filter.trade ?? null,
      filter.account ?? null,
      filter.instrument ?? null,
      filter.state ?? null,
      after?.at ?? null,
      after?.id ?? null,
      page.limit + 1,
    ],
  );
  const { items, nextCursor } = paged(rows, page.limit, ({ row, sortAt }) => ({ at: sortAt, id: row.clientOrderId }));
  return { items: items.map(({ row }) => row), nextCursor };
}

/** All orders of a trade, in the order in which they were journalled. */
export async function ordersOfTrade(database: Queryable, tradeId: string): Promise<readonly OrderRow[]> {
  const { rows } = await database.query<{ readonly row: OrderRow }>(
    'SELECT order_json(o) AS row FROM orders o WHERE o.trade_id = $1 ORDER BY o.created_at, o.client_order_id',
    [tradeId],
  );
  return rows.map(({ row }) => row);
}

/** One order with its attempts, look-ups and fills. */
export async function findOrder(database: Queryable, clientOrderId: string): Promise<OrderDetailRow | undefined> {
  const { rows } = await database.query<{ row: OrderRow; tries: AttemptRow[]; lookups: LookupRow[] }>(
    `SELECT order_json(o) AS row,
       coalesce((SELECT jsonb_agg(jsonb_build_object('n', a.n, 'state', a.state, 'fencedAt', iso(a.fenced_at),
          'validUntil', iso(a.valid_until), 'finishedAt', iso(a.finished_at), 'detail', a.detail) ORDER BY a.n)
          FROM order_attempts a WHERE a.client_order_id = o.client_order_id), '[]') AS tries,
       coalesce((SELECT jsonb_agg(jsonb_build_object('n', l.n, 'at', iso(l.at), 'result', l.result, 'detail', l.detail)
          ORDER BY l.id) FROM order_lookups l WHERE l.client_order_id = o.client_order_id), '[]') AS lookups
     FROM orders o WHERE o.client_order_id = $1`,
    [clientOrderId],
  );
  const found = rows[0];
  if (found === undefined) return undefined;
  return {
    ...found.row,
    tries: found.tries,
    lookups: found.lookups,
    fills: await fills(database, 'f.client_order_id', clientOrderId),
  };
}

/** All fills of a trade as they stand after the venue's corrections, in the order in which they were booked. */
export async function fillsOfTrade(database: Queryable, tradeId: string): Promise<readonly FillRow[]> {
  return fills(database, 'f.trade_id', tradeId);
}

async function fills(
  database: Queryable,
  column: 'f.trade_id' | 'f.client_order_id',
  value: string,
): Promise<readonly FillRow[]> {
  const { rows } = await database.query<FillRow>(
    `SELECT f.venue_fill_id AS "venueFillId", f.venue_order_id AS "venueOrderId", f.client_order_id AS "clientOrderId",
       f.trade_id AS "tradeId", o.leg, f.account, f.instrument, coalesce(a.side, f.side) AS side, f.liquidity,
       plain(coalesce((a.stands ->> 'quantity')::numeric, f.quantity)) AS quantity,
       plain(coalesce((a.stands ->> 'price')::numeric, f.price)) AS price,
       plain(coalesce((a.stands ->> 'fee')::numeric, f.fee)) AS fee, coalesce(a.stands ->> 'feeAsset', f.fee_asset) AS "feeAsset",
       iso(f.booked_at) AS at, iso(f.market_at) AS "marketAt"
     FROM fills f LEFT JOIN orders o ON o.client_order_id = f.client_order_id
       LEFT JOIN LATERAL (SELECT x.side, x.stands FROM fills x WHERE x.amends = f.id ORDER BY x.amendment DESC LIMIT 1) a ON true
     WHERE ${column} = $1 AND f.amends IS NULL ORDER BY f.id`,
    [value],
  );
  return rows;
}
