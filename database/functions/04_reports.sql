-- What the venue answered: outcomes of attempts, look-ups, orders and fills. All written under the account's lock.

CREATE OR REPLACE FUNCTION order_json(o orders) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('clientOrderId', o.client_order_id, 'intentId', o.intent_id, 'tradeId', o.trade_id,
    'account', o.account, 'instrument', o.instrument, 'leg', o.leg, 'revision', o.revision, 'side', o.side,
    'quantity', plain(o.quantity), 'type', o.type, 'price', plain(o.price), 'stopPrice', plain(o.stop_price),
    'timeInForce', o.time_in_force, 'state', o.state, 'increases', o.increases, 'closed', o.closed_at IS NOT NULL,
    'venueOrderId', o.venue_order_id, 'venueState', o.venue_state, 'venueFilled', plain(o.venue_filled),
    'booked', plain(o.booked), 'refusal', o.refusal, 'rejectCode', o.reject_code, 'rejectDetail', o.reject_detail,
    'createdAt', iso(o.created_at), 'updatedAt', iso(o.updated_at),
    'attempts', coalesce((SELECT max(a.n) FROM order_attempts a WHERE a.client_order_id = o.client_order_id), 0))
$$;

-- Books one fill once; answers the order that it belongs to, '' for an order that is not ours, and null when the fill
-- was booked before. A foreign fill moves the account's position and no trade's. A second order at the venue under one
-- of our ids must not exist; should it, its fills move the trade's position and call for a person.
CREATE OR REPLACE FUNCTION book_fill(p_venue text, p_account text, f jsonb) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  o orders;
  i instruments;
  sign integer := CASE f ->> 'side' WHEN 'buy' THEN 1 ELSE -1 END;
  units numeric := (f ->> 'quantity')::numeric;
  cost numeric := (f ->> 'fee')::numeric;
  second boolean;
BEGIN
  SELECT * INTO i FROM instruments WHERE id = f ->> 'instrument';
  SELECT * INTO o FROM orders x WHERE x.account = p_account
    AND (x.client_order_id = f ->> 'clientOrderId' OR x.venue_order_id = f ->> 'venueOrderId')
  ORDER BY (x.venue_order_id = f ->> 'venueOrderId') DESC NULLS LAST LIMIT 1 FOR UPDATE;
  second := coalesce(o.venue_order_id <> f ->> 'venueOrderId', false);
  INSERT INTO fills (venue, account, instrument, venue_order_id, venue_fill_id, client_order_id, trade_id, side, quantity,
                     price, fee, fee_asset, liquidity, market_at, position_change, cash_change)
  VALUES (p_venue, p_account, i.id, f ->> 'venueOrderId', f ->> 'venueFillId',
          CASE WHEN second THEN NULL ELSE o.client_order_id END, o.trade_id, f ->> 'side',
          units, (f ->> 'price')::numeric, cost, f ->> 'feeAsset', f ->> 'liquidity', (f ->> 'marketAt')::timestamptz,
          sign * units - CASE WHEN f ->> 'feeAsset' = i.base_asset THEN cost ELSE 0 END,
          -sign * units * (f ->> 'price')::numeric - CASE WHEN f ->> 'feeAsset' = i.quote_asset THEN cost ELSE 0 END)
  ON CONFLICT (venue, account, instrument, venue_order_id, venue_fill_id) DO NOTHING;
  IF NOT FOUND THEN RETURN NULL; END IF;
  IF o.client_order_id IS NULL THEN RETURN ''; END IF;
  PERFORM note_event(o.trade_id, 'fill', o.leg, f || jsonb_build_object('leg', o.leg));
  IF second THEN
    UPDATE trades SET attention = 'second_order_at_venue' WHERE id = o.trade_id;
    RETURN '';
  END IF;
  UPDATE orders SET booked = booked + units, venue_filled = greatest(venue_filled, booked + units),
    venue_order_id = f ->> 'venueOrderId', updated_at = clock_timestamp()
  WHERE client_order_id = o.client_order_id;
  RETURN o.client_order_id;
END $$;

-- The state of an order from all that is known of it; terminal only when every fill that the venue counts is booked.
CREATE OR REPLACE FUNCTION settled_state(o orders) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN o.venue_state IS NULL AND o.booked = 0 THEN o.state
    WHEN o.venue_state IN ('filled', 'cancelled', 'expired', 'rejected') AND o.booked = o.venue_filled THEN o.venue_state
    WHEN o.booked > 0 THEN 'partial'
    ELSE 'open'
  END
$$;

-- Brings an order of ours to its settled state; a trade that had ended is opened again when something filled.
CREATE OR REPLACE FUNCTION settle_order(p_id text, p_new_fill boolean) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  o orders;
  next_state text;
BEGIN
  SELECT * INTO o FROM orders WHERE client_order_id = p_id FOR UPDATE;
  next_state := settled_state(o);
  IF next_state <> o.state THEN
    UPDATE orders SET state = next_state, updated_at = clock_timestamp() WHERE client_order_id = p_id;
    PERFORM note_event(o.trade_id, 'order', next_state, jsonb_build_object('clientOrderId', p_id, 'leg', o.leg));
    UPDATE order_attempts SET state = 'acked', finished_at = clock_timestamp()
    WHERE client_order_id = p_id AND state IN ('sending', 'unknown');
  END IF;
  IF p_new_fill THEN
    UPDATE trades SET phase = 'managing', outcome = NULL, outcome_code = NULL, outcome_detail = NULL, ended_at = NULL,
      realised_pnl = NULL, attention = 'late_fill', updated_at = clock_timestamp()
    WHERE id = o.trade_id AND phase = 'ended';
    IF FOUND THEN PERFORM note_event(o.trade_id, 'attention', 'late_fill', jsonb_build_object('clientOrderId', p_id)); END IF;
  END IF;
END $$;

-- Writes what a venue shows: {venue, account, orders: [...], fills: [...]}. May be repeated, and may come late or out of
-- order: counts never go down and an end is final. Answers the trades that it touched and the number of new fills.
CREATE OR REPLACE FUNCTION apply_report(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v jsonb;
  o orders;
  touched text[] := '{}';
  filled text[] := '{}';
  new_fills integer := 0;
  booked_to text;
BEGIN
  PERFORM FROM accounts WHERE name = p ->> 'account' FOR NO KEY UPDATE;
  -- Trades before orders, in one order, as everywhere.
  PERFORM FROM trades WHERE trades.id IN (
    SELECT trade_id FROM orders x WHERE x.account = p ->> 'account' AND (
      x.client_order_id IN (SELECT e ->> 'clientOrderId' FROM jsonb_array_elements((p -> 'orders') || (p -> 'fills')) e)
      OR x.venue_order_id IN (SELECT e ->> 'venueOrderId' FROM jsonb_array_elements(p -> 'fills') e)))
  ORDER BY trades.id FOR NO KEY UPDATE;
  FOR v IN SELECT * FROM jsonb_array_elements(p -> 'orders') LOOP
    SELECT * INTO o FROM orders WHERE client_order_id = v ->> 'clientOrderId' AND account = p ->> 'account' FOR UPDATE;
    CONTINUE WHEN NOT FOUND;
    -- An old order at the venue with the same id is not this order.
    CONTINUE WHEN o.venue_order_id IS NOT NULL AND o.venue_order_id <> v ->> 'venueOrderId';
    CONTINUE WHEN o.venue_order_id IS NULL AND match_error(o, v, coalesce((p ->> 'skewMs')::integer, 0)) IS NOT NULL;
    IF o.venue_order_id IS NULL OR o.venue_filled < (v ->> 'filledQuantity')::numeric
       OR (o.venue_state IS DISTINCT FROM v ->> 'state' AND coalesce(o.venue_state, 'open') = 'open') THEN
      UPDATE orders SET venue_order_id = v ->> 'venueOrderId',
        venue_state = CASE WHEN coalesce(venue_state, 'open') = 'open' THEN v ->> 'state' ELSE venue_state END,
        venue_filled = greatest(venue_filled, (v ->> 'filledQuantity')::numeric), updated_at = clock_timestamp()
      WHERE client_order_id = o.client_order_id;
      touched := touched || o.client_order_id;
    END IF;
  END LOOP;
  FOR v IN SELECT * FROM jsonb_array_elements(p -> 'fills') LOOP
    booked_to := book_fill(p ->> 'venue', p ->> 'account', v);
    CONTINUE WHEN booked_to IS NULL;
    new_fills := new_fills + 1;
    CONTINUE WHEN booked_to = '';
    touched := touched || booked_to;
    filled := filled || booked_to;
  END LOOP;
  FOR booked_to IN SELECT DISTINCT unnest(touched) LOOP
    PERFORM settle_order(booked_to, booked_to = ANY (filled));
  END LOOP;
  PERFORM settle_clock(p ->> 'account');
  RETURN jsonb_build_object('newFills', new_fills, 'trades',
    coalesce((SELECT jsonb_agg(DISTINCT trade_id) FROM orders WHERE client_order_id = ANY (touched)), '[]'));
END $$;

-- Why an order that the venue shows cannot be the journalled one, or null.
CREATE OR REPLACE FUNCTION match_error(o orders, v jsonb, p_skew_ms integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN o.instrument <> v ->> 'instrument' THEN 'instrument'
    WHEN o.side <> v ->> 'side' THEN 'side'
    WHEN o.quantity <> (v ->> 'quantity')::numeric THEN 'quantity'
    WHEN o.type <> v ->> 'type' THEN 'type'
    WHEN (v ->> 'receivedAt')::timestamptz < o.created_at - p_skew_ms * interval '1 millisecond' - interval '1 millisecond'
      THEN 'older than its journal row'
  END
$$;

-- The answer to attempt n, from its owner. `outcome` is 'acked' (with `report` as for apply_report), 'rejected',
-- 'not-sent' or 'unknown'. Evidence counts whenever it comes: an attempt that others took for unknown may still turn
-- out to be acked, rejected or never sent.
CREATE OR REPLACE FUNCTION record_outcome(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  o orders;
  verdict text := p ->> 'outcome';
BEGIN
  SELECT * INTO o FROM orders WHERE client_order_id = p ->> 'clientOrderId';
  PERFORM FROM accounts WHERE name = o.account FOR NO KEY UPDATE;
  PERFORM FROM trades WHERE id = o.trade_id FOR NO KEY UPDATE;
  SELECT * INTO o FROM orders WHERE client_order_id = o.client_order_id FOR UPDATE;
  UPDATE order_attempts SET state = verdict, finished_at = clock_timestamp(), detail = p ->> 'detail'
  WHERE client_order_id = o.client_order_id AND n = (p ->> 'n')::integer AND owner = p ->> 'owner'
    AND state IN ('sending', 'unknown');
  IF FOUND AND o.state IN ('sending', 'unknown') AND verdict <> 'acked' THEN
    UPDATE orders SET updated_at = clock_timestamp(),
      reject_code = CASE WHEN verdict = 'rejected' THEN p ->> 'code' END,
      reject_detail = CASE WHEN verdict = 'rejected' THEN p ->> 'detail' END,
      venue_state = CASE WHEN verdict = 'rejected' THEN 'rejected' ELSE venue_state END,
      state = CASE verdict WHEN 'rejected' THEN 'rejected' WHEN 'unknown' THEN 'unknown'
                           ELSE CASE WHEN closed_at IS NULL THEN 'created' ELSE 'unsent' END END
    WHERE client_order_id = o.client_order_id;
    IF verdict <> 'not-sent' THEN
      PERFORM note_event(o.trade_id, 'order', verdict, jsonb_build_object('clientOrderId', o.client_order_id, 'leg', o.leg));
    END IF;
    PERFORM settle_clock(o.account);
  END IF;
  IF verdict = 'acked' THEN PERFORM apply_report(p -> 'report'); END IF;
  SELECT * INTO o FROM orders WHERE client_order_id = o.client_order_id;
  RETURN order_json(o);
END $$;

-- The answer to a look-up of an order in doubt: {clientOrderId, result: 'found' | 'not-found' | 'inconclusive', report?,
-- lagMs, skewMs, retentionMs}. Absence counts only after the attempt's validity plus the venue's read lag, within its
-- retention, and when it was seen twice, a lag apart. Answers {verdict: 'found' | 'not-found' | 'again', order, n, waitMs}.
CREATE OR REPLACE FUNCTION record_lookup(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  o orders;
  a order_attempts;
  lag interval := (p ->> 'lagMs')::integer * interval '1 millisecond';
  seen text := p ->> 'result';
  mismatch text;
  moment timestamptz;
  settled boolean := false;
BEGIN
  SELECT * INTO o FROM orders WHERE client_order_id = p ->> 'clientOrderId';
  PERFORM FROM accounts WHERE name = o.account FOR NO KEY UPDATE;
  PERFORM FROM trades WHERE id = o.trade_id FOR NO KEY UPDATE;
  SELECT * INTO o FROM orders WHERE client_order_id = o.client_order_id FOR UPDATE;
  SELECT * INTO a FROM order_attempts WHERE client_order_id = o.client_order_id ORDER BY n DESC LIMIT 1;
  IF o.state NOT IN ('sending', 'unknown') THEN
    RETURN jsonb_build_object('verdict', CASE WHEN o.state IN ('created', 'unsent') THEN 'not-found' ELSE 'found' END,
      'order', order_json(o), 'n', coalesce(a.n, 0), 'waitMs', 0);
  END IF;
  PERFORM doubt_attempt(o.client_order_id, a.n);
  moment := clock_timestamp();
  IF seen = 'found' THEN
    mismatch := match_error(o, p -> 'report' -> 'orders' -> 0, (p ->> 'skewMs')::integer);
    IF mismatch IS NULL THEN
      INSERT INTO order_lookups (client_order_id, n, result) VALUES (o.client_order_id, a.n, 'found');
      PERFORM apply_report(p -> 'report');
      SELECT * INTO o FROM orders WHERE client_order_id = o.client_order_id;
      RETURN jsonb_build_object('verdict', 'found', 'order', order_json(o), 'n', a.n, 'waitMs', 0);
    END IF;
    seen := 'mismatch';
  ELSIF seen = 'not-found' AND moment < a.valid_until + lag THEN
    seen := 'too-early';
  ELSIF seen = 'not-found' AND moment > a.fenced_at + (p ->> 'retentionMs')::bigint * interval '1 millisecond' THEN
    seen := 'inconclusive';
  ELSIF seen = 'not-found' THEN
    settled := EXISTS (SELECT FROM order_lookups l WHERE l.client_order_id = o.client_order_id AND l.n = a.n
                       AND l.result = 'not-found' AND l.at <= moment - lag);
  END IF;
  INSERT INTO order_lookups (client_order_id, n, at, result, detail)
  VALUES (o.client_order_id, a.n, moment, seen, coalesce(mismatch, p ->> 'detail'));
  IF settled THEN
    UPDATE order_attempts SET state = 'not-found', finished_at = moment WHERE client_order_id = o.client_order_id AND n = a.n;
    UPDATE orders SET state = CASE WHEN closed_at IS NULL THEN 'created' ELSE 'unsent' END, updated_at = moment
    WHERE client_order_id = o.client_order_id RETURNING * INTO o;
    PERFORM settle_clock(o.account);
    RETURN jsonb_build_object('verdict', 'not-found', 'order', order_json(o), 'n', a.n, 'waitMs', 0);
  END IF;
  UPDATE trades SET attention = 'unknown_order' WHERE id = o.trade_id AND attention IS NULL AND phase <> 'ended';
  SELECT * INTO o FROM orders WHERE client_order_id = o.client_order_id;
  RETURN jsonb_build_object('verdict', 'again', 'order', order_json(o), 'n', a.n, 'waitMs', ceil(1000 * extract(epoch FROM
    greatest(interval '50 milliseconds', a.valid_until + lag - moment, CASE WHEN seen = 'not-found' THEN lag ELSE interval '0' END))));
END $$;
