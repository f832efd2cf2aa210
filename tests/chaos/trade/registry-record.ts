import type { Database } from '../../../database/pool';

/** How our own registry says that a trade ended; times in epoch milliseconds. */
export interface TradeEnd {
  readonly tradeId: string;
  readonly phase: string;
  readonly outcome: string | null;
  readonly code: string | null;
  readonly attention: string | null;
  readonly acceptedAt: number;
  readonly endedAt: number | null;
  /** Fills that are booked to the trade, and their quantity. */
  readonly bookedFills: number;
  readonly bookedQuantity: string;
}

/** One entry of a trade's time line. */
export interface TradeEvent {
  readonly tradeId: string;
  readonly kind: string;
  readonly name: string;
  readonly leg: string | null;
  readonly at: number;
}

export async function readEnds(database: Database): Promise<readonly TradeEnd[]> {
  const { rows } = await database.query<TradeEnd>(
    `SELECT t.id AS "tradeId", t.phase, t.outcome, t.outcome_code AS code, t.attention,
       extract(epoch FROM t.accepted_at)::float8 * 1000 AS "acceptedAt",
       extract(epoch FROM t.ended_at)::float8 * 1000 AS "endedAt",
       count(f.id)::integer AS "bookedFills", coalesce(sum(f.quantity), 0)::text AS "bookedQuantity"
     FROM trades t LEFT JOIN fills f ON f.trade_id = t.id GROUP BY t.id`,
  );
  return rows;
}

export async function readEvents(database: Database): Promise<readonly TradeEvent[]> {
  const { rows } = await database.query<TradeEvent>(
    `SELECT trade_id AS "tradeId", kind, name, detail ->> 'leg' AS leg, extract(epoch FROM at)::float8 * 1000 AS at
     FROM trade_events ORDER BY id`,
  );
  return rows;
}
