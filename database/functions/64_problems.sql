-- What an operator should know of and nobody else raises: read every few seconds, so that an alert stands for as long as
-- its cause does, whoever saw it begin.

CREATE OR REPLACE FUNCTION standing_problems(p_unknown_after interval)
RETURNS TABLE (cause text, severity text, title text, detail jsonb) LANGUAGE sql STABLE AS $$
  SELECT 'halt:' || h.epoch, 'critical', 'An automatic trip has halted ' || h.scope || ': ' || h.reason,
    jsonb_build_object('epoch', h.epoch, 'scope', h.scope, 'mode', h.mode, 'trip', h.trip, 'engagedAt', iso(h.engaged_at))
  FROM halts h WHERE h.source = 'trip' AND h.released_at IS NULL AND h.superseded_by IS NULL
  UNION ALL
  SELECT 'trade-attention:' || t.id, 'warning', 'Trade ' || t.id || ' wants a look: ' || coalesce(t.attention, 'its books differ'),
    jsonb_build_object('account', t.account, 'instrument', t.instrument, 'strategy', t.strategy, 'phase', t.phase,
      'position', plain(trade_position(t.id)))
  FROM trades t WHERE (t.phase <> 'ended' AND t.attention IS NOT NULL)
    OR (t.outcome = 'needs-attention' AND t.ended_at > clock_timestamp() - interval '7 days')
  UNION ALL
  SELECT 'order-unknown:' || o.client_order_id, 'warning', 'An order of ' || o.trade_id || ' is in doubt for long',
    jsonb_build_object('account', o.account, 'instrument', o.instrument, 'trade', o.trade_id, 'leg', o.leg,
      'since', iso(o.updated_at))
  FROM orders o WHERE o.state = 'unknown' AND o.updated_at < clock_timestamp() - p_unknown_after
$$;
