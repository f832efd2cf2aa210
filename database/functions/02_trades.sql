-- The registry of trades: the one door in, each change of phase, and the one door out.

CREATE OR REPLACE FUNCTION trade_scopes(p_account text, p_strategy text, p_instrument text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
  SELECT ARRAY['global', 'account:' || p_account, 'strategy:' || p_strategy, 'instrument:' || p_instrument]
$$;

-- The kill switch's rows of some scopes, locked against an engagement until this transaction ends. Two statements on
-- purpose: the second takes its snapshot after the table lock is held, so it never reads a row from before the halt.
CREATE OR REPLACE FUNCTION lock_fence(p_scopes text[]) RETURNS kill_switch[] LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  held kill_switch[];
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the fence needs READ COMMITTED: an older snapshot would hide a halt';
  END IF;
  LOCK TABLE kill_switch IN ROW SHARE MODE;
  SELECT array_agg(k) INTO held FROM (SELECT * FROM kill_switch WHERE scope = ANY (p_scopes) FOR SHARE) k;
  RETURN coalesce(held, '{}');
END $$;

CREATE OR REPLACE FUNCTION note_event(p_trade text, p_kind text, p_name text, p_detail jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  INSERT INTO trade_events (trade_id, kind, name, market_at, detail)
  SELECT p_trade, p_kind, p_name, market_now(t.account), coalesce(p_detail, '{}') FROM trades t WHERE t.id = p_trade;
END $$;

-- Stores a trade under the fence lock, with the epoch of that moment. Answers
-- {result: 'accepted' | 'exists' | 'conflict' | 'halted' | 'unreconciled', ...}; only 'accepted' stored anything.
CREATE OR REPLACE FUNCTION accept_trade(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  fence kill_switch[];
  existing trades;
  new_id text := (p ->> 'account') || ':' || (p ->> 'key');
  halted_scope text;
BEGIN
  SELECT * INTO existing FROM trades WHERE id = new_id;
  IF FOUND THEN
    RETURN jsonb_build_object('tradeId', new_id, 'phase', existing.phase,
      'result', CASE WHEN existing.fingerprint = p ->> 'fingerprint' THEN 'exists' ELSE 'conflict' END);
  END IF;
  fence := lock_fence(trade_scopes(p ->> 'account', p ->> 'strategy', p ->> 'instrument'));
  IF NOT EXISTS (SELECT FROM unnest(fence) k WHERE k.scope = 'global') THEN
    RETURN jsonb_build_object('result', 'halted', 'scope', 'global', 'reason', 'the kill switch has no global row');
  END IF;
  SELECT k.scope INTO halted_scope FROM unnest(fence) k WHERE k.engaged LIMIT 1;
  IF halted_scope IS NOT NULL THEN
    RETURN jsonb_build_object('result', 'halted', 'scope', halted_scope);
  END IF;
  PERFORM FROM accounts WHERE name = p ->> 'account' FOR NO KEY UPDATE;
  IF is_unreconciled(p ->> 'account', p ->> 'instrument') THEN RETURN jsonb_build_object('result', 'unreconciled'); END IF;
  INSERT INTO trades (id, account, key, strategy, instrument, spec, fingerprint, created_by, direction, valid_until, epoch,
                      accepted_market_at)
  VALUES (new_id, p ->> 'account', p ->> 'key', p ->> 'strategy', p ->> 'instrument', p -> 'spec', p ->> 'fingerprint',
          p ->> 'createdBy', p ->> 'direction', (p ->> 'validUntil')::timestamptz,
          -- Epochs come from one sequence: the newest engagement of any scope is older than this trade.
          (SELECT coalesce(max(epoch), 0) FROM kill_switch), market_now(p ->> 'account'))
  ON CONFLICT (id) DO NOTHING;
  IF NOT FOUND THEN
    -- Another request with the same key was faster.
    SELECT * INTO existing FROM trades WHERE id = new_id;
    RETURN jsonb_build_object('tradeId', new_id, 'phase', existing.phase,
      'result', CASE WHEN existing.fingerprint = p ->> 'fingerprint' THEN 'exists' ELSE 'conflict' END);
  END IF;
  PERFORM note_event(new_id, 'phase', 'accepted', '{}');
  PERFORM settle_clock(p ->> 'account');
  RETURN jsonb_build_object('result', 'accepted', 'tradeId', new_id, 'phase', 'accepted');
END $$;

-- Moves an open trade to a phase and stores what is given of: direction, signal, sizing, risk, protection, validUntil,
-- attention (null clears it), halted, halt ({epoch, flatten}: that one was heard of), verdict (see `store_verdict`); a
-- protection is merged into the stored one. A trade that has ended stays as it is: answers false.
CREATE OR REPLACE FUNCTION advance_trade(p_trade text, p_phase text, p jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  t trades;
BEGIN
  SELECT * INTO t FROM trades WHERE id = p_trade;
  PERFORM FROM accounts WHERE name = t.account FOR NO KEY UPDATE;
  SELECT * INTO t FROM trades WHERE id = p_trade FOR NO KEY UPDATE;
  IF NOT FOUND OR t.phase = 'ended' THEN RETURN false; END IF;
  UPDATE trades SET
    phase = coalesce(p_phase, phase),
    direction = coalesce(p ->> 'direction', direction),
    signal = coalesce(p -> 'signal', signal),
    sizing = coalesce(p -> 'sizing', sizing),
    risk = coalesce(p -> 'risk', risk),
    protection = CASE WHEN p ? 'protection' THEN coalesce(protection, '{}') || (p -> 'protection') ELSE protection END,
    valid_until = coalesce((p ->> 'validUntil')::timestamptz, valid_until),
    attention = CASE WHEN p ? 'attention' THEN p ->> 'attention' ELSE attention END,
    halted = coalesce((p ->> 'halted')::boolean, halted),
    updated_at = clock_timestamp()
  WHERE id = p_trade;
  IF p ? 'halt' THEN
    PERFORM acknowledge_halt(p_trade, (p -> 'halt' ->> 'epoch')::bigint, coalesce((p -> 'halt' ->> 'flatten')::boolean, false));
  END IF;
  IF p ? 'verdict' THEN PERFORM store_verdict(t, p -> 'verdict'); END IF;
  IF p_phase IS DISTINCT FROM t.phase AND p_phase IS NOT NULL THEN
    PERFORM note_event(p_trade, 'phase', p_phase, coalesce(p -> 'note', '{}'));
  END IF;
  IF p ? 'attention' AND p ->> 'attention' IS DISTINCT FROM t.attention AND p ->> 'attention' IS NOT NULL THEN
    PERFORM note_event(p_trade, 'attention', p ->> 'attention', '{}');
  END IF;
  PERFORM settle_clock(t.account);
  RETURN true;
END $$;

-- Ends a trade, if its books allow it: no order works or is in doubt, and its position is zero or the dust that is
-- named. Answers {result: 'ended' | 'already' | 'orders_live' | 'position_open', ...}.
CREATE OR REPLACE FUNCTION end_trade(p_trade text, p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  t trades;
  held numeric;
  money numeric;
  named_dust numeric := coalesce((p ->> 'dust')::numeric, 0);
BEGIN
  SELECT * INTO t FROM trades WHERE id = p_trade;
  PERFORM FROM accounts WHERE name = t.account FOR NO KEY UPDATE;
  SELECT * INTO t FROM trades WHERE id = p_trade FOR NO KEY UPDATE;
  IF NOT FOUND THEN RAISE EXCEPTION 'no trade %', p_trade; END IF;
  IF t.phase = 'ended' THEN RETURN jsonb_build_object('result', 'already', 'outcome', t.outcome); END IF;
  IF EXISTS (SELECT FROM orders WHERE trade_id = p_trade AND state IN ('created', 'sending', 'unknown', 'open', 'partial')) THEN
    RETURN jsonb_build_object('result', 'orders_live');
  END IF;
  SELECT coalesce(sum(position_change), 0), coalesce(sum(cash_change), 0) INTO held, money
  FROM fills WHERE trade_id = p_trade;
  IF held <> named_dust THEN
    RETURN jsonb_build_object('result', 'position_open', 'position', plain(held));
  END IF;
  UPDATE trades SET phase = 'ended',
    -- Whoever stood in for a stop has nothing to guard any more.
    attention = CASE WHEN attention IS DISTINCT FROM 'stop_emulated' THEN attention END, outcome = p ->> 'outcome', outcome_code = p ->> 'code',
    outcome_detail = p ->> 'detail', dust = held, realised_pnl = money, ended_at = clock_timestamp(),
    updated_at = clock_timestamp()
  WHERE id = p_trade;
  PERFORM lock_after(t, money);
  PERFORM note_event(p_trade, 'phase', 'ended', jsonb_build_object('outcome', p ->> 'outcome', 'code', p ->> 'code'));
  PERFORM settle_clock(t.account);
  RETURN jsonb_build_object('result', 'ended', 'outcome', p ->> 'outcome', 'realisedPnl', plain(money));
END $$;
