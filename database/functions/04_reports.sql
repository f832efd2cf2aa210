-- What the venue answered: outcomes of attempts, look-ups, orders and fills. All written under the account's lock.

CREATE OR REPLACE FUNCTION order_json(o orders) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT jsonb_build_object('clientOrderId', o.client_order_id, 'intentId', o.intent_id, 'tradeId', o.trade_id,
      'account', o.account, 'instrument', o.instrument, 'leg', o.leg, 'revision', o.revision, 'side', o.side,
      'quantity', plain(o.quantity), 'type', o.type, 'price', plain(o.price), 'stopPrice', plain(o.stop_price),
      'timeInForce', o.time_in_force, 'postOnly', o.post_only, 'trailBps', o.trail_bps, 'trailAmount', plain(o.trail_amount), 'limitOffset', plain(o.limit_offset),
      'venueStopPrice', plain(o.venue_stop_price), 'goodTill', iso(o.good_till),
      'outsideRegularHours', o.outside_regular_hours, 'state', o.state, 'increases', o.increases, 'closed', o.closed_at IS NOT NULL,
      'venueOrderId', o.venue_order_id, 'venueState', o.venue_state, 'venueFilled', plain(o.venue_filled),
      'booked', plain(o.booked), 'refusal', o.refusal, 'rejectCode', o.reject_code, 'rejectDetail', o.reject_detail,
      'createdAt', iso(o.created_at), 'updatedAt', iso(o.updated_at),
      'attempts', coalesce((SELECT max(a.n) FROM order_attempts a WHERE a.client_order_id = o.client_order_id), 0)));
END $$;

-- Opens a trade again that had ended while something of it was still at the venue: nothing is left unguarded.
CREATE OR REPLACE FUNCTION reopen_trade(p_trade text, p_why text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  UPDATE trades SET phase = 'managing', outcome = NULL, outcome_code = NULL, outcome_detail = NULL, ended_at = NULL,
    realised_pnl = NULL, dust = 0, attention = p_why, updated_at = clock_timestamp()
  WHERE id = p_trade AND phase = 'ended';
  IF FOUND THEN
    PERFORM note_event(p_trade, 'phase', 'managing', '{}');
    PERFORM note_event(p_trade, 'attention', p_why, '{}');
  END IF;
END $$;

-- Something at the venue that must not be: a person must look, and the trade goes on even if it had ended.
CREATE OR REPLACE FUNCTION call_person(p_trade text, p_why text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM reopen_trade(p_trade, p_why);
  UPDATE trades SET attention = p_why, updated_at = clock_timestamp()
  WHERE id = p_trade AND attention IS DISTINCT FROM p_why;
  IF FOUND THEN PERFORM note_event(p_trade, 'attention', p_why, '{}'); END IF;
END $$;

-- A trade whose last order in doubt was settled needs nobody to look any more.
CREATE OR REPLACE FUNCTION doubt_settled(p_trade text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  UPDATE trades SET attention = NULL, updated_at = clock_timestamp()
  WHERE id = p_trade AND attention = 'unknown_order'
    AND NOT EXISTS (SELECT FROM orders WHERE trade_id = p_trade AND state IN ('sending', 'unknown'));
END $$;

-- The first fill of a trailing entry makes a price of its stop's distance, in the transaction that books it: on the losing side of
-- that fill, on the tick nearer to it. Whatever fills later, or is corrected, the stop of the trade stands there.
CREATE OR REPLACE FUNCTION anchor_stop(p_trade text, i instruments, p_side text, p_price numeric) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  t trades;
  tick numeric;
  level numeric;
BEGIN
  SELECT * INTO t FROM trades WHERE id = p_trade AND protection ? 'stopDistance' FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  tick := (traded_instrument(t.account, i) ->> 'tick')::numeric;
  level := CASE p_side
    WHEN 'buy' THEN greatest(tick, ceil((p_price - (t.protection ->> 'stopDistance')::numeric) / tick) * tick)
    ELSE floor((p_price + (t.protection ->> 'stopDistance')::numeric) / tick) * tick END;
  UPDATE trades SET protection = (protection - 'stopDistance') || jsonb_build_object('stopPrice', plain(level)), updated_at = clock_timestamp()
  WHERE id = p_trade;
  PERFORM note_event(p_trade, 'stop', 'derived', jsonb_build_object('stopPrice', plain(level), 'firstFill', plain(p_price)));
END $$;

-- Books one fill once; answers the order that it belongs to, '' for an order that is not ours, and null when there is
-- nothing new to book: a fill that was booked before, or one of an instrument that we do not trade. A foreign fill moves
-- the account's position and no trade's; those of a second order under one of our ids move the trade's. One that was booked
-- before and is told otherwise now goes to `amend_fill`.
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
  IF NOT FOUND THEN RETURN NULL; END IF;
  -- A venue's order ids may count by instrument.
  SELECT * INTO o FROM orders x WHERE x.account = p_account AND x.instrument = i.id
    AND (x.client_order_id = f ->> 'clientOrderId' OR x.venue_order_id = f ->> 'venueOrderId')
  ORDER BY (x.venue_order_id = f ->> 'venueOrderId') DESC NULLS LAST LIMIT 1 FOR UPDATE;
  -- Whose it is shows only when the orders since the dump are back in the journal; see 60_restores.sql.
  IF o.client_order_id IS NULL AND awaits_adoption(p_account) THEN RETURN NULL; END IF;
  second := coalesce(o.venue_order_id <> f ->> 'venueOrderId', false);
  INSERT INTO fills (venue, account, instrument, venue_order_id, venue_fill_id, client_order_id, trade_id, side, quantity,
                     price, fee, fee_asset, liquidity, market_at, revision, position_change, cash_change)
  VALUES (p_venue, p_account, i.id, f ->> 'venueOrderId', f ->> 'venueFillId',
          CASE WHEN second THEN NULL ELSE o.client_order_id END, o.trade_id, f ->> 'side',
          units, (f ->> 'price')::numeric, cost, f ->> 'feeAsset', f ->> 'liquidity', (f ->> 'marketAt')::timestamptz,
          coalesce((f ->> 'revision')::integer, 0), sign * units - CASE WHEN f ->> 'feeAsset' = i.base_asset THEN cost ELSE 0 END,
          -worth_of(i, sign * units, (f ->> 'price')::numeric) - CASE WHEN f ->> 'feeAsset' = i.quote_asset THEN cost ELSE 0 END)
  ON CONFLICT (venue, account, instrument, venue_order_id, venue_fill_id, amendment) DO NOTHING;
  IF NOT FOUND THEN RETURN amend_fill(p_venue, p_account, i, f); END IF;
  IF o.client_order_id IS NULL THEN RETURN ''; END IF;
  PERFORM note_event(o.trade_id, 'fill', o.leg, f || jsonb_build_object('leg', o.leg));
  IF second THEN
    -- A second order under one of our ids.
    PERFORM call_person(o.trade_id, 'second_order_at_venue');
    RETURN '';
  END IF;
  IF o.leg = 'entry' THEN PERFORM anchor_stop(o.trade_id, i, o.side, (f ->> 'price')::numeric); END IF;
  -- More than was ordered: the position has all of it, the order counts as filled, and a person must look.
  IF o.booked + units > o.quantity THEN PERFORM call_person(o.trade_id, 'overfilled'); END IF;
  UPDATE orders SET booked = least(quantity, booked + units),
    venue_filled = least(quantity, greatest(venue_filled, booked + units)), venue_order_id = f ->> 'venueOrderId', updated_at = clock_timestamp()
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

-- Brings an order of ours to its settled state; a trade that had ended is opened again when something filled or works.
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
    IF o.state = 'unknown' THEN PERFORM doubt_settled(o.trade_id); END IF;
  END IF;
  IF p_new_fill OR next_state IN ('open', 'partial') THEN
    PERFORM reopen_trade(o.trade_id, CASE WHEN p_new_fill THEN 'late_fill' ELSE 'late_order' END);
  END IF;
  -- Settled as never arrived, and here it is: the venue's times are not what we take them for.
  IF o.state IN ('created', 'unsent') AND next_state <> o.state THEN
    UPDATE trades SET attention = 'late_order', updated_at = clock_timestamp()
    WHERE id = o.trade_id AND coalesce(attention, 'unknown_order') = 'unknown_order';
    IF FOUND THEN PERFORM note_event(o.trade_id, 'attention', 'late_order', jsonb_build_object('clientOrderId', p_id, 'leg', o.leg)); END IF;
  END IF;
END $$;

-- Where a trailing order's stop stands after the venue showed it at a level: it only ever moves towards the market, however
-- late a report comes. Null for an order whose stop does not move, and where the venue does not tell.
CREATE OR REPLACE FUNCTION trailed_to(o orders, p_shown numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN o.type IN ('trailing-stop', 'trailing-stop-limit') THEN
    CASE o.side WHEN 'sell' THEN greatest(o.venue_stop_price, p_shown) ELSE least(o.venue_stop_price, p_shown) END END
$$;

-- Whether the journal has all of a report already: each order of ours as far on as it is shown, each fill booked. Most
-- of what a poll shows is known, and is then answered without a lock and without a commit. Counts never go down and an
-- end is final, so what is known now stays so.
CREATE OR REPLACE FUNCTION report_is_known(p jsonb) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN NOT EXISTS (
      SELECT FROM jsonb_to_recordset(p -> 'orders')
        AS v("clientOrderId" text, "venueOrderId" text, state text, "filledQuantity" numeric, "stopPrice" numeric)
      JOIN orders o ON o.client_order_id = v."clientOrderId" AND o.account = p ->> 'account'
      WHERE o.venue_order_id IS DISTINCT FROM v."venueOrderId" OR o.venue_filled < least(o.quantity, v."filledQuantity")
        OR (o.venue_state IS DISTINCT FROM v.state AND coalesce(o.venue_state, 'open') = 'open')
        OR o.venue_stop_price IS DISTINCT FROM trailed_to(o, v."stopPrice")
        OR o.state IN ('created', 'sending', 'unknown'))
    AND NOT EXISTS (
      SELECT FROM jsonb_array_elements(p -> 'fills') v
      WHERE NOT coalesce(fill_is_known(last_fill(p ->> 'venue', p ->> 'account', v), v), false));
END $$;

-- Writes what a venue shows: {venue, account, orders: [...], fills: [...]}. May be repeated, and may come late or out of
-- order: counts never go down and an end is final. Answers the trades that it touched and the number of new fills.
CREATE OR REPLACE FUNCTION apply_report(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v jsonb;
  o orders;
  touched text[] := '{}';
  filled text[] := '{}';
  strangers text[] := '{}';
  stranger text;
  counted numeric;
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
    IF o.venue_order_id IS DISTINCT FROM v ->> 'venueOrderId' THEN
      stranger := match_error(o, v, coalesce((p ->> 'skewMs')::integer, 0));
      -- An old order at the venue with the same id is not this order, nor are its fills this order's.
      IF stranger IS NOT NULL THEN strangers := strangers || (v ->> 'venueOrderId'); END IF;
      IF stranger IS NULL AND o.venue_order_id IS NOT NULL THEN PERFORM call_person(o.trade_id, 'second_order_at_venue'); END IF;
      CONTINUE WHEN stranger IS NOT NULL OR o.venue_order_id IS NOT NULL;
    END IF;
    counted := least(o.quantity, (v ->> 'filledQuantity')::numeric);
    IF o.venue_order_id IS NULL OR o.venue_filled < counted OR o.venue_stop_price IS DISTINCT FROM trailed_to(o, (v ->> 'stopPrice')::numeric)
       OR (o.venue_state IS DISTINCT FROM v ->> 'state' AND coalesce(o.venue_state, 'open') = 'open') THEN
      -- An order that the venue shows outweighs an earlier answer that it was rejected, which names no venue order.
      UPDATE orders SET venue_order_id = v ->> 'venueOrderId',
        venue_received_at = coalesce(venue_received_at, (v ->> 'receivedAt')::timestamptz),
        venue_state = CASE WHEN venue_order_id IS NULL OR coalesce(venue_state, 'open') = 'open' THEN v ->> 'state' ELSE venue_state END,
        reject_code = CASE WHEN v ->> 'state' = 'rejected' THEN reject_code END,
        venue_filled = greatest(venue_filled, counted), venue_stop_price = trailed_to(o, (v ->> 'stopPrice')::numeric), updated_at = clock_timestamp()
      WHERE client_order_id = o.client_order_id;
      touched := touched || o.client_order_id;
    END IF;
  END LOOP;
  FOR v IN SELECT * FROM jsonb_array_elements(p -> 'fills') LOOP
    IF v ->> 'venueOrderId' = ANY (strangers) THEN v := v - 'clientOrderId'; END IF;
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

-- As apply_report, for what is most often known already.
CREATE OR REPLACE FUNCTION apply_news(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF report_is_known(p) THEN RETURN jsonb_build_object('newFills', 0, 'trades', '[]'::jsonb); END IF;
  RETURN apply_report(p);
END $$;

-- Why an order that the venue shows cannot be the journalled one, or null. Where a trailing stop stands is no part of it.
CREATE OR REPLACE FUNCTION match_error(o orders, v jsonb, p_skew_ms integer) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN CASE
      WHEN o.instrument <> v ->> 'instrument' THEN 'instrument'
      WHEN o.side <> v ->> 'side' THEN 'side'
      WHEN o.quantity <> (v ->> 'quantity')::numeric THEN 'quantity'
      WHEN o.type <> v ->> 'type' THEN 'type'
      WHEN (v ->> 'receivedAt')::timestamptz < o.created_at - p_skew_ms * interval '1 millisecond' - interval '1 millisecond'
        THEN 'older than its journal row'
    END;
END $$;

-- An order of the journal under its locks, account and trade first.
CREATE OR REPLACE FUNCTION lock_order(p_id text) RETURNS orders LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  o orders;
BEGIN
  SELECT * INTO o FROM orders WHERE client_order_id = p_id;
  IF NOT FOUND THEN RAISE EXCEPTION 'no order %', p_id; END IF;
  PERFORM FROM accounts WHERE name = o.account FOR NO KEY UPDATE;
  PERFORM FROM trades WHERE id = o.trade_id FOR NO KEY UPDATE;
  SELECT * INTO o FROM orders WHERE client_order_id = p_id FOR UPDATE;
  RETURN o;
END $$;

-- The answer to attempt n, from its owner. `outcome` is 'acked' (with `report` as for apply_report), 'rejected',
-- 'not-sent' or 'unknown'. Evidence counts whenever it comes: an attempt that others took for unknown may still turn
-- out to be acked, rejected or never sent.
CREATE OR REPLACE FUNCTION record_outcome(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  o orders;
  verdict text := p ->> 'outcome';
BEGIN
  o := lock_order(p ->> 'clientOrderId');
  IF verdict = 'acked' THEN
    PERFORM apply_report(p -> 'report');
    SELECT * INTO o FROM orders WHERE client_order_id = o.client_order_id;
    -- What the venue acknowledged is not the journalled order: of that one nothing is known.
    IF o.state IN ('sending', 'unknown') THEN verdict := 'unknown'; END IF;
  END IF;
  UPDATE order_attempts SET state = verdict, finished_at = clock_timestamp(), detail = p ->> 'detail'
  WHERE client_order_id = o.client_order_id AND n = (p ->> 'n')::integer AND owner = p ->> 'owner'
    AND state IN ('sending', 'unknown');
  IF FOUND AND o.state IN ('sending', 'unknown') THEN
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
    IF verdict <> 'unknown' THEN PERFORM doubt_settled(o.trade_id); END IF;
    PERFORM settle_clock(o.account);
  END IF;
  SELECT * INTO o FROM orders WHERE client_order_id = o.client_order_id;
  RETURN order_json(o);
END $$;

-- The answer to a look-up of an order in doubt: {clientOrderId, askedAt, result: 'found' | 'not-found' | 'inconclusive',
-- report?, lagMs, skewMs, retentionMs}. `askedAt` is this server's time before the venue was asked. What was found counts
-- whenever it comes. Absence counts only when the venue was asked after the attempt's validity, by a clock that may be
-- slow, plus its read lag, within its retention, and when it was seen twice, a lag apart.
-- Answers {verdict: 'found' | 'not-found' | 'again', order, n, waitMs}.
CREATE OR REPLACE FUNCTION record_lookup(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  o orders;
  a order_attempts;
  lag interval := (p ->> 'lagMs')::integer * interval '1 millisecond';
  seen text := p ->> 'result';
  mismatch text;
  moment timestamptz;
  asked timestamptz;
  absent_from timestamptz;
  settled boolean := false;
BEGIN
  o := lock_order(p ->> 'clientOrderId');
  SELECT * INTO a FROM order_attempts WHERE client_order_id = o.client_order_id ORDER BY n DESC LIMIT 1;
  moment := clock_timestamp();
  -- An answer may have been held up on its way here: only the moment of the question counts.
  asked := least(moment, coalesce((p ->> 'askedAt')::timestamptz, '-infinity'));
  IF seen = 'found' THEN
    mismatch := match_error(o, p -> 'report' -> 'orders' -> 0, (p ->> 'skewMs')::integer);
    IF mismatch IS NULL THEN
      INSERT INTO order_lookups (client_order_id, n, at, result) VALUES (o.client_order_id, coalesce(a.n, 0), asked, seen);
      PERFORM apply_report(p -> 'report');
      SELECT * INTO o FROM orders WHERE client_order_id = o.client_order_id;
    END IF;
  END IF;
  IF o.state NOT IN ('sending', 'unknown') THEN
    RETURN jsonb_build_object('verdict', CASE WHEN o.state IN ('created', 'unsent') THEN 'not-found' ELSE 'found' END,
      'order', order_json(o), 'n', coalesce(a.n, 0), 'waitMs', 0);
  END IF;
  PERFORM doubt_attempt(o.client_order_id, a.n);
  absent_from := a.valid_until + (p ->> 'skewMs')::integer * interval '1 millisecond' + lag;
  IF seen = 'found' THEN
    seen := 'mismatch';
  ELSIF seen = 'not-found' AND asked < absent_from THEN
    seen := 'too-early';
  ELSIF seen = 'not-found' AND asked > a.fenced_at + (p ->> 'retentionMs')::bigint * interval '1 millisecond' THEN
    seen := 'inconclusive';
  ELSIF seen = 'not-found' THEN
    settled := EXISTS (SELECT FROM order_lookups l WHERE l.client_order_id = o.client_order_id AND l.n = a.n
                       AND l.result = 'not-found' AND l.at <= asked - lag);
  END IF;
  INSERT INTO order_lookups (client_order_id, n, at, result, detail)
  VALUES (o.client_order_id, a.n, asked, seen, coalesce(mismatch, p ->> 'detail'));
  IF settled THEN
    UPDATE order_attempts SET state = 'not-found', finished_at = moment WHERE client_order_id = o.client_order_id AND n = a.n;
    UPDATE orders SET state = CASE WHEN closed_at IS NULL THEN 'created' ELSE 'unsent' END, updated_at = moment
    WHERE client_order_id = o.client_order_id RETURNING * INTO o;
    PERFORM doubt_settled(o.trade_id);
    PERFORM settle_clock(o.account);
    RETURN jsonb_build_object('verdict', 'not-found', 'order', order_json(o), 'n', a.n, 'waitMs', 0);
  END IF;
  UPDATE trades SET attention = 'unknown_order' WHERE id = o.trade_id AND attention IS NULL AND phase <> 'ended';
  SELECT * INTO o FROM orders WHERE client_order_id = o.client_order_id;
  RETURN jsonb_build_object('verdict', 'again', 'order', order_json(o), 'n', a.n, 'waitMs', ceil(1000 * extract(epoch FROM
    greatest(interval '50 milliseconds', absent_from - moment, CASE WHEN seen = 'not-found' THEN lag ELSE interval '0' END))));
END $$;
