-- Comparisons of an account's books with its venue's: what is read for them, and what becomes of what they find.

-- Whether an open difference keeps new exposure out of an instrument: its own, or one about an asset that it exchanges.
CREATE OR REPLACE FUNCTION is_unreconciled(p_account text, p_instrument text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN EXISTS (SELECT FROM reconciliation_differences d WHERE d.account = p_account AND d.state = 'open'
    AND (d.instrument = p_instrument OR EXISTS (SELECT FROM instruments i
      WHERE i.id = p_instrument AND d.asset IN (i.base_asset, i.quote_asset))));
END $$;

-- What the venue first showed of an asset beside the account's currency; later calls change nothing.
CREATE OR REPLACE FUNCTION open_balance(p_account text, p_asset text, p_amount numeric) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF p_amount = 0 OR EXISTS (SELECT FROM ledger_entries e WHERE e.account = p_account AND e.source = 'first-balance:' || p_asset) THEN
    RETURN;
  END IF;
  PERFORM book_entry(jsonb_build_object('account', p_account, 'kind', CASE WHEN p_amount > 0 THEN 'deposit' ELSE 'withdrawal' END,
    'source', 'first-balance:' || p_asset, 'reason', 'there at the first contact', 'legs', jsonb_build_array(
      jsonb_build_object('ledgerAccount', 'cash:' || p_asset, 'asset', p_asset, 'amount', plain(p_amount)),
      jsonb_build_object('ledgerAccount', 'external', 'asset', p_asset, 'amount', plain(-p_amount)))));
END $$;

-- Begins a comparison, or answers the one that is under way.
CREATE OR REPLACE FUNCTION begin_reconciliation(p_account text, p_why text, p_by text) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  begun bigint;
BEGIN
  PERFORM FROM accounts WHERE name = p_account FOR NO KEY UPDATE;
  SELECT id INTO begun FROM reconciliations WHERE account = p_account AND state = 'running';
  IF begun IS NULL THEN
    INSERT INTO reconciliations (account, why, requested_by, market_at)
    VALUES (p_account, p_why, p_by, coalesce(market_now(p_account), clock_timestamp())) RETURNING id INTO begun;
  END IF;
  RETURN begun;
END $$;

-- A fill as it stands after what the venue told of it later.
CREATE OR REPLACE FUNCTION standing_fill_json(f fills) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
  newest fills;
  stands jsonb;
BEGIN
  SELECT * INTO newest FROM fills x WHERE x.amends = f.id ORDER BY x.amendment DESC LIMIT 1;
  stands := standing(CASE WHEN newest.id IS NULL THEN f ELSE newest END);
  RETURN jsonb_build_object('venueFillId', f.venue_fill_id, 'venueOrderId', f.venue_order_id, 'clientOrderId', f.client_order_id,
    'instrument', f.instrument, 'side', coalesce(newest.side, f.side), 'quantity', plain((stands ->> 'quantity')::numeric),
    'price', plain((stands ->> 'price')::numeric), 'fee', plain((stands ->> 'fee')::numeric), 'feeAsset', stands ->> 'feeAsset',
    'liquidity', f.liquidity, 'marketAt', iso(f.market_at), 'bookedAt', iso(coalesce(newest.booked_at, f.booked_at)));
END $$;

-- Our side at one moment, see domain/reconciliation/books.ts. `p_shown` {orders: [{clientOrderId, venueOrderId, instrument}],
-- fills: [{instrument, venueOrderId, venueFillId}]} names what the venue shows: the same of ours is in the answer.
CREATE OR REPLACE FUNCTION our_books(p_account text, p_shown jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  place reconciliation_cursors;
  wanted bigint[];
BEGIN
  SELECT * INTO place FROM reconciliation_cursors WHERE account = p_account;
  SELECT array_agg(f.id) INTO wanted FROM fills f
  WHERE f.account = p_account AND f.amendment = 0 AND f.id > coalesce(place.fills_after, 0);
  SELECT wanted || array_agg(f.id) INTO wanted
  FROM jsonb_to_recordset(p_shown -> 'fills') AS v(instrument text, "venueOrderId" text, "venueFillId" text)
  JOIN fills f ON f.account = p_account AND f.instrument = v.instrument AND f.venue_order_id = v."venueOrderId"
    AND f.venue_fill_id = v."venueFillId" AND f.amendment = 0;
  RETURN (SELECT jsonb_build_object('account', a.name, 'now', iso(clock_timestamp()), 'cursor', place.cursor,
    'lastFill', coalesce((SELECT f.id FROM fills f WHERE f.account = a.name ORDER BY f.booked_at DESC, f.id DESC LIMIT 1), 0),
    -- Whatever moves what we hold is an entry.
    'mark', coalesce((SELECT max(e.id) FROM ledger_entries e WHERE e.account = a.name), 0),
    'orders', coalesce((SELECT jsonb_agg(jsonb_build_object('clientOrderId', o.client_order_id, 'venueOrderId', o.venue_order_id,
        'instrument', o.instrument, 'side', o.side, 'quantity', plain(o.quantity), 'state', o.state, 'booked', plain(o.booked),
        'type', o.type, 'createdAt', iso(o.created_at)) ORDER BY o.created_at, o.client_order_id)
      FROM orders o WHERE o.account = a.name AND (o.state IN ('sending', 'unknown', 'open', 'partial')
        OR o.client_order_id IN (SELECT f.client_order_id FROM fills f WHERE f.id = ANY (wanted))
        OR o.client_order_id IN (SELECT v ->> 'clientOrderId' FROM jsonb_array_elements(p_shown -> 'orders') v)
        OR (o.instrument, o.venue_order_id) IN (SELECT v ->> 'instrument', v ->> 'venueOrderId' FROM jsonb_array_elements(p_shown -> 'orders') v))), '[]'),
    'fills', coalesce((SELECT jsonb_agg(standing_fill_json(f) ORDER BY f.id) FROM fills f WHERE f.id = ANY (wanted)), '[]'),
    'cash', coalesce((SELECT jsonb_object_agg(b.asset, plain(b.amount)) FROM ledger_balances b
      WHERE b.account = a.name AND b.ledger_account = 'cash:' || b.asset), '{}'),
    'positions', coalesce((SELECT jsonb_object_agg(p.instrument, plain(p.units)) FROM (
        SELECT substr(b.ledger_account, position(':' IN b.ledger_account) + 1) AS instrument, sum(b.amount) AS units
        FROM ledger_balances b WHERE b.account = a.name AND b.ledger_account ~ '^(position|dust):' GROUP BY 1) p), '{}'),
    'instruments', coalesce((SELECT jsonb_object_agg(i.id, jsonb_build_object('baseAsset', i.base_asset, 'quoteAsset', i.quote_asset) || future_of(i))
      FROM instruments i WHERE may_trade(a.venue, a.name, i)
        OR EXISTS (SELECT FROM account_positions p WHERE p.account = a.name AND p.instrument = i.id)), '{}'),
    'accepted', coalesce((SELECT jsonb_agg(d.key) FROM reconciliation_differences d
      WHERE d.account = a.name AND d.state = 'accepted' AND stays_accepted(d.kind)), '[]'))
  FROM accounts a WHERE a.name = p_account);
END $$;

-- Kinds that would be found again after they were accepted: what they show does not change by it.
CREATE OR REPLACE FUNCTION stays_accepted(p_kind text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT p_kind IN ('order-unknown-to-us', 'fill-unknown', 'position-unknown-to-us', 'fill-missing-at-venue', 'fill-differs', 'filled-quantity')
$$;

-- Ends a comparison with what it found: {id, looks, compared, found: [difference with its key], seen: [keys of the last look],
-- undetermined: [subjects], cursor, fillsAfter, pending}. A difference of before is gone when the last look could have seen it and did
-- not. Answers {state, opened, gone}; one that has ended stays as it is.
CREATE OR REPLACE FUNCTION finish_reconciliation(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  r reconciliations;
  opened integer;
  gone integer;
  left_open boolean;
BEGIN
  SELECT * INTO r FROM reconciliations WHERE id = (p ->> 'id')::bigint;
  PERFORM FROM accounts WHERE name = r.account FOR NO KEY UPDATE;
  SELECT * INTO r FROM reconciliations WHERE id = r.id FOR UPDATE;
  IF r.state <> 'running' THEN RETURN jsonb_build_object('state', r.state, 'opened', 0, 'gone', 0); END IF;
  INSERT INTO reconciliation_differences (account, opened_in, key, kind, subject, instrument, asset, ours, venue, evidence, correction)
  SELECT r.account, r.id, d ->> 'key', d ->> 'kind', d ->> 'subject', d ->> 'instrument', d ->> 'asset', d ->> 'ours', d ->> 'venue',
    d -> 'evidence', nullif(d -> 'correction', 'null')
  FROM jsonb_array_elements(p -> 'found') d
  -- Accepted while both sides were read.
  WHERE NOT EXISTS (SELECT FROM reconciliation_differences x WHERE x.account = r.account AND x.key = d ->> 'key' AND x.state = 'accepted'
    AND (stays_accepted(x.kind) OR x.closed_at > r.started_at))
  ON CONFLICT (account, key) WHERE state = 'open' DO NOTHING;
  GET DIAGNOSTICS opened = ROW_COUNT;
  UPDATE reconciliation_differences SET state = 'gone', closed_at = clock_timestamp(), closed_in = r.id
  WHERE account = r.account AND state = 'open' AND NOT (p -> 'seen') ? key AND NOT (p -> 'undetermined') ? subject;
  GET DIAGNOSTICS gone = ROW_COUNT;
  left_open := EXISTS (SELECT FROM reconciliation_differences WHERE account = r.account AND state = 'open');
  IF NOT (p ->> 'pending')::boolean THEN
    INSERT INTO reconciliation_cursors (account, cursor, fills_after) VALUES (r.account, p ->> 'cursor', (p ->> 'fillsAfter')::bigint)
    ON CONFLICT (account) DO UPDATE SET cursor = excluded.cursor, fills_after = excluded.fills_after, moved_at = excluded.moved_at;
  END IF;
  UPDATE reconciliations SET state = CASE WHEN left_open THEN 'differs' ELSE 'agreed' END, looks = (p ->> 'looks')::integer,
    compared = p -> 'compared', finished_at = clock_timestamp()
  WHERE id = r.id RETURNING * INTO r;
  RETURN jsonb_build_object('state', r.state, 'opened', opened, 'gone', gone);
END $$;

-- Ends a comparison that could not be made.
CREATE OR REPLACE FUNCTION fail_reconciliation(p_id bigint, p_failure text) RETURNS void LANGUAGE sql VOLATILE AS $$
  UPDATE reconciliations SET state = 'failed', failure = p_failure, finished_at = clock_timestamp() WHERE id = p_id AND state = 'running'
$$;

-- The correction of a difference as legs of the ledger. Fills are traded for; what came or went otherwise is from outside. Units
-- of a future bring or take no value of their own: they are traded for at the last price, as at the end of a contract.
CREATE OR REPLACE FUNCTION correction_legs(d reconciliation_differences) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
  i instruments;
  units numeric := (d.correction ->> 'units')::numeric;
  mark numeric;
  outside boolean;
BEGIN
  SELECT * INTO i FROM instruments WHERE id = d.instrument;
  outside := d.kind = 'position' AND i.last_trading_day IS NULL;
  mark := coalesce((SELECT m.price FROM marks m WHERE m.account = d.account AND m.instrument = i.id),
    (SELECT f.price FROM fills f WHERE f.account = d.account AND f.instrument = i.id ORDER BY f.id DESC LIMIT 1), 0);
  RETURN (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('ledgerAccount', l.place, 'asset', l.asset, 'amount', plain(l.amount),
      'cost', plain(l.cost))))
    FROM (SELECT 'position:' || i.id AS place, i.base_asset AS asset, units AS amount,
            CASE WHEN outside THEN worth_of(i, units, mark) END AS cost WHERE units <> 0
          UNION ALL
          SELECT CASE WHEN outside THEN 'external' ELSE 'trading:' || i.id END, i.base_asset, -units, NULL WHERE units <> 0
          UNION ALL
          SELECT m.place, i.quote_asset, m.sign * worth_of(i, units, mark), NULL
          FROM (VALUES ('cash:' || i.quote_asset, -1), ('trading:' || i.id, 1)) AS m(place, sign)
          WHERE d.kind = 'position' AND NOT outside AND units * mark <> 0
          UNION ALL
          SELECT 'cash:' || (a ->> 'asset'), a ->> 'asset', (a ->> 'amount')::numeric, NULL FROM jsonb_array_elements(d.correction -> 'amounts') a
          UNION ALL
          SELECT CASE WHEN d.kind = 'balance' THEN 'external' WHEN a ->> 'asset' = i.quote_asset THEN 'trading:' || i.id ELSE 'fees' END,
            a ->> 'asset', -(a ->> 'amount')::numeric, NULL FROM jsonb_array_elements(d.correction -> 'amounts') a) l);
END $$;

-- Brings an order to what the venue says of it; one that ended is opened again with its trade where it works at the venue.
CREATE OR REPLACE FUNCTION take_venues_order(p_id text, p_state text, p_venue_order text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  o orders := lock_order(p_id);
BEGIN
  UPDATE orders SET venue_state = p_state, venue_order_id = coalesce(venue_order_id, p_venue_order),
    -- What is not at the venue fills no more.
    venue_filled = CASE WHEN p_venue_order IS NULL THEN booked ELSE venue_filled END, updated_at = clock_timestamp()
  WHERE client_order_id = o.client_order_id;
  PERFORM settle_order(o.client_order_id, false);
END $$;

-- A person takes the venue's side of a difference: {id, actor, reason, price?}. Answers {result: 'accepted', entry, tradeId} or
-- {result: 'unknown' | 'not_open' | 'price_required' | 'refused', state?, detail?}; only 'accepted' stored anything.
CREATE OR REPLACE FUNCTION accept_difference(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  d reconciliation_differences;
  venue_name text;
  o orders;
  booked jsonb;
BEGIN
  SELECT * INTO d FROM reconciliation_differences WHERE id = (p ->> 'id')::bigint;
  IF NOT FOUND THEN RETURN jsonb_build_object('result', 'unknown'); END IF;
  SELECT a.venue INTO venue_name FROM accounts a WHERE a.name = d.account FOR NO KEY UPDATE;
  SELECT * INTO d FROM reconciliation_differences WHERE id = d.id FOR UPDATE;
  IF d.state <> 'open' THEN RETURN jsonb_build_object('result', 'not_open', 'state', d.state); END IF;
  SELECT * INTO o FROM orders WHERE client_order_id = coalesce(d.evidence #>> '{order,clientOrderId}', d.evidence ->> 'owner');
  IF d.kind = 'fill-missing' THEN
    PERFORM apply_report(jsonb_build_object('venue', venue_name, 'account', d.account, 'orders', '[]'::jsonb, 'fills',
      jsonb_build_array((d.evidence -> 'fill') || jsonb_build_object('clientOrderId', o.client_order_id))));
  ELSIF d.kind = 'order-missing-at-venue' THEN
    PERFORM take_venues_order(o.client_order_id, 'cancelled', NULL);
  ELSIF d.kind = 'state' THEN
    PERFORM take_venues_order(o.client_order_id, d.venue, d.evidence #>> '{listed,venueOrderId}');
  ELSIF d.kind = 'filled-quantity' AND d.venue::numeric > d.ours::numeric THEN
    IF p ->> 'price' IS NULL THEN RETURN jsonb_build_object('result', 'price_required'); END IF;
    PERFORM apply_report(jsonb_build_object('venue', venue_name, 'account', d.account, 'orders', '[]'::jsonb, 'fills', jsonb_build_array(
      jsonb_build_object('venueFillId', 'accepted-' || d.id, 'venueOrderId', d.evidence #>> '{listed,venueOrderId}',
        'clientOrderId', o.client_order_id, 'instrument', o.instrument, 'side', o.side, 'quantity', plain(d.venue::numeric - d.ours::numeric),
        'price', p ->> 'price', 'fee', '0', 'feeAsset', (SELECT quote_asset FROM instruments WHERE id = o.instrument),
        'liquidity', 'taker', 'marketAt', iso(market_now(d.account))))));
  ELSIF d.correction IS NOT NULL AND correction_legs(d) IS NOT NULL THEN
    booked := book_entry(jsonb_strip_nulls(jsonb_build_object('account', d.account, 'kind', 'correction', 'source', 'reconciliation:' || d.id,
      'instrument', d.instrument, 'legs', correction_legs(d), 'actor', p ->> 'actor', 'reason', p ->> 'reason')));
    IF booked ->> 'result' = 'refused' THEN
      RETURN jsonb_build_object('result', 'refused', 'detail', booked ->> 'detail');
    END IF;
  END IF;
  IF o.trade_id IS NOT NULL THEN
    PERFORM note_event(o.trade_id, 'note', 'difference-accepted', jsonb_build_object('difference', d.id, 'kind', d.kind,
      'clientOrderId', o.client_order_id, 'reason', p ->> 'reason', 'by', p ->> 'actor'));
  END IF;
  UPDATE reconciliation_differences SET state = 'accepted', closed_at = clock_timestamp(), closed_by = p ->> 'actor',
    reason = p ->> 'reason', entry = (booked ->> 'id')::bigint
  WHERE id = d.id;
  PERFORM settle_clock(d.account);
  RETURN jsonb_build_object('result', 'accepted', 'entry', (booked ->> 'id')::bigint, 'tradeId', o.trade_id);
END $$;

-- What decides when an account is compared next: see domain/reconciliation/due.ts. One that nobody can ask is left out.
CREATE OR REPLACE FUNCTION reconciliation_places() RETURNS TABLE (place jsonb) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN QUERY SELECT jsonb_build_object('account', a.name, 'now', iso(clock_reading(c, clock_timestamp())),
    'lastAt', (SELECT iso(r.market_at) FROM reconciliations r WHERE r.account = a.name AND r.state IN ('agreed', 'differs')
      AND r.started_at >= c.rewound_at ORDER BY r.id DESC LIMIT 1),
    'calendars', coalesce((SELECT jsonb_agg(DISTINCT i.calendar) FROM instruments i WHERE CASE WHEN a.venue <> 'paper'
        THEN EXISTS (SELECT FROM listings l WHERE l.account = a.name AND l.instrument = i.id)
        ELSE EXISTS (SELECT FROM account_positions p WHERE p.account = a.name AND p.instrument = i.id AND p.quantity <> 0)
          OR EXISTS (SELECT FROM trades t WHERE t.account = a.name AND t.instrument = i.id AND t.phase <> 'ended') END), '[]'),
    'moved', EXISTS (SELECT FROM ledger_entries e WHERE e.account = a.name AND e.fill_id IS NOT NULL AND e.booked_at > coalesce(
      (SELECT max(r.started_at) FROM reconciliations r WHERE r.account = a.name AND r.state IN ('agreed', 'differs')), '-infinity')))
  FROM accounts a JOIN account_clocks c ON c.account = a.name WHERE a.quarantine IS NULL ORDER BY a.name;
END $$;
