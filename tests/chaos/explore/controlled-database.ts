import type { Queryable } from '../../../database/pool';
import { controlClock } from '../../support/controlled-clock';

/** What the database says of an account after a step. Quantities are exact in double precision here. */
export interface Look {
  readonly marketNow: string;
  /** True while the account's market clock must stand. */
  readonly stands: boolean;
  readonly trades: readonly {
    readonly id: string;
    readonly phase: string;
    readonly dust: number;
    readonly position: number;
  }[];
  readonly orders: readonly OrderRow[];
  readonly fills: readonly { readonly venueOrderId: string; readonly venueFillId: string; readonly quantity: number }[];
}

/** One order of the journal with the states of its attempts, the first one first. */
export interface OrderRow {
  readonly id: string;
  readonly state: string;
  readonly booked: number;
  readonly venueFilled: number;
  readonly closed: boolean;
  readonly attempts: readonly string[];
}

const SETUP = `
  -- In plpgsql, which keeps its plans: it is called with every step.
  CREATE FUNCTION controlled.look(p_account text) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
  BEGIN
    RETURN (SELECT jsonb_build_object('marketNow', iso(market_now(p_account)), 'stands', clock_must_stand(p_account),
      'trades', (SELECT jsonb_agg(jsonb_build_object('id', t.id, 'phase', t.phase, 'dust', t.dust, 'position', coalesce(
          (SELECT sum(f.position_change) FROM fills f WHERE f.trade_id = t.id), 0)) ORDER BY t.id)
        FROM trades t WHERE t.account = p_account),
      'orders', coalesce((SELECT jsonb_agg(jsonb_build_object('id', o.client_order_id, 'state', o.state, 'booked', o.booked,
          'venueFilled', o.venue_filled, 'closed', o.closed_at IS NOT NULL, 'attempts', coalesce((SELECT
          jsonb_agg(a.state ORDER BY a.n) FROM order_attempts a WHERE a.client_order_id = o.client_order_id), '[]')))
        FROM trades t JOIN orders o ON o.trade_id = t.id WHERE t.account = p_account), '[]'),
      'fills', coalesce((SELECT jsonb_agg(jsonb_build_object('venueOrderId', f.venue_order_id, 'venueFillId', f.venue_fill_id,
          'quantity', f.quantity)) FROM fills f WHERE f.account = p_account), '[]')));
  END $$;
  INSERT INTO instruments (id, description, calendar, feed, base_asset, quote_asset, tick, lot, min_quantity, min_notional,
    max_base_fee_rate)
  VALUES ('EXA', 'fees in quote currency', 'ALWAYS', 'synthetic', 'EXA', 'USD', 0.01, 0.001, 0.001, 0, 0),
         ('EXB', 'buys pay in units', 'ALWAYS', 'synthetic', 'EXB', 'USD', 0.01, 0.001, 0.001, 0, 0.001);`;

/** Makes a migrated, empty database ready for exploring. Counts for connections that are opened afterwards. */
export async function prepareDatabase(database: Queryable): Promise<void> {
  await controlClock(database);
  await database.query(SETUP);
}

/** Forgets every account, so that a long exploration does not slow down. */
export async function forgetAccounts(database: Queryable): Promise<void> {
  await database.query(`TRUNCATE accounts CASCADE; DELETE FROM kill_switch WHERE scope <> 'global'`);
}
