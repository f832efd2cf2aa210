-- The fence: what every order passes in one database call before its first byte leaves.
-- Lock order, everywhere: kill_switch, account, trade, order.

-- Why the kill switch refuses an order of this purpose ('increase', 'protect', 'exit'), or null when it admits it.
CREATE OR REPLACE FUNCTION halt_refusal(fence kill_switch[], p_epoch bigint, p_purpose text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN CASE
      WHEN NOT EXISTS (SELECT FROM unnest(fence) k WHERE k.scope = 'global') THEN 'fence_unavailable'
      WHEN p_purpose = 'increase' THEN
        (SELECT 'halted' FROM unnest(fence) k WHERE k.engaged OR k.epoch > p_epoch LIMIT 1)
      WHEN EXISTS (SELECT FROM unnest(fence) k WHERE k.engaged AND k.flatten) THEN NULL
      ELSE (SELECT 'halted' FROM unnest(fence) k
            WHERE k.engaged AND k.mode = 'halt-all' AND p_purpose <> 'protect' LIMIT 1)
    END;
END $$;

-- What an order may still fill that is not booked: its open rest, or after its end what the venue counted.
CREATE OR REPLACE FUNCTION unbooked(o orders) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN o.state = 'created' OR o.state = 'unsent' THEN 0
    WHEN o.venue_state IS NOT NULL AND o.venue_state <> 'open' THEN greatest(0, o.venue_filled - o.booked)
    WHEN o.state IN ('sending', 'unknown', 'open', 'partial') THEN o.quantity - o.booked
    ELSE greatest(0, o.venue_filled - o.booked)
  END
$$;

CREATE OR REPLACE FUNCTION trade_position(p_trade text) RETURNS numeric LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN (SELECT coalesce(sum(position_change), 0) FROM fills WHERE trade_id = p_trade);
END $$;

-- Units that one more reducing order of the trade may have: the booked position less what other reducing orders may
-- still take from it.
CREATE OR REPLACE FUNCTION reducing_capacity(p_trade text, p_position numeric, p_except text) RETURNS numeric
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN (SELECT abs(p_position) - coalesce(sum(unbooked(o)), 0)
    FROM orders o
    WHERE o.trade_id = p_trade AND o.client_order_id <> p_except AND o.state IN ('sending', 'unknown', 'open', 'partial')
      AND o.side = CASE WHEN p_position > 0 THEN 'sell' ELSE 'buy' END);
END $$;

-- Why an increasing order breaks a limit of its approval, or null. Runs under the account's lock, so that of two
-- trades that fit only one at a time, one passes. Orders in doubt count as filled.
CREATE OR REPLACE FUNCTION limit_refusal(t trades, p_id text, p_side text, p_quantity numeric) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  a approvals;
  i instruments;
  notional numeric;
  reserved_here numeric;
  reserved_all numeric;
  spent numeric;
  held_here numeric;
  held_all numeric;
BEGIN
  SELECT * INTO a FROM approvals WHERE client_order_id = p_id;
  -- What was approved is the trade's direction, too.
  IF NOT FOUND OR a.trade_id <> t.id OR t.direction IS DISTINCT FROM (CASE p_side WHEN 'buy' THEN 'long' ELSE 'short' END) THEN
    RETURN 'not_approved';
  END IF;
  IF a.expires_at <= clock_timestamp() THEN RETURN 'approval_expired'; END IF;
  SELECT * INTO i FROM instruments WHERE id = t.instrument;
  -- The calendar's moment is the approval's; from the day itself on, in UTC, no approval is believed.
  IF i.last_trading_day IS NOT NULL AND (market_now(t.account) >= (a.limits ->> 'noEntryFrom')::timestamptz
      OR market_now(t.account) >= i.last_trading_day::timestamp AT TIME ZONE 'UTC') THEN
    RETURN 'contract_ending';
  END IF;
  notional := worth_of(i, p_quantity, a.reference_price);
  IF p_quantity > a.max_quantity OR notional > a.max_notional THEN RETURN 'over_approval'; END IF;
  IF EXISTS (SELECT FROM orders WHERE account = t.account AND instrument = t.instrument AND state = 'unknown'
             AND client_order_id <> p_id) THEN
    RETURN 'unknown_order';
  END IF;

  IF EXISTS (
    SELECT FROM trades o WHERE o.account = t.account AND o.instrument = t.instrument AND o.phase <> 'ended' AND o.id <> t.id
      AND (trade_position(o.id) * CASE p_side WHEN 'buy' THEN 1 ELSE -1 END < 0
           OR EXISTS (SELECT FROM orders x WHERE x.trade_id = o.id AND x.increases AND x.side <> p_side
                      AND x.state IN ('sending', 'unknown', 'open', 'partial')))) THEN
    RETURN 'opposite_trade';
  END IF;
  IF (a.limits ->> 'maxOpenTrades')::integer <= (
    SELECT count(*) FROM trades o WHERE o.account = t.account AND o.phase <> 'ended' AND o.id <> t.id
      AND (trade_position(o.id) <> 0
           OR EXISTS (SELECT FROM orders x WHERE x.trade_id = o.id AND x.increases
                      AND x.state IN ('sending', 'unknown', 'open', 'partial')))) THEN
    RETURN 'open_trades';
  END IF;

  SELECT coalesce(sum(worth_of(x, unbooked(o), o.reference_price)), 0),
         coalesce(sum(worth_of(x, unbooked(o), o.reference_price)) FILTER (WHERE o.instrument = t.instrument), 0)
  INTO reserved_all, reserved_here
  FROM orders o JOIN instruments x ON x.id = o.instrument
  WHERE o.account = t.account AND o.increases AND o.client_order_id <> p_id
    AND o.state IN ('sending', 'unknown', 'open', 'partial');
  -- The approval's buying power is that of its moment: what was bought since is no reservation any more, but spent.
  SELECT coalesce(sum(worth_of(x, f.quantity, f.price)), 0) INTO spent
  FROM fills f JOIN instruments x ON x.id = f.instrument LEFT JOIN orders o USING (client_order_id)
  WHERE f.account = t.account AND f.booked_at >= a.approved_at AND coalesce(o.increases, true);
  SELECT coalesce(sum(worth), 0), coalesce(sum(worth) FILTER (WHERE instrument = t.instrument), 0)
  INTO held_all, held_here
  FROM (SELECT p.instrument, worth_of(x, abs(p.quantity), CASE WHEN p.instrument = t.instrument THEN a.reference_price ELSE coalesce(
          (SELECT m.price FROM marks m WHERE m.account = p.account AND m.instrument = p.instrument),
          (SELECT f.price FROM fills f WHERE f.account = p.account AND f.instrument = p.instrument
           ORDER BY f.id DESC LIMIT 1)) END) AS worth
        FROM account_positions p JOIN instruments x ON x.id = p.instrument
        WHERE p.account = t.account AND p.quantity <> 0) held;
  IF spent + reserved_all + notional > (a.limits ->> 'buyingPower')::numeric THEN RETURN 'buying_power'; END IF;
  IF held_all + reserved_all + notional > (a.limits ->> 'maxGrossNotional')::numeric THEN RETURN 'leverage'; END IF;
  IF held_here + reserved_here + notional > (a.limits ->> 'maxInstrumentNotional')::numeric THEN
    RETURN 'concentration';
  END IF;
  RETURN policy_refusal(t, a, p_side, notional);
END $$;

-- Why the account, its trade or a rule refuses this order now, or null. Sets nothing.
CREATE OR REPLACE FUNCTION admission_refusal(fence kill_switch[], t trades, o orders, p_actor text) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  held numeric := trade_position(t.id);
  increasing boolean;
  refusal text;
BEGIN
  IF t.phase = 'ended' THEN RETURN 'trade_ended'; END IF;
  IF t.taken_over_epoch IS NOT NULL AND p_actor IS DISTINCT FROM 'halt' THEN RETURN 'taken_over'; END IF;
  IF EXISTS (SELECT FROM accounts WHERE name = t.account AND quarantine IS NOT NULL) THEN RETURN 'quarantined'; END IF;
  increasing := increases_position(held, o.side);
  IF increasing AND o.leg <> 'entry' THEN RETURN 'over_capacity'; END IF;
  refusal := halt_refusal(fence, t.epoch,
    CASE WHEN increasing THEN 'increase' WHEN o.leg LIKE 'stop%' THEN 'protect' ELSE 'exit' END);
  IF refusal IS NOT NULL THEN RETURN refusal; END IF;
  IF increasing AND is_unreconciled(t.account, t.instrument) THEN RETURN 'unreconciled'; END IF;
  IF increasing THEN RETURN limit_refusal(t, o.client_order_id, o.side, o.quantity); END IF;
  IF o.quantity > reducing_capacity(t.id, held, o.client_order_id) THEN RETURN 'over_capacity'; END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION increases_position(held numeric, p_side text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT held = 0 OR (held > 0) = (p_side = 'buy')
$$;

-- Each send that the kill switch refused leaves a line in the audit log.
CREATE OR REPLACE FUNCTION audit_refusal(fence kill_switch[], t trades, o orders, why text) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF why NOT IN ('halted', 'fence_unavailable', 'taken_over') THEN RETURN; END IF;
  PERFORM audit('trade:' || t.id, 'FENCE', o.intent_id, 409, jsonb_build_object('code', why, 'clientOrderId', o.client_order_id,
    'epoch', t.epoch, 'halts', (SELECT jsonb_agg(k.epoch ORDER BY k.epoch) FROM unnest(fence) k WHERE k.epoch > t.epoch)));
END $$;

-- One row of the journal from a request; created once, the same for every attempt.
CREATE OR REPLACE FUNCTION journal_order(p jsonb, t trades) RETURNS orders LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  o orders;
BEGIN
  INSERT INTO orders (client_order_id, intent_id, trade_id, account, instrument, leg, revision, side, quantity, type, price,
                      stop_price, time_in_force, post_only, trail_bps, trail_amount, limit_offset, params_hash, good_till, outside_regular_hours)
  VALUES (p ->> 'clientOrderId', p ->> 'intentId', t.id, t.account, t.instrument, p ->> 'leg', (p ->> 'revision')::integer,
          p ->> 'side', (p ->> 'quantity')::numeric, p ->> 'type', (p ->> 'price')::numeric,
          (p ->> 'stopPrice')::numeric, p ->> 'timeInForce', coalesce((p ->> 'postOnly')::boolean, false),
          (p ->> 'trailBps')::integer, (p ->> 'trailAmount')::numeric, (p ->> 'limitOffset')::numeric, p ->> 'paramsHash', (p ->> 'goodTill')::timestamptz,
          coalesce((p ->> 'outsideRegularHours')::boolean, false))
  ON CONFLICT (client_order_id) DO NOTHING;
  SELECT * INTO o FROM orders WHERE client_order_id = p ->> 'clientOrderId' FOR UPDATE;
  RETURN o;
END $$;

-- Marks an attempt that somebody else began and did not finish as unknown.
CREATE OR REPLACE FUNCTION doubt_attempt(p_id text, p_n integer) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  UPDATE order_attempts SET state = 'unknown', finished_at = clock_timestamp(), detail = 'its sender did not answer'
  WHERE client_order_id = p_id AND n = p_n AND state = 'sending';
  IF FOUND THEN
    UPDATE orders SET state = 'unknown', updated_at = clock_timestamp()
    WHERE client_order_id = p_id AND state = 'sending';
  END IF;
END $$;

-- Attempt n of an order: all checks, the journal row and the attempt row, in one call. Answers `result`:
--   'go'       send now, and only now: the attempt row with this owner's token is committed with this answer
--   'refused'  with `code`; nothing was or will be sent by this attempt, and n may be tried again
--   'done'     the order is past sending: its state is in `order`
--   'unknown'  an earlier attempt is in doubt: resolve it first
--   'recorded' attempt n has already ended, as `attempt` says
CREATE OR REPLACE FUNCTION fence_and_journal(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  fence kill_switch[];
  t trades;
  o orders;
  latest order_attempts;
  attempt order_attempts;
  p_n integer := (p ->> 'n')::integer;
  why text;
  moment timestamptz;
BEGIN
  -- The scopes of a trade never change, so they may be read before any lock.
  SELECT * INTO t FROM trades WHERE id = p ->> 'tradeId';
  IF NOT FOUND THEN RETURN jsonb_build_object('result', 'refused', 'code', 'unknown_trade'); END IF;
  fence := lock_fence(trade_scopes(t.account, t.strategy, t.instrument));
  PERFORM FROM accounts WHERE name = t.account FOR NO KEY UPDATE;
  SELECT * INTO t FROM trades WHERE id = t.id FOR NO KEY UPDATE;
  o := journal_order(p, t);
  IF o.params_hash IS DISTINCT FROM p ->> 'paramsHash' OR o.trade_id <> t.id THEN
    RETURN jsonb_build_object('result', 'refused', 'code', 'params_mismatch');
  END IF;
  -- Its own refusal, which says why it was given up, stays.
  IF o.state = 'unsent' THEN RETURN jsonb_build_object('result', 'refused', 'code', 'intent_closed'); END IF;
  IF o.state IN ('open', 'partial', 'filled', 'cancelled', 'expired', 'rejected') THEN
    RETURN jsonb_build_object('result', 'done', 'order', order_json(o));
  END IF;

  SELECT * INTO latest FROM order_attempts WHERE client_order_id = o.client_order_id ORDER BY n DESC LIMIT 1;
  IF latest.state = 'sending' THEN
    PERFORM doubt_attempt(o.client_order_id, latest.n);
    latest.state := 'unknown';
    PERFORM settle_clock(t.account);
  END IF;
  IF latest.state IN ('unknown', 'acked') THEN
    RETURN jsonb_build_object('result', 'unknown', 'n', latest.n, 'validUntil', iso(latest.valid_until));
  END IF;
  IF latest.n >= p_n THEN
    RETURN jsonb_build_object('result', 'recorded', 'attempt', latest.state, 'n', latest.n);
  END IF;
  IF p_n <> coalesce(latest.n, 0) + 1 THEN
    RETURN jsonb_build_object('result', 'refused', 'code', 'attempt_out_of_order');
  END IF;

  why := CASE WHEN o.closed_at IS NOT NULL THEN 'intent_closed' ELSE admission_refusal(fence, t, o, p ->> 'actor') END;
  IF why IS NOT NULL THEN
    UPDATE orders SET refusal = why, updated_at = clock_timestamp() WHERE client_order_id = o.client_order_id;
    PERFORM audit_refusal(fence, t, o, why);
    RETURN jsonb_build_object('result', 'refused', 'code', why);
  END IF;

  moment := clock_timestamp();
  INSERT INTO order_attempts (client_order_id, n, owner, fenced_at, valid_until)
  VALUES (o.client_order_id, p_n, p ->> 'owner', moment, moment + (p ->> 'validityMs')::integer * interval '1 millisecond')
  RETURNING * INTO attempt;
  UPDATE orders SET state = 'sending', refusal = NULL, updated_at = moment, market_at = coalesce(market_at, market_now(t.account)),
    increases = increases_position(trade_position(t.id), o.side),
    reference_price = coalesce((SELECT a.reference_price FROM approvals a WHERE a.client_order_id = o.client_order_id), 0)
  WHERE client_order_id = o.client_order_id;
  -- The phase that the trade enters with this order; `advance_trade` settles the clock.
  PERFORM advance_trade(t.id, p ->> 'phase', '{}');
  RETURN jsonb_build_object('result', 'go', 'fencedAt', iso(moment), 'validUntil', iso(attempt.valid_until));
END $$;

-- A permit that grew old at the socket: only its owner may renew it, only while the attempt is still `sending`.
CREATE OR REPLACE FUNCTION renew_fence(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  fence kill_switch[];
  t trades;
  o orders;
  refusal text;
  moment timestamptz;
BEGIN
  SELECT x.* INTO t FROM trades x JOIN orders y ON y.trade_id = x.id WHERE y.client_order_id = p ->> 'clientOrderId';
  IF NOT FOUND THEN RETURN jsonb_build_object('ok', false, 'code', 'unknown_trade'); END IF;
  fence := lock_fence(trade_scopes(t.account, t.strategy, t.instrument));
  PERFORM FROM accounts WHERE name = t.account FOR NO KEY UPDATE;
  SELECT * INTO t FROM trades WHERE id = t.id FOR NO KEY UPDATE;
  SELECT * INTO o FROM orders WHERE client_order_id = p ->> 'clientOrderId' FOR UPDATE;
  IF o.closed_at IS NOT NULL THEN RETURN jsonb_build_object('ok', false, 'code', 'intent_closed'); END IF;
  refusal := admission_refusal(fence, t, o, p ->> 'actor');
  IF refusal IS NOT NULL THEN
    PERFORM audit_refusal(fence, t, o, refusal);
    RETURN jsonb_build_object('ok', false, 'code', refusal);
  END IF;
  moment := clock_timestamp();
  UPDATE order_attempts SET fenced_at = moment, valid_until = moment + (p ->> 'validityMs')::integer * interval '1 millisecond'
  WHERE client_order_id = o.client_order_id AND n = (p ->> 'n')::integer AND owner = p ->> 'owner' AND state = 'sending';
  IF NOT FOUND THEN RETURN jsonb_build_object('ok', false, 'code', 'attempt_lost'); END IF;
  RETURN jsonb_build_object('ok', true, 'validUntil',
    iso(moment + (p ->> 'validityMs')::integer * interval '1 millisecond'));
END $$;

-- Gives an intent up, for good: afterwards every fence call for it is refused. `sent` says what is known of the past:
-- 'never' (no attempt can have reached the venue), 'maybe' or 'yes'.
CREATE OR REPLACE FUNCTION close_intent(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  t trades;
  o orders;
BEGIN
  SELECT * INTO t FROM trades WHERE id = p ->> 'tradeId';
  IF NOT FOUND THEN RETURN jsonb_build_object('sent', 'never', 'state', 'unsent'); END IF;
  PERFORM FROM accounts WHERE name = t.account FOR NO KEY UPDATE;
  PERFORM FROM trades WHERE id = t.id FOR NO KEY UPDATE;
  o := journal_order(p, t);
  IF o.trade_id <> t.id THEN RAISE EXCEPTION 'order % belongs to trade %', o.client_order_id, o.trade_id; END IF;
  UPDATE orders SET closed_at = coalesce(closed_at, clock_timestamp()), updated_at = clock_timestamp(),
    state = CASE WHEN state = 'created' THEN 'unsent' ELSE state END
  WHERE client_order_id = o.client_order_id RETURNING * INTO o;
  RETURN jsonb_build_object('state', o.state, 'sent', CASE
    WHEN o.state = 'unsent' THEN 'never' WHEN o.state IN ('sending', 'unknown') THEN 'maybe' ELSE 'yes' END);
END $$;
