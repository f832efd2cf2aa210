-- The account's market clock (domain rule: it never goes back, and stands while anything is being decided).

-- PostgreSQL plans a function in SQL anew in every statement that it cannot write it into, which it cannot where the
-- function claims to be more constant than its body. So iso() is STABLE, as to_char() is, and what reads tables on the
-- way of every order is plpgsql, whose plans are kept.
CREATE OR REPLACE FUNCTION iso(moment timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

CREATE OR REPLACE FUNCTION plain(amount numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT trim_scale(amount)::text
$$;

-- Market time of a clock row at a real moment, in whole milliseconds.
CREATE OR REPLACE FUNCTION clock_reading(clock account_clocks, at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN date_trunc('milliseconds', CASE
    WHEN clock.kind = 'live' THEN at
    -- Bounded before it is subtracted: PostgreSQL refuses arithmetic on '-infinity'.
    ELSE clock.market_time + clock.speed * (greatest(clock.real_time, least(at, clock.runs_until)) - clock.real_time)
  END);
END $$;

CREATE OR REPLACE FUNCTION market_now(p_account text) RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN (SELECT clock_reading(c, clock_timestamp()) FROM account_clocks c WHERE c.account = p_account);
END $$;

-- Whether the replay clock must stand: no open trade, a trade that is being decided, or an order in doubt.
CREATE OR REPLACE FUNCTION clock_must_stand(p_account text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN (SELECT NOT EXISTS (SELECT FROM trades WHERE account = p_account AND phase <> 'ended')
        OR EXISTS (SELECT FROM trades WHERE account = p_account
                   AND phase IN ('accepted', 'analysing', 'checking-risk', 'awaiting-approval'))
        OR EXISTS (SELECT FROM orders WHERE account = p_account AND state IN ('sending', 'unknown')));
END $$;

-- Called in every transaction after which the clock may have to stand. It only ever stops a clock: running again is
-- the watcher's business (extend_clock), since only a watched account may move on.
CREATE OR REPLACE FUNCTION settle_clock(p_account text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  c account_clocks;
  moment timestamptz;
BEGIN
  SELECT * INTO c FROM account_clocks WHERE account = p_account;
  IF c.kind IS DISTINCT FROM 'replay' OR NOT clock_must_stand(p_account) THEN RETURN; END IF;
  SELECT * INTO c FROM account_clocks WHERE account = p_account FOR UPDATE;
  moment := clock_timestamp();
  UPDATE account_clocks SET market_time = clock_reading(c, moment), real_time = moment, runs_until = '-infinity'
  WHERE account = p_account;
END $$;

-- The watcher's lease: lets the clock run for `p_lease` more, unless it must stand. Returns the market time.
CREATE OR REPLACE FUNCTION extend_clock(p_account text, p_lease interval) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  c account_clocks;
  moment timestamptz;
  reading timestamptz;
BEGIN
  SELECT * INTO c FROM account_clocks WHERE account = p_account;
  IF c.kind = 'live' THEN RETURN clock_reading(c, clock_timestamp()); END IF;
  -- The account's lock: no trade or order can start to be in doubt between the question and the answer.
  PERFORM FROM accounts WHERE name = p_account FOR NO KEY UPDATE;
  SELECT * INTO c FROM account_clocks WHERE account = p_account FOR UPDATE;
  moment := clock_timestamp();
  reading := clock_reading(c, moment);
  UPDATE account_clocks SET market_time = reading, real_time = moment,
    runs_until = CASE WHEN clock_must_stand(p_account) THEN '-infinity' ELSE moment + p_lease END
  WHERE account = p_account;
  RETURN reading;
END $$;

-- Moves the replay clock of an account without open trades forward; used by the demo and by `clock reset`.
CREATE OR REPLACE FUNCTION move_clock(p_account text, p_to timestamptz, p_back boolean) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  c account_clocks;
BEGIN
  PERFORM FROM accounts WHERE name = p_account FOR NO KEY UPDATE;
  SELECT * INTO c FROM account_clocks WHERE account = p_account FOR UPDATE;
  IF NOT FOUND THEN RETURN 'unknown_account'; END IF;
  IF c.kind <> 'replay' THEN RETURN 'clock_is_live'; END IF;
  IF EXISTS (SELECT FROM trades WHERE account = p_account AND phase <> 'ended')
     OR EXISTS (SELECT FROM account_positions WHERE account = p_account AND quantity <> 0) THEN
    RETURN 'account_not_flat';
  END IF;
  IF p_to < clock_reading(c, clock_timestamp()) AND NOT p_back THEN RETURN 'clock_goes_back'; END IF;
  UPDATE account_clocks SET market_time = p_to, real_time = clock_timestamp(), runs_until = '-infinity',
    rewound_at = CASE WHEN p_to < clock_reading(c, clock_timestamp()) THEN clock_timestamp() ELSE c.rewound_at END,
    passage = c.passage + CASE WHEN p_to < clock_reading(c, clock_timestamp()) THEN 1 ELSE 0 END
  WHERE account = p_account;
  RETURN 'moved';
END $$;
