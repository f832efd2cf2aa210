-- All that is known of a trade at one moment, in one statement: what its next step is decided from.
CREATE OR REPLACE FUNCTION trade_facts(p_trade text) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
  SELECT jsonb_build_object(
    'tradeId', t.id, 'account', t.account, 'mode', a.mode, 'spec', t.spec, 'phase', t.phase, 'outcome', t.outcome,
    'outcomeCode', t.outcome_code, 'epoch', t.epoch, 'halted', t.halted,  'attention', t.attention, 'direction', t.direction, 'signal', t.signal, 'protection', t.protection,
    'requests', t.requests, 'validUntil', iso(t.valid_until), 'approvedQuantity', t.sizing ->> 'quantity',
    'instrument', jsonb_build_object('id', i.id, 'description', i.description, 'calendar', i.calendar,
      'baseAsset', i.base_asset, 'quoteAsset', i.quote_asset, 'tick', plain(i.tick), 'lot', plain(i.lot),
      'minQuantity', plain(i.min_quantity), 'minNotional', plain(i.min_notional), 'maxBaseFeeRate', plain(i.max_base_fee_rate)),
    'position', plain(held.quantity), 'firstFillAt', iso(held.first_at),
    'entrySentAt', (SELECT iso(min(o.market_at)) FROM orders o WHERE o.trade_id = t.id AND o.leg = 'entry'),
    'orders', coalesce((SELECT jsonb_agg(order_json(o) ORDER BY o.created_at, o.client_order_id) FROM orders o WHERE o.trade_id = t.id), '[]'),
    'now', iso(clock_reading(c, clock_timestamp())), 'speed', c.speed::float8)
  FROM trades t
  JOIN accounts a ON a.name = t.account
  JOIN account_clocks c ON c.account = t.account
  JOIN instruments i ON i.id = t.instrument
  CROSS JOIN LATERAL (SELECT coalesce(sum(f.position_change), 0) AS quantity, min(f.market_at) AS first_at
                      FROM fills f WHERE f.trade_id = t.id) held
  WHERE t.id = p_trade
$$;

-- The portfolio that risk is measured on: positions with their marks, and what other open trades do.
CREATE OR REPLACE FUNCTION portfolio(p_account text, p_except text) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
  SELECT jsonb_build_object(
    'policy', a.policy,
    'cash', plain(a.opening_cash + coalesce((SELECT sum(f.cash_change) FROM fills f WHERE f.account = a.name), 0)),
    'positions', coalesce((SELECT jsonb_agg(jsonb_build_object('instrument', p.instrument, 'quantity', plain(p.quantity),
        'mark', plain(coalesce((SELECT m.price FROM marks m WHERE m.account = p.account AND m.instrument = p.instrument),
                               (SELECT f.price FROM fills f WHERE f.account = p.account AND f.instrument = p.instrument
                                ORDER BY f.id DESC LIMIT 1)))))
      FROM account_positions p WHERE p.account = a.name AND p.quantity <> 0), '[]'),
    'unknownOrders', coalesce((SELECT jsonb_agg(DISTINCT o.instrument) FROM orders o
      WHERE o.account = a.name AND o.state = 'unknown' AND o.trade_id <> p_except), '[]'),
    'openTrades', coalesce((SELECT jsonb_agg(jsonb_build_object('tradeId', o.id, 'instrument', o.instrument, 'direction', o.direction))
      FROM trades o WHERE o.account = a.name AND o.phase <> 'ended' AND o.id <> p_except
        AND (trade_position(o.id) <> 0 OR EXISTS (SELECT FROM orders x WHERE x.trade_id = o.id AND x.increases
             AND x.state IN ('sending', 'unknown', 'open', 'partial')))), '[]'))
  FROM accounts a WHERE a.name = p_account
$$;

-- Cash and fills since a market time: what today's profit or loss is computed from.
CREATE OR REPLACE FUNCTION cash_since(p_account text, p_since timestamptz) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
  SELECT jsonb_build_object('cash', plain(coalesce(sum(f.cash_change), 0)),
    'moved', coalesce(jsonb_object_agg(f.instrument, f.moved) FILTER (WHERE f.instrument IS NOT NULL), '{}'))
  FROM (SELECT instrument, sum(cash_change) AS cash_change, plain(sum(position_change)) AS moved
        FROM fills WHERE account = p_account AND market_at >= p_since GROUP BY instrument) f
$$;
