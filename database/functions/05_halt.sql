-- Engages the kill switch for a scope; the commit of this call is the moment of the halt. The exclusive table lock
-- queues fairly behind running fences, and every later fence waits for it and then reads the new row.
CREATE OR REPLACE FUNCTION engage_halt(p_scope text, p_mode text, p_flatten boolean, p_reason text, p_actor text) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  drawn bigint;
BEGIN
  -- A misspelt scope would be a halt that halts nothing.
  IF p_scope !~ '^(global|(account|strategy|instrument):.+)$' THEN RAISE EXCEPTION 'no scope of a halt: %', p_scope; END IF;
  LOCK TABLE kill_switch IN EXCLUSIVE MODE;
  drawn := nextval('kill_epoch');
  INSERT INTO kill_switch (scope, engaged, mode, flatten, epoch, engaged_at, reason, actor)
  VALUES (p_scope, true, p_mode, p_flatten, drawn, clock_timestamp(), p_reason, p_actor)
  ON CONFLICT (scope) DO UPDATE SET engaged = true, mode = excluded.mode, flatten = excluded.flatten, epoch = drawn,
    engaged_at = excluded.engaged_at, reason = excluded.reason, actor = excluded.actor;
  RETURN drawn;
END $$;

-- Lets new trades in again; what was halted stays halted, since the epoch of the scope remains.
CREATE OR REPLACE FUNCTION release_halt(p_scope text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  LOCK TABLE kill_switch IN EXCLUSIVE MODE;
  UPDATE kill_switch SET engaged = false, flatten = false WHERE scope = p_scope;
END $$;
