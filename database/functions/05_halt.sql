-- Engaging and releasing the kill switch. The commit of `begin_halt` is the moment of the halt: the exclusive table lock
-- queues fairly behind running fences, and every later fence waits for it and then reads the new row.

-- A line in the audit log from inside the database: what no HTTP request asked for leaves its trace too.
CREATE OR REPLACE FUNCTION audit(p_actor text, p_method text, p_path text, p_status integer, p_metadata jsonb) RETURNS void
LANGUAGE sql VOLATILE AS $$
  INSERT INTO audit_events (actor, method, path, status, duration_ms, metadata)
  VALUES (p_actor, p_method, p_path, p_status, 0, p_metadata)
$$;

-- How much a halt asks for; a halt covers another of its scope when it is at least as large in each place.
CREATE OR REPLACE FUNCTION halt_strength(p_mode text, p_flatten boolean, p_everything boolean) RETURNS integer[]
LANGUAGE sql IMMUTABLE AS $$
  SELECT ARRAY[(p_mode = 'halt-all')::integer, p_flatten::integer, p_everything::integer]
$$;

CREATE OR REPLACE FUNCTION covers(p_strength integer[], p_other integer[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT p_strength[1] >= p_other[1] AND p_strength[2] >= p_other[2] AND p_strength[3] >= p_other[3]
$$;

-- Seconds until this actor may engage such a halt, or null: one a minute, unless it is wider or stricter than each of
-- the minute that stands.
CREATE OR REPLACE FUNCTION halt_too_soon(p jsonb, p_wanted integer[]) RETURNS numeric LANGUAGE sql VOLATILE AS $$
  SELECT ceil(extract(epoch FROM max(h.engaged_at) + interval '1 minute' - clock_timestamp()))
  FROM halts h
  WHERE h.actor = p ->> 'actor' AND h.engaged_at > clock_timestamp() - interval '1 minute' AND h.released_at IS NULL
    AND NOT (p ->> 'scope' = 'global' AND h.scope <> 'global')
    AND covers(halt_strength(h.mode, h.flatten, h.everything), p_wanted)
$$;

-- A misspelt account or instrument would be a halt that halts nothing; strategies are known to those who run them.
CREATE OR REPLACE FUNCTION scope_exists(p_scope text) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT CASE split_part(p_scope, ':', 1)
    WHEN 'account' THEN EXISTS (SELECT FROM accounts WHERE name = substr(p_scope, 9))
    WHEN 'instrument' THEN EXISTS (SELECT FROM instruments WHERE id = substr(p_scope, 12))
    ELSE true
  END
$$;

-- Engages the kill switch for a scope: {scope, mode, flatten, everything, source, reason, actor, trip?, evidence?,
-- workflowId?, limited}. What stands and asks for as much is left as it is. Answers `result`:
--   'engaged'   the halt is there from this call's commit on
--   'standing'  the scope was halted as strictly before; the answer names that halt
--   'unknown_scope'  the scope names an account or instrument that does not exist
--   'too_soon'  refused by the rule of one a minute, only when `limited`; `waitSeconds` says for how long
-- with epoch, scope, mode, flatten, everything, engagedAt and workflowId of the halt.
CREATE OR REPLACE FUNCTION begin_halt(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  s kill_switch;
  h halts;
  wanted integer[] := halt_strength(p ->> 'mode', (p ->> 'flatten')::boolean, (p ->> 'everything')::boolean);
  stands integer[];
  wait numeric;
  drawn bigint;
  moment timestamptz;
BEGIN
  IF p ->> 'scope' IS NULL OR p ->> 'scope' !~ '^(global|(account|strategy|instrument):.+)$' THEN
    RAISE EXCEPTION 'no scope of a halt: %', p ->> 'scope';
  END IF;
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'a halt needs READ COMMITTED: an older snapshot would miss what was sent last';
  END IF;
  IF NOT scope_exists(p ->> 'scope') THEN RETURN jsonb_build_object('result', 'unknown_scope'); END IF;
  LOCK TABLE kill_switch IN EXCLUSIVE MODE;
  SELECT * INTO s FROM kill_switch WHERE scope = p ->> 'scope';
  IF s.engaged THEN
    SELECT * INTO h FROM halts WHERE epoch = s.epoch;
    stands := halt_strength(s.mode, s.flatten, coalesce(h.everything, false));
    IF covers(stands, wanted) THEN RETURN halt_json(h) || '{"result": "standing"}'; END IF;
    -- What stands is never weakened by a further halt: only a release does that.
    wanted := ARRAY[greatest(stands[1], wanted[1]), greatest(stands[2], wanted[2]), greatest(stands[3], wanted[3])];
  ELSIF (p ->> 'limited')::boolean THEN
    wait := halt_too_soon(p, wanted);
    IF wait IS NOT NULL THEN RETURN jsonb_build_object('result', 'too_soon', 'waitSeconds', greatest(1, wait)); END IF;
  END IF;

  drawn := nextval('kill_epoch');
  moment := clock_timestamp();
  INSERT INTO kill_switch (scope, engaged, mode, flatten, epoch, engaged_at, reason, actor)
  VALUES (p ->> 'scope', true, CASE wanted[1] WHEN 1 THEN 'halt-all' ELSE 'reduce-only' END, wanted[2] = 1, drawn, moment,
          p ->> 'reason', p ->> 'actor')
  ON CONFLICT (scope) DO UPDATE SET engaged = true, mode = excluded.mode, flatten = excluded.flatten, epoch = excluded.epoch,
    engaged_at = excluded.engaged_at, reason = excluded.reason, actor = excluded.actor;
  UPDATE halts SET superseded_by = drawn WHERE epoch = h.epoch;
  INSERT INTO halts (epoch, scope, mode, flatten, everything, source, trip, evidence, reason, actor, engaged_at, workflow_id)
  VALUES (drawn, p ->> 'scope', CASE wanted[1] WHEN 1 THEN 'halt-all' ELSE 'reduce-only' END, wanted[2] = 1, wanted[3] = 1,
          coalesce(p ->> 'source', 'operator'), p ->> 'trip', p -> 'evidence', p ->> 'reason', p ->> 'actor', moment,
          coalesce(p ->> 'workflowId', 'halt:' || drawn))
  RETURNING * INTO h;
  -- What is there at the moment, as one snapshot under the lock: nothing that counts can be added afterwards.
  INSERT INTO halt_trades (epoch, trade_id, phase, position)
    SELECT drawn, t.id, t.phase, trade_position(t.id) FROM trades t
    WHERE t.phase <> 'ended' AND h.scope = ANY (trade_scopes(t.account, t.strategy, t.instrument));
  INSERT INTO halt_attempts (epoch, client_order_id, n)
    SELECT drawn, a.client_order_id, a.n
    FROM order_attempts a JOIN orders o USING (client_order_id) JOIN trades t ON t.id = o.trade_id
    WHERE a.state = 'sending' AND h.scope = ANY (trade_scopes(t.account, t.strategy, t.instrument));
  PERFORM audit(h.actor, 'HALT', 'engage ' || h.scope, 200, jsonb_build_object('epoch', drawn, 'mode', h.mode,
    'flatten', h.flatten, 'everything', h.everything, 'source', h.source, 'trip', h.trip, 'reason', h.reason));
  RETURN halt_json(h) || '{"result": "engaged"}';
END $$;

CREATE OR REPLACE FUNCTION halt_json(h halts) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('epoch', h.epoch, 'scope', h.scope, 'mode', h.mode, 'flatten', h.flatten,
    'everything', h.everything, 'source', h.source, 'trip', h.trip, 'reason', h.reason, 'actor', h.actor,
    'engagedAt', iso(h.engaged_at), 'supersededBy', h.superseded_by, 'releasedAt', iso(h.released_at),
    'releasedBy', h.released_by, 'releaseReason', h.release_reason, 'workflowId', h.workflow_id,
    'finishedAt', iso(h.finished_at))
$$;

-- Releases a scope: {scope, reason, actor, notBy?}. Answers `result`:
--   'released'      new trades are let in; what was halted stays halted, since the epoch of the scope remains
--   'not_engaged'   nothing stands there
--   'restoring'     the books were restored, and not every venue is read since then
--   'unreconciled'  the books were restored, and not every account agrees with its venue since then
--   'own_halt'      `notBy` says that the actor of the halt may not release it
-- with the halt, `others` (scopes that still stand) and `guarding` (open trades that stay halted).
CREATE OR REPLACE FUNCTION end_halt(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  s kill_switch;
  h halts;
BEGIN
  LOCK TABLE kill_switch IN EXCLUSIVE MODE;
  SELECT * INTO s FROM kill_switch WHERE scope = p ->> 'scope';
  IF NOT FOUND OR NOT s.engaged THEN RETURN jsonb_build_object('result', 'not_engaged'); END IF;
  IF s.scope = 'global' AND EXISTS (SELECT FROM account_restores WHERE caught_up_at IS NULL) THEN
    RETURN jsonb_build_object('result', 'restoring');
  END IF;
  IF s.scope = 'global' AND awaits_comparison() THEN RETURN jsonb_build_object('result', 'unreconciled'); END IF;
  IF s.actor = p ->> 'notBy' THEN RETURN jsonb_build_object('result', 'own_halt'); END IF;
  UPDATE kill_switch SET engaged = false, flatten = false WHERE scope = s.scope;
  UPDATE halts SET released_at = clock_timestamp(), released_by = p ->> 'actor', release_reason = p ->> 'reason'
  WHERE scope = s.scope AND released_at IS NULL;
  SELECT * INTO h FROM halts WHERE epoch = s.epoch;
  PERFORM audit(p ->> 'actor', 'HALT', 'release ' || s.scope, 200,
    jsonb_build_object('epoch', s.epoch, 'reason', p ->> 'reason'));
  RETURN halt_json(h) || jsonb_build_object('result', 'released',
    'others', coalesce((SELECT jsonb_agg(k.scope ORDER BY k.scope) FROM kill_switch k WHERE k.engaged), '[]'),
    'guarding', (SELECT count(*) FROM trades t WHERE t.phase <> 'ended' AND t.epoch < s.epoch
      AND s.scope = ANY (trade_scopes(t.account, t.strategy, t.instrument))));
END $$;

-- The same two for whoever has nothing but a connection to this database.
CREATE OR REPLACE FUNCTION engage_halt(p_scope text, p_mode text, p_flatten boolean, p_reason text, p_actor text) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  answer jsonb := begin_halt(jsonb_build_object('scope', p_scope, 'mode', p_mode, 'flatten', p_flatten, 'everything', false,
    'reason', p_reason, 'actor', p_actor));
BEGIN
  IF NOT answer ? 'epoch' THEN RAISE EXCEPTION 'not halted: %', answer ->> 'result'; END IF;
  RETURN (answer ->> 'epoch')::bigint;
END $$;

CREATE OR REPLACE FUNCTION release_halt(p_scope text) RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT end_halt(jsonb_build_object('scope', p_scope, 'reason', 'by hand', 'actor', session_user))
$$;

-- Stores that a halt reached the trade, by its own workflow; one that was taken over is its own again. Called by
-- `advance_trade` under the locks of account and trade.
CREATE OR REPLACE FUNCTION acknowledge_halt(p_trade text, p_epoch bigint, p_flatten boolean) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  UPDATE trades SET halt_epoch = greatest(halt_epoch, p_epoch), taken_over_epoch = NULL,
    requests = CASE WHEN p_flatten THEN jsonb_build_object('exit', jsonb_build_object('by', 'halt ' || p_epoch)) || requests
                    ELSE requests END
  WHERE id = p_trade;
  UPDATE halt_trades SET acknowledged_at = clock_timestamp()
  WHERE trade_id = p_trade AND epoch <= p_epoch AND acknowledged_at IS NULL;
  PERFORM note_event(p_trade, 'halt', 'acknowledged', jsonb_build_object('epoch', p_epoch, 'flatten', p_flatten));
END $$;

-- Takes a trade over that has not acknowledged: from this commit on the fence refuses orders from its workflow, and the
-- halt alone goes on from its journal. False when there is nothing to take over.
CREATE OR REPLACE FUNCTION take_over(p_epoch bigint, p_trade text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  t trades;
  h halts;
BEGIN
  SELECT * INTO h FROM halts WHERE epoch = p_epoch;
  SELECT * INTO t FROM trades WHERE id = p_trade;
  PERFORM FROM accounts WHERE name = t.account FOR NO KEY UPDATE;
  SELECT * INTO t FROM trades WHERE id = p_trade FOR NO KEY UPDATE;
  IF NOT FOUND OR t.phase = 'ended' OR t.epoch >= p_epoch OR EXISTS (
    SELECT FROM halt_trades x WHERE x.epoch = p_epoch AND x.trade_id = p_trade AND x.acknowledged_at IS NOT NULL) THEN
    RETURN false;
  END IF;
  UPDATE trades SET taken_over_epoch = greatest(taken_over_epoch, p_epoch), halted = true,
    halt_epoch = greatest(halt_epoch, p_epoch), updated_at = clock_timestamp(),
    requests = CASE WHEN h.flatten THEN jsonb_build_object('exit', jsonb_build_object('by', 'halt ' || p_epoch)) || requests
                    ELSE requests END
  WHERE id = p_trade;
  UPDATE halt_trades SET taken_over_at = coalesce(taken_over_at, clock_timestamp()) WHERE epoch = p_epoch AND trade_id = p_trade;
  PERFORM note_event(p_trade, 'halt', 'taken over', jsonb_build_object('epoch', p_epoch));
  RETURN true;
END $$;

-- Engages the halt of a start: for each live account that was never halted so, and for all of them when real orders
-- become possible at all. A repeat does nothing. Answers the scopes.
CREATE OR REPLACE FUNCTION startup_halts(p_live boolean) RETURNS text[] LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  turned_live boolean;
  name_of text;
  engaged text[] := '{}';
BEGIN
  -- The switch first, as everywhere: the one that comes second finds everything done.
  LOCK TABLE kill_switch IN EXCLUSIVE MODE;
  SELECT p_live AND NOT live INTO turned_live FROM installation;
  FOR name_of IN SELECT name FROM accounts WHERE mode = 'live' AND (turned_live OR startup_halted_at IS NULL) ORDER BY name LOOP
    PERFORM begin_halt(jsonb_build_object('scope', 'account:' || name_of, 'mode', 'reduce-only', 'flatten', false,
      'everything', false, 'source', 'startup', 'actor', 'startup', 'reason',
      CASE WHEN turned_live THEN 'LIVE was turned on' ELSE 'a live account was seen for the first time' END));
    UPDATE accounts SET startup_halted_at = clock_timestamp() WHERE name = name_of;
    engaged := engaged || ('account:' || name_of);
  END LOOP;
  UPDATE installation SET live = p_live WHERE live IS DISTINCT FROM p_live;
  RETURN engaged;
END $$;
