import type { Database } from '../../database/pool';

/** An order as the paper venue's own tables have it, whatever our journal says. */
export interface LedgerEntry {
  /** Leg and revision, `stop/1`, by the client order id that our journal gave it. */
  readonly leg: string;
  readonly side: string;
  readonly quantity: number;
  readonly filled: number;
  readonly state: string;
  /** A stop whose price was reached. */
  readonly triggered: boolean;
  /** Average price of its executions; 0 without any. */
  readonly price: number;
  /** Market time of its placing. */
  readonly marketAt: Date;
}

/** All orders that the venue ever took for a trade, oldest first. */
export async function ledgerOf(database: Database, tradeId: string): Promise<readonly LedgerEntry[]> {
  const { rows } = await database.query<LedgerEntry>(
    `SELECT o.leg || '/' || o.revision AS leg, p.side, p.quantity::float8 AS quantity, p.filled::float8 AS filled, p.state,
       (p.working ->> 'triggered')::boolean AS triggered,
       coalesce((SELECT sum(f.quantity * f.price) / sum(f.quantity) FROM paper.fills f
                 WHERE f.account = p.account AND f.venue_order_id = p.venue_order_id), 0)::float8 AS price,
       p.market_at AS "marketAt"
     FROM paper.orders p JOIN orders o ON o.client_order_id = p.client_order_id AND o.account = p.account
     WHERE o.trade_id = $1 ORDER BY p.venue_order_id`,
    [tradeId],
  );
  return rows;
}

/** Legs and states, for a comparison at one glance: `entry/1 filled`. */
export function summary(ledger: readonly LedgerEntry[]): readonly string[] {
  return ledger.map(({ leg, state }) => `${leg} ${state}`);
}

/** Units that the venue holds for the trade: what its orders bought less what they sold. */
export function heldAtVenue(ledger: readonly LedgerEntry[]): number {
  const signed = ledger.map(({ side, filled }) => (side === 'buy' ? filled : -filled));
  return Math.round(signed.reduce((sum, units) => sum + units, 0) * 1e8) / 1e8;
}
