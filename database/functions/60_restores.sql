-- After a restore: the system wakes up halted, and each account is held until its venue was read since the dump.

CREATE OR REPLACE FUNCTION is_held(p_account text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT EXISTS (SELECT FROM account_restores WHERE account = p_account AND caught_up_at IS NULL));
END $$;

-- True while orders that were sent since the dump are not in the journal yet: their fills would be taken for foreign.
CREATE OR REPLACE FUNCTION awaits_adoption(p_account text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT EXISTS (SELECT FROM account_restores WHERE account = p_account AND caught_up_at IS NULL AND adopted_at IS NULL));
END $$;

-- True from a restore to the release of its halt, until each of its accounts was compared with its venue after it was caught
-- up, and nothing that differs is open.
CREATE OR REPLACE FUNCTION awaits_comparison() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT FROM account_restores a JOIN restores r ON r.id = a.restore_id JOIN halts h ON h.epoch = r.epoch
    WHERE h.released_at IS NULL AND (
      NOT EXISTS (SELECT FROM reconciliations c WHERE c.account = a.account AND c.state IN ('agreed', 'differs') AND c.started_at > a.caught_up_at)
      OR EXISTS (SELECT FROM reconciliation_differences d WHERE d.account = a.account AND d.state = 'open')));
END $$;

-- The last step of a restore, in its transaction: {backup, takenAt, operator, seenEpoch}. Halts everything under an epoch
-- above all that was ever seen, so that no trade of the dump may increase anything any more, and holds every account:
-- the fence refuses each of its orders, and none of its trades is dispatched.
CREATE OR REPLACE FUNCTION guard_restored(p jsonb, p_seen bigint) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  top bigint;
  drawn bigint;
  restore bigint;
  a record;
BEGIN
  LOCK TABLE kill_switch IN EXCLUSIVE MODE;
  SELECT greatest(p_seen, (p ->> 'seenEpoch')::bigint, (SELECT last_value FROM kill_epoch), (SELECT max(epoch) FROM kill_switch),
    (SELECT max(epoch) FROM halts), (SELECT max((metadata ->> 'epoch')::bigint) FROM audit_events WHERE method = 'HALT')) INTO top;
  PERFORM setval('kill_epoch', top);
  -- What stands would answer that everything is halted, with an epoch of the past.
  UPDATE kill_switch SET engaged = false WHERE scope = 'global';
  drawn := (begin_halt(jsonb_build_object('scope', 'global', 'mode', 'halt-all', 'flatten', false, 'everything', false,
    'limited', false, 'source', 'operator', 'actor', p ->> 'operator', 'reason', format('restored from the backup %s', p ->> 'backup')))
    ->> 'epoch')::bigint;
  UPDATE halts SET superseded_by = drawn WHERE scope = 'global' AND epoch < drawn AND released_at IS NULL AND superseded_by IS NULL;
  INSERT INTO restores (backup, taken_at, operator, epoch)
  VALUES (p ->> 'backup', (p ->> 'takenAt')::timestamptz, p ->> 'operator', drawn) RETURNING id INTO restore;
  DELETE FROM account_restores;
  INSERT INTO account_restores (account, restore_id) SELECT name, restore FROM accounts;
  -- Ours alone to lift: see `quarantine_account`.
  UPDATE accounts SET quarantine = format('its books were restored from the backup %s: its venue is read first', p ->> 'backup'),
    quarantined_by = NULL,
    -- When its venue answered last is of the time of the dump: counted as silence, it would trip a halt.
    polled_at = NULL;
  -- Whoever was sending then is gone.
  FOR a IN SELECT client_order_id, n FROM order_attempts WHERE state = 'sending' LOOP
    PERFORM doubt_attempt(a.client_order_id, a.n);
  END LOOP;
  PERFORM audit(p ->> 'operator', 'RESTORE', 'backup ' || (p ->> 'backup'), 200, p || jsonb_build_object('epoch', drawn));
  RETURN drawn;
END $$;

-- An order that the venue shows under the id of an intent of ours that the journal does not know: it was sent after the
-- dump. {tradeId, leg, revision, intentId, report} with the one order in `report`. False when it is not that trade's.
CREATE OR REPLACE FUNCTION adopt_order(p jsonb) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  t trades;
  v jsonb := p -> 'report' -> 'orders' -> 0;
  levels jsonb;
BEGIN
  SELECT * INTO t FROM trades WHERE id = p ->> 'tradeId';
  PERFORM FROM accounts WHERE name = t.account FOR NO KEY UPDATE;
  SELECT * INTO t FROM trades WHERE id = p ->> 'tradeId' FOR NO KEY UPDATE;
  IF NOT FOUND OR t.instrument <> v ->> 'instrument' OR NOT awaits_adoption(t.account) THEN RETURN false; END IF;
  -- The levels of a trade that was approved after the dump are those that it was started with; a strategy's are lost.
  levels := coalesce(t.protection, CASE WHEN t.spec ?| '{stopPrice,stopDistance}' THEN jsonb_strip_nulls(jsonb_build_object('stopPrice', t.spec -> 'stopPrice',
    'stopDistance', t.spec -> 'stopDistance',
    'takeProfitPrice', t.spec -> 'takeProfitPrice', 'trailing', t.spec -> 'trailing')) END);
  INSERT INTO orders (client_order_id, intent_id, trade_id, account, instrument, leg, revision, side, quantity, type,
                      stop_price, trail_bps, limit_offset, time_in_force, params_hash, increases, created_at, state)
  VALUES (v ->> 'clientOrderId', p ->> 'intentId', t.id, t.account, t.instrument, p ->> 'leg', (p ->> 'revision')::integer,
          v ->> 'side', (v ->> 'quantity')::numeric, v ->> 'type',
          -- The venue's list does not tell these; what the trade means to hold is what it was sent with.
          CASE WHEN v ->> 'type' IN ('stop', 'stop-limit', 'trailing-stop-limit') THEN coalesce((v ->> 'stopPrice')::numeric, (levels ->> 'stopPrice')::numeric) END,
          CASE WHEN v ->> 'type' IN ('trailing-stop', 'trailing-stop-limit') THEN 9999 END,
          CASE WHEN v ->> 'type' = 'trailing-stop-limit' THEN 0 END, 'GTC', 'adopted after a restore', p ->> 'leg' = 'entry',
          coalesce((v ->> 'receivedAt')::timestamptz, clock_timestamp()), 'unknown')
  -- A row that was made since the restore was refused, and never sent: the venue's order is the one.
  ON CONFLICT (client_order_id) DO UPDATE SET created_at = least(orders.created_at, excluded.created_at), state = 'unknown',
    side = excluded.side, quantity = excluded.quantity, type = excluded.type, trail_bps = excluded.trail_bps, trail_amount = NULL,
    limit_offset = excluded.limit_offset,
    params_hash = excluded.params_hash, increases = excluded.increases
  WHERE orders.state IN ('created', 'unsent');
  INSERT INTO order_attempts (client_order_id, n, owner, state, fenced_at, valid_until)
  SELECT o.client_order_id, 1, 'restore', 'unknown', o.created_at, o.created_at FROM orders o WHERE o.client_order_id = v ->> 'clientOrderId'
  ON CONFLICT DO NOTHING;
  -- What it protects or closes is watched from the trade's own levels; its direction is what the entry says.
  UPDATE trades SET protection = levels,
    phase = CASE WHEN phase IN ('accepted', 'analysing', 'checking-risk', 'awaiting-open', 'awaiting-approval', 'executing')
      THEN CASE WHEN p ->> 'leg' = 'entry' THEN 'executing' ELSE 'managing' END ELSE phase END,
    direction = coalesce(direction, CASE WHEN p ->> 'leg' = 'entry' THEN CASE v ->> 'side' WHEN 'buy' THEN 'long' ELSE 'short' END END)
  WHERE id = t.id;
  PERFORM call_person(t.id, 'restored');
  PERFORM apply_report(p -> 'report');
  PERFORM audit('restore', 'RESTORE', 'adopt ' || (p ->> 'intentId'), 200, jsonb_build_object('clientOrderId', v ->> 'clientOrderId'));
  RETURN true;
END $$;

-- One complete look at a held account's venue: {account, findings, news, lagMs, settleMs}. Two looks in a row without
-- news, a lag apart and later than anything that was sent before the restore can still arrive, end the hold, unless
-- something was found that no trade explains: then a person accepts it. Answers whether the account is free.
CREATE OR REPLACE FUNCTION note_look(p jsonb) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  h account_restores;
  moment timestamptz := clock_timestamp();
BEGIN
  PERFORM FROM accounts WHERE name = p ->> 'account' FOR NO KEY UPDATE;
  SELECT * INTO h FROM account_restores WHERE account = p ->> 'account' AND caught_up_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN RETURN true; END IF;
  IF (p ->> 'news')::boolean OR moment < (SELECT r.restored_at FROM restores r WHERE r.id = h.restore_id) + (p ->> 'settleMs')::integer * interval '1 millisecond' THEN
    UPDATE account_restores SET findings = p -> 'findings', clean_looks = 0, clean_since = NULL WHERE account = h.account;
    RETURN false;
  END IF;
  UPDATE account_restores SET findings = p -> 'findings', clean_looks = clean_looks + 1, clean_since = coalesce(clean_since, moment)
  WHERE account = h.account RETURNING * INTO h;
  IF h.clean_looks < 2 OR moment < h.clean_since + (p ->> 'lagMs')::integer * interval '1 millisecond' OR h.findings <> '[]' THEN RETURN false; END IF;
  PERFORM end_hold(h.account, NULL);
  RETURN true;
END $$;

-- Ends the hold; an account at an exchange then waits for the checks of its next contact.
CREATE OR REPLACE FUNCTION end_hold(p_account text, p_by text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  UPDATE account_restores SET caught_up_at = clock_timestamp(), accepted_by = p_by WHERE account = p_account;
  UPDATE accounts SET
    quarantine = CASE WHEN venue = 'paper' THEN NULL ELSE 'its venue is asked once more after the restore' END,
    quarantined_by = CASE WHEN venue = 'paper' THEN NULL ELSE 'contact' END
  WHERE name = p_account AND quarantined_by IS NULL;
  PERFORM audit(coalesce(p_by, 'restore'), 'RESTORE', 'free ' || p_account, 200, (SELECT findings FROM account_restores WHERE account = p_account));
END $$;

-- A person accepts what was found at the venue: {account, by, reason}. Only when its books were read to the end.
CREATE OR REPLACE FUNCTION accept_restored(p jsonb) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  h account_restores;
BEGIN
  PERFORM FROM accounts WHERE name = p ->> 'account' FOR NO KEY UPDATE;
  SELECT * INTO h FROM account_restores WHERE account = p ->> 'account' AND caught_up_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN RETURN 'not_held'; END IF;
  IF h.clean_looks < 2 THEN RETURN 'not_read'; END IF;
  PERFORM end_hold(h.account, p ->> 'by');
  PERFORM audit(p ->> 'by', 'RESTORE', 'accept ' || h.account, 200, jsonb_build_object('reason', p ->> 'reason'));
  RETURN 'accepted';
END $$;
