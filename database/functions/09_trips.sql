-- What the automatic trips see of an account: all but prices and calendars, which the process that looks knows.

CREATE OR REPLACE FUNCTION trip_evidence(p_account text) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN (SELECT jsonb_build_object(
    'marketNow', iso(clock_reading(c, clock_timestamp())), 'now', iso(clock_timestamp()), 'speed', c.speed::float8,
    'attempts', (SELECT jsonb_build_object('all', count(*), 'failed', count(*) FILTER (WHERE t.state IN ('rejected', 'unknown')))
      FROM order_attempts t JOIN orders o USING (client_order_id)
      WHERE o.account = a.name AND t.fenced_at > clock_timestamp() - interval '5 minutes' AND t.state <> 'sending'),
    'slippage', (SELECT jsonb_build_object('fills', count(*), 'meanBps', plain(round(coalesce(avg(10000 * (f.price - p.reference_price)
        / p.reference_price * CASE f.side WHEN 'buy' THEN 1 ELSE -1 END), 0), 6)))
      FROM fills f JOIN approvals p USING (client_order_id)
      WHERE f.account = a.name AND f.amends IS NULL AND f.booked_at > clock_timestamp() - interval '5 minutes'),
    'rejectedInARow', (SELECT count(*) FROM orders o WHERE o.account = a.name AND o.state = 'rejected'
      AND o.updated_at > coalesce((SELECT max(x.updated_at) FROM orders x WHERE x.account = a.name AND x.venue_order_id IS NOT NULL), '-infinity')),
    'oldestUnknown', coalesce((SELECT max(1000 * extract(epoch FROM clock_timestamp() - o.updated_at)) FROM orders o
      WHERE o.account = a.name AND o.state = 'unknown'), 0)::float8,
    'mismatches', (SELECT count(*) FROM trades t WHERE t.account = a.name AND ((t.phase <> 'ended' AND t.attention = 'books_differ')
      OR (t.outcome = 'needs-attention' AND t.ended_at > clock_timestamp() - interval '1 day')))
      -- Somebody else's orders and fills are booked as such: they block their instrument, and our books agree.
      + (SELECT count(*) FROM reconciliation_differences d WHERE d.account = a.name AND d.state = 'open'
        AND d.kind NOT IN ('order-unknown-to-us', 'fill-unknown', 'position-unknown-to-us')),
    'silentFor', coalesce(1000 * extract(epoch FROM clock_timestamp() - a.polled_at), 0)::float8,
    'trading', coalesce((SELECT jsonb_agg(DISTINCT i.calendar) FROM trades t JOIN instruments i ON i.id = t.instrument
      WHERE t.account = a.name AND t.phase <> 'ended'), '[]'),
    'marks', coalesce((SELECT jsonb_agg(jsonb_build_object('instrument', p.instrument, 'calendar', i.calendar,
        'at', (SELECT iso(m.market_at) FROM marks m WHERE m.account = p.account AND m.instrument = p.instrument)))
      FROM account_positions p JOIN instruments i ON i.id = p.instrument
      WHERE p.account = a.name AND p.quantity <> 0 AND EXISTS (
        SELECT FROM trades t WHERE t.account = a.name AND t.instrument = p.instrument AND t.phase <> 'ended')), '[]'),
    'rewoundAt', c.rewound_at::text)
  FROM accounts a JOIN account_clocks c ON c.account = a.name WHERE a.name = p_account);
END $$;
