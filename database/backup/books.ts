import type { ClientBase } from 'pg';

/** Rules that the books of every database keep; each query answers what breaks one. */
const RULES: readonly { readonly rule: string; readonly sql: string }[] = [
  {
    rule: 'a position is the sum of its fills',
    sql: `SELECT format('%s %s', coalesce(p.account, f.account), coalesce(p.instrument, f.instrument)) AS what
      FROM account_positions p FULL JOIN (SELECT account, instrument, sum(position_change) AS quantity, sum(cash_change) AS cash
        FROM fills GROUP BY account, instrument) f ON f.account = p.account AND f.instrument = p.instrument
      WHERE p.quantity IS DISTINCT FROM f.quantity OR p.cash IS DISTINCT FROM f.cash`,
  },
  {
    rule: 'what an order has booked is the sum of its fills',
    sql: `SELECT o.client_order_id AS what FROM orders o
      LEFT JOIN (SELECT client_order_id, sum(quantity) AS filled FROM fills WHERE client_order_id IS NOT NULL GROUP BY 1) f USING (client_order_id)
      WHERE o.booked <> least(o.quantity, coalesce(f.filled, 0))`,
  },
  {
    rule: 'an order that has ended has every fill that its venue counts',
    sql: `SELECT client_order_id AS what FROM orders WHERE state IN ('filled', 'cancelled', 'expired') AND booked <> venue_filled`,
  },
  {
    rule: 'a trade that has ended holds nothing but dust',
    sql: `SELECT t.id AS what FROM trades t WHERE t.phase = 'ended' AND abs(trade_position(t.id)) > abs(t.dust)`,
  },
  {
    rule: 'the epoch of a halt was drawn from the sequence',
    sql: `SELECT scope AS what FROM kill_switch WHERE epoch > (SELECT last_value FROM kill_epoch)`,
  },
];

/** What breaks the rules of the books, one sentence a rule; empty when they are kept. */
export async function brokenRules(client: ClientBase): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { rule, sql } of RULES) {
    const { rows } = await client.query<{ what: string }>(`${sql} LIMIT 3`);
    if (rows.length > 0) found.push(`not kept: ${rule} (${rows.map(({ what }) => what).join(', ')})`);
  }
  return found;
}
