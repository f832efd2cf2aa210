-- All that is known of a trade at one moment, in one statement: what its next step is decided from.
CREATE OR REPLACE FUNCTION trade_facts(p_trade text) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN (SELECT jsonb_build_object(
      'tradeId', t.id, 'account', t.account, 'mode', a.mode, 'spec', t.spec, 'phase', t.phase, 'outcome', t.outcome,
      'outcomeCode', t.outcome_code, 'epoch', t.epoch, 'halted', t.halted, 'haltEpoch', t.halt_epoch, 'attention', t.attention, 'direction', t.direction, 'signal', t.signal, 'protection', t.protection,
      'requests', t.requests,
      'approvalAskedAt', CASE WHEN t.spec ? 'approvalDeadlineSeconds' THEN (SELECT iso(min(e.at)) FROM trade_events e
        WHERE e.trade_id = t.id AND e.kind = 'phase' AND e.name = 'awaiting-approval') END,
      'validUntil', iso(t.valid_until), 'approvedQuantity', t.sizing ->> 'quantity',
      'instrument', traded_instrument(t.account, i),
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
    WHERE t.id = p_trade);
END $$;

-- The portfolio that risk is measured on: positions with their marks, and what other open trades do.
CREATE OR REPLACE FUNCTION portfolio(p_account text, p_except text) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN (SELECT jsonb_build_object(
      'policy', a.policy, 'mayShort', a.venue = 'paper',
      'cash', plain(cash_of(a)),
      'positions', coalesce((SELECT jsonb_agg(jsonb_build_object('instrument', p.instrument, 'quantity', plain(p.quantity),
          'mark', plain(coalesce((SELECT m.price FROM marks m WHERE m.account = p.account AND m.instrument = p.instrument),
                                 (SELECT f.price FROM fills f WHERE f.account = p.account AND f.instrument = p.instrument
                                  ORDER BY f.id DESC LIMIT 1)))) || future_of(i))
        FROM account_positions p JOIN instruments i ON i.id = p.instrument WHERE p.account = a.name AND p.quantity <> 0), '[]'),
      'unknownOrders', coalesce((SELECT jsonb_agg(DISTINCT o.instrument) FROM orders o
        WHERE o.account = a.name AND o.state = 'unknown' AND o.trade_id <> p_except), '[]'),
      'unreconciled', coalesce((SELECT jsonb_agg(DISTINCT i.id) FROM reconciliation_differences d JOIN instruments i
          ON d.instrument = i.id OR d.asset IN (i.base_asset, i.quote_asset)
        WHERE d.account = a.name AND d.state = 'open'), '[]'),
      'openTrades', coalesce((SELECT jsonb_agg(jsonb_build_object('tradeId', o.id, 'instrument', o.instrument, 'direction', o.direction))
        FROM trades o WHERE o.account = a.name AND o.phase <> 'ended' AND o.id <> p_except
          AND (trade_position(o.id) <> 0 OR EXISTS (SELECT FROM orders x WHERE x.trade_id = o.id AND x.increases
               AND x.state IN ('sending', 'unknown', 'open', 'partial')))), '[]'))
    FROM accounts a WHERE a.name = p_account);
END $$;

-- Cash and units that the ledger moved since a market time: what today's profit or loss is computed from. What came from
-- outside or went there (deposits, withdrawals) is neither.
CREATE OR REPLACE FUNCTION cash_since(p_account text, p_since timestamptz) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN (SELECT jsonb_build_object('cash', plain(coalesce(sum(m.cash), 0)),
    'moved', coalesce(jsonb_object_agg(m.instrument, plain(m.units)) FILTER (WHERE m.instrument IS NOT NULL), '{}'))
    -- Of a future what was closed today counts by its multiplier, too.
    || coalesce((SELECT jsonb_build_object('futures', jsonb_object_agg(i.id, future_of(i) -> 'future')) FROM instruments i
      WHERE i.id = ANY (array_agg(m.instrument)) AND i.last_trading_day IS NOT NULL HAVING count(*) > 0), '{}')
  FROM (SELECT e.instrument,
          sum(l.amount) FILTER (WHERE l.asset = a.currency AND (l.ledger_account = 'cash:' || a.currency OR l.ledger_account = 'external')) AS cash,
          coalesce(sum(l.amount) FILTER (WHERE l.ledger_account IN ('position:' || e.instrument, 'dust:' || e.instrument)
            OR (l.ledger_account = 'external' AND l.asset <> a.currency)), 0) AS units
        FROM accounts a JOIN account_clocks c ON c.account = a.name
          JOIN ledger_entries e ON e.account = a.name AND e.passage = c.passage AND e.market_at >= p_since, unnest(e.legs) l
        WHERE a.name = p_account GROUP BY e.instrument) m);
END $$;

-- Each of the following does one thing and answers the trade's facts after it: a round trip saved on the way of an order.

CREATE OR REPLACE FUNCTION record_outcome_and_read(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  settled jsonb := record_outcome(p);
BEGIN
  RETURN jsonb_build_object('order', settled, 'facts', trade_facts(settled ->> 'tradeId'));
END $$;

CREATE OR REPLACE FUNCTION apply_report_and_read(p jsonb, p_trade text) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM apply_report(p);
  RETURN trade_facts(p_trade);
END $$;

-- Keeps a person's request until the trade has acted on it; the first of its kind stands.
CREATE OR REPLACE FUNCTION request_and_read(p_trade text, p_request jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  UPDATE trades SET requests = p_request || requests, updated_at = clock_timestamp()
  WHERE id = p_trade AND phase <> 'ended';
  IF FOUND THEN
    PERFORM note_event(p_trade, 'request', (SELECT string_agg(k, ',') FROM jsonb_object_keys(p_request) k), p_request);
  END IF;
  RETURN trade_facts(p_trade);
END $$;

CREATE OR REPLACE FUNCTION advance_and_read(p_trade text, p_phase text, p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM advance_trade(p_trade, p_phase, p);
  RETURN trade_facts(p_trade);
END $$;

CREATE OR REPLACE FUNCTION end_and_read(p_trade text, p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  answer jsonb;
BEGIN
  PERFORM advance_trade(p_trade, 'reconciling', '{}');
  answer := end_trade(p_trade, p);
  RETURN jsonb_build_object('end', answer, 'facts', trade_facts(p_trade));
END $$;

-- Ends a halted trade that has no order, and stores that the halt reached it, under the lock of the trade alone: nothing of
-- it counts in the account, and a thousand of them must not queue for their account. One that has an order after all only
-- learns of the halt. `p`: outcome, code, detail, halt {epoch, flatten}.
CREATE OR REPLACE FUNCTION end_unentered_and_read(p_trade text, p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  t trades;
BEGIN
  SELECT * INTO t FROM trades WHERE id = p_trade;
  IF EXISTS (SELECT FROM account_clocks WHERE account = t.account AND kind = 'replay') THEN
    -- Its clock may have to stand afterwards.
    PERFORM FROM accounts WHERE name = t.account FOR NO KEY UPDATE;
  END IF;
  SELECT * INTO t FROM trades WHERE id = p_trade FOR NO KEY UPDATE;
  IF t.phase <> 'ended' AND EXISTS (SELECT FROM orders WHERE trade_id = p_trade) THEN
    RETURN advance_and_read(p_trade, NULL, jsonb_build_object('halted', true, 'halt', p -> 'halt'));
  END IF;
  IF t.phase <> 'ended' THEN
    PERFORM acknowledge_halt(p_trade, (p -> 'halt' ->> 'epoch')::bigint, (p -> 'halt' ->> 'flatten')::boolean);
    UPDATE trades SET phase = 'ended', halted = true, outcome = p ->> 'outcome', outcome_code = p ->> 'code',
      outcome_detail = p ->> 'detail', realised_pnl = 0, ended_at = clock_timestamp(), updated_at = clock_timestamp()
    WHERE id = p_trade;
    PERFORM note_event(p_trade, 'phase', 'ended', jsonb_build_object('outcome', p ->> 'outcome', 'code', p ->> 'code'));
    PERFORM settle_clock(t.account);
  END IF;
  RETURN trade_facts(p_trade);
END $$;

-- Stores what risk approved, for the fence to check again, together with what the trade then knows. An approval that
-- exists is prolonged, and its quantity may shrink, never grow. `approval`: clientOrderId, maxQuantity, maxNotional, referencePrice,
-- limits, lifetimeMs; `change` as for advance_trade.
CREATE OR REPLACE FUNCTION approve_and_read(p_trade text, p_approval jsonb, p_change jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM advance_trade(p_trade, 'checking-risk', p_change);
  INSERT INTO approvals (client_order_id, trade_id, max_quantity, max_notional, reference_price, limits, expires_at)
  VALUES (p_approval ->> 'clientOrderId', p_trade, (p_approval ->> 'maxQuantity')::numeric,
          (p_approval ->> 'maxNotional')::numeric, (p_approval ->> 'referencePrice')::numeric, p_approval -> 'limits',
          clock_timestamp() + (p_approval ->> 'lifetimeMs')::integer * interval '1 millisecond')
  ON CONFLICT (client_order_id) DO UPDATE SET
    max_quantity = least(approvals.max_quantity, excluded.max_quantity),
    -- The price may have risen since; what a person or client capped, risk has applied again.
    max_notional = excluded.max_notional,
    reference_price = excluded.reference_price, limits = excluded.limits, approved_at = clock_timestamp(),
    expires_at = excluded.expires_at;
  RETURN trade_facts(p_trade);
END $$;
