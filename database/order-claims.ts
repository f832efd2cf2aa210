import type { Fill, OrderRef } from '../domain/order/order';
import type { Queryable } from './pool';

/** Orders that may be at a venue though no venue order is known of them yet. */
const SENT_BUT_NOT_SHOWN = `o.venue_order_id IS NULL AND (o.state IN ('sending', 'unknown') OR EXISTS (
  SELECT FROM order_attempts a WHERE a.client_order_id = o.client_order_id AND a.state = 'not-found'))`;

const REF = `o.client_order_id AS "clientOrderId", o.instrument, o.type, o.venue_order_id AS "venueOrderId",
  iso(o.created_at) AS "createdAt"`;

/** Whose a fill is that its venue shows without our id, and which orders may have arrived after all. */
export class OrderClaims {
  constructor(
    private readonly database: Queryable,
    private readonly account: string,
  ) {}

  /** Those of the fills that name no order which the journal or the ledger knows. */
  async strangers(fills: readonly Fill[]): Promise<readonly Fill[]> {
    const unnamed = fills.filter(({ clientOrderId }) => clientOrderId === undefined);
    if (unnamed.length === 0) return [];
    const { rows } = await this.database.query<{ instrument: string; venueOrderId: string }>(
      `SELECT DISTINCT f.instrument, f.venue_order_id AS "venueOrderId"
       FROM unnest($2::text[], $3::text[], $4::text[]) AS f(instrument, venue_order_id, venue_fill_id)
       WHERE NOT EXISTS (SELECT FROM orders o WHERE o.account = $1 AND o.instrument = f.instrument AND o.venue_order_id = f.venue_order_id)
         AND NOT EXISTS (SELECT FROM fills b WHERE b.account = $1 AND b.instrument = f.instrument
           AND b.venue_order_id = f.venue_order_id AND b.venue_fill_id = f.venue_fill_id)`,
      [
        this.account,
        unnamed.map(({ instrument }) => instrument),
        unnamed.map(({ venueOrderId }) => venueOrderId),
        unnamed.map(({ venueFillId }) => venueFillId),
      ],
    );
    const unknown = new Set(rows.map(({ instrument, venueOrderId }) => `${instrument} ${venueOrderId}`));
    return unnamed.filter(({ instrument, venueOrderId }) => unknown.has(`${instrument} ${venueOrderId}`));
  }

  /** Our orders in these instruments that such a fill may belong to. */
  async candidates(instruments: readonly string[]): Promise<readonly OrderRef[]> {
    const { rows } = await this.database.query<OrderRef>(
      `SELECT ${REF} FROM orders o WHERE o.account = $1 AND o.instrument = ANY ($2) AND ${SENT_BUT_NOT_SHOWN}
         AND o.created_at > clock_timestamp() - interval '7 days' ORDER BY o.created_at`,
      [this.account, instruments],
    );
    return rows;
  }

  /** Orders that were settled as never arrived at most so long ago, and of which nothing was seen since. */
  async neverArrived(withinMs: number): Promise<readonly OrderRef[]> {
    const { rows } = await this.database.query<OrderRef>(
      `SELECT ${REF} FROM orders o WHERE o.account = $1 AND o.venue_order_id IS NULL AND o.state IN ('created', 'unsent')
         AND EXISTS (SELECT FROM order_attempts a WHERE a.client_order_id = o.client_order_id AND a.state = 'not-found'
           AND a.finished_at > clock_timestamp() - $2 * interval '1 millisecond') ORDER BY o.created_at`,
      [this.account, withinMs],
    );
    return rows;
  }
}
