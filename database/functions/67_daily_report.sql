-- What happened on a day (UTC, real time), counted for the daily report. Amounts are decimal text.

CREATE OR REPLACE FUNCTION daily_report(p_day date) RETURNS jsonb LANGUAGE sql STABLE AS $$
  WITH span AS (SELECT (p_day::timestamp AT TIME ZONE 'UTC') AS from_at, ((p_day + 1)::timestamp AT TIME ZONE 'UTC') AS to_at),
  ended AS (SELECT t.* FROM trades t, span WHERE t.ended_at >= from_at AND t.ended_at < to_at),
  filled AS (SELECT f.* FROM fills f, span WHERE f.booked_at >= from_at AND f.booked_at < to_at AND f.amends IS NULL)
  SELECT jsonb_build_object(
    'day', p_day::text,
    'accounts', coalesce((SELECT jsonb_agg(jsonb_build_object(
        'account', a.name, 'mode', a.mode, 'currency', a.currency, 'quarantine', a.quarantine,
        'accepted', (SELECT count(*) FROM trades t, span WHERE t.account = a.name AND t.accepted_at >= from_at AND t.accepted_at < to_at),
        'ended', (SELECT count(*) FROM ended e WHERE e.account = a.name),
        'profit', (SELECT plain(coalesce(sum(e.realised_pnl), 0)) FROM ended e WHERE e.account = a.name),
        'fills', (SELECT count(*) FROM filled f WHERE f.account = a.name),
        'open', (SELECT count(*) FROM trades t WHERE t.account = a.name AND t.phase <> 'ended'),
        'gross', (SELECT plain(coalesce(sum(worth_of(i, abs(p.quantity), m.price)), 0)) FROM account_positions p
          JOIN instruments i ON i.id = p.instrument JOIN marks m ON m.account = p.account AND m.instrument = p.instrument WHERE p.account = a.name)) ORDER BY a.name)
      FROM accounts a), '[]'),
    'risk', coalesce((SELECT jsonb_agg(jsonb_build_object('account', s.account, 'limit', s.trip,
        'used', s.state -> 'reading' ->> 'value', 'max', s.state -> 'reading' ->> 'limit') ORDER BY s.account, s.trip)
      FROM trip_states s WHERE jsonb_typeof(s.state -> 'reading') = 'object' AND (s.state ->> 'enabled')::boolean), '[]'),
    'trades', coalesce((SELECT jsonb_agg(jsonb_build_object('id', e.id, 'instrument', e.instrument, 'strategy', e.strategy,
        'direction', e.direction, 'outcome', e.outcome, 'code', e.outcome_code, 'profit', plain(e.realised_pnl)) ORDER BY e.ended_at, e.id)
      FROM (SELECT * FROM ended ORDER BY abs(coalesce(realised_pnl, 0)) DESC, id LIMIT 50) e), '[]'),
    'outcomes', coalesce((SELECT jsonb_agg(jsonb_build_object('outcome', o.outcome, 'count', o.n) ORDER BY o.n DESC, o.outcome)
      FROM (SELECT outcome, count(*) AS n FROM ended GROUP BY outcome) o), '[]'),
    'rejections', coalesce((SELECT jsonb_agg(jsonb_build_object('code', r.code, 'count', r.n) ORDER BY r.n DESC, r.code)
      FROM (SELECT coalesce(outcome_code, 'unknown') AS code, count(*) AS n FROM ended WHERE outcome = 'rejected' GROUP BY 1) r), '[]'),
    'models', coalesce((SELECT jsonb_agg(jsonb_build_object('strategy', m.strategy, 'calls', m.n, 'tokens', m.tokens, 'cost', plain(m.cost))
        ORDER BY m.strategy)
      FROM (SELECT strategy, count(*) AS n, sum(charged_tokens) AS tokens, sum(charged_cost) AS cost
        FROM model_attempts WHERE day = p_day GROUP BY strategy) m), '[]'),
    -- Against the price at which risk approved the entry, weighted by notional; a cost is positive.
    'slippage', coalesce((SELECT jsonb_agg(jsonb_build_object('instrument', s.instrument, 'fills', s.n, 'bps', plain(round(s.bps, 2)))
        ORDER BY s.instrument)
      FROM (SELECT f.instrument, count(*) AS n, sum(worth_of(i, f.quantity, f.price) * 10000 * (f.price - p.reference_price) / p.reference_price
          * CASE f.side WHEN 'buy' THEN 1 ELSE -1 END) / sum(worth_of(i, f.quantity, f.price)) AS bps
        FROM filled f JOIN instruments i ON i.id = f.instrument JOIN approvals p USING (client_order_id) GROUP BY f.instrument) s), '[]'),
    'cycles', coalesce((SELECT jsonb_agg(jsonb_build_object('cycle', c.cycle, 'date', c.date::text, 'state', c.state,
        'started', (SELECT count(*) FROM jsonb_array_elements(c.results) r WHERE r ->> 'result' = 'started')) ORDER BY c.started_at)
      FROM trading_cycles c, span WHERE c.started_at >= from_at AND c.started_at < to_at), '[]'),
    'halts', coalesce((SELECT jsonb_agg(jsonb_build_object('epoch', h.epoch, 'scope', h.scope, 'mode', h.mode, 'by', coalesce(h.trip, h.actor),
        'reason', h.reason, 'engagedAt', iso(h.engaged_at), 'releasedAt', iso(h.released_at)) ORDER BY h.epoch)
      FROM halts h, span WHERE h.engaged_at < to_at AND (h.engaged_at >= from_at OR (h.released_at IS NULL AND h.superseded_by IS NULL))), '[]'),
    'comparisons', coalesce((SELECT jsonb_agg(jsonb_build_object('account', r.account, 'agreed', r.agreed, 'differed', r.differed,
        'failed', r.failed) ORDER BY r.account)
      FROM (SELECT account, count(*) FILTER (WHERE state = 'agreed') AS agreed, count(*) FILTER (WHERE state = 'differs') AS differed,
          count(*) FILTER (WHERE state = 'failed') AS failed
        FROM reconciliations, span WHERE finished_at >= from_at AND finished_at < to_at GROUP BY account) r), '[]'),
    -- What stands comes first, then what a person accepted.
    'differences', coalesce((SELECT jsonb_agg(jsonb_build_object('account', x.account, 'state', x.state, 'kind', x.kind, 'subject', x.subject,
        'ours', x.ours, 'venue', x.venue, 'since', iso(x.opened_at), 'by', x.closed_by, 'reason', x.reason) ORDER BY x.place, x.id)
      FROM (SELECT d.*, array_position(ARRAY['open', 'accepted', 'gone'], d.state) AS place FROM reconciliation_differences d, span
        WHERE d.opened_at < to_at AND (d.state = 'open' OR d.opened_at >= from_at OR (d.closed_at >= from_at AND d.closed_at < to_at))
        ORDER BY place, d.id DESC LIMIT 100) x), '[]'),
    'schedules', jsonb_build_object(
      'seen', (SELECT count(*) FROM schedule_notes),
      'missed', coalesce((SELECT jsonb_agg(n.schedule_id ORDER BY n.schedule_id) FROM schedule_notes n WHERE n.missed_at IS NOT NULL), '[]')),
    'alerts', coalesce((SELECT jsonb_agg(jsonb_build_object('severity', x.severity, 'title', x.title, 'cause', x.cause,
        'since', iso(x.raised_at)) ORDER BY x.severity, x.raised_at, x.id) FROM alerts x WHERE x.cleared_at IS NULL), '[]'),
    'profits', (SELECT jsonb_agg(jsonb_build_object('day', d::date::text, 'profit', plain(coalesce((SELECT sum(t.realised_pnl) FROM trades t
        WHERE t.ended_at >= d AT TIME ZONE 'UTC' AND t.ended_at < (d + interval '1 day') AT TIME ZONE 'UTC'), 0))) ORDER BY d)
      FROM generate_series((p_day - 29)::timestamp, p_day::timestamp, interval '1 day') d))
$$;
