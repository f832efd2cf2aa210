-- The shared request budget. Time is passed in by `take_rate_at` so that its rules can be tested for every sequence.

-- Makes a budget, or brings it to other figures; what was spent and a block stay.
CREATE OR REPLACE FUNCTION set_rate_budget(p_scope text, p_capacity numeric, p_refill numeric, p_reserve numeric) RETURNS void
LANGUAGE sql VOLATILE AS $$
  INSERT INTO rate_budgets AS b (scope, capacity, refill, reserve, tokens, counted_at)
  VALUES (p_scope, p_capacity, p_refill, p_reserve, p_capacity, clock_timestamp())
  ON CONFLICT (scope) DO UPDATE SET capacity = excluded.capacity, refill = excluded.refill, reserve = excluded.reserve,
    tokens = least(b.tokens, excluded.capacity)
  WHERE (b.capacity, b.refill, b.reserve) IS DISTINCT FROM (excluded.capacity, excluded.refill, excluded.reserve)
$$;

-- Takes `p_weight` units from each of the scopes, or none from any. Answers {waitMs, blocked}: 0 when they were taken,
-- else the real time after which it makes sense to ask again, and why when the venue told us to stay away. An entry
-- leaves the reserve alone, so safety finds at least that much whatever entries do. A weight of 0 is of a request that the
-- venue counts elsewhere: it waits for a block only.
CREATE OR REPLACE FUNCTION take_rate_at(p_scopes text[], p_share text, p_weight numeric, p_clock timestamptz) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  b rate_budgets;
  moment timestamptz;
  level numeric;
  kept numeric;
  wait numeric := 0;
  reason text;
BEGIN
  -- One order everywhere, so that two takers never wait for each other.
  PERFORM FROM rate_budgets WHERE scope = ANY (p_scopes) ORDER BY scope FOR UPDATE;
  -- After the locks: a moment from before them would give units back that others have counted already.
  moment := coalesce(p_clock, clock_timestamp());
  FOR b IN SELECT * FROM rate_budgets WHERE scope = ANY (p_scopes) LOOP
    IF b.blocked_until > moment THEN
      wait := greatest(wait, extract(epoch FROM b.blocked_until - moment));
      reason := coalesce(b.blocked_why, 'blocked');
    END IF;
    kept := CASE p_share WHEN 'safety' THEN 0 ELSE b.reserve END;
    IF p_weight > b.capacity - kept THEN
      RAISE EXCEPTION 'a request of weight % never fits the budget %', p_weight, b.scope;
    END IF;
    level := least(b.capacity, b.tokens + b.refill * greatest(0, extract(epoch FROM moment - b.counted_at)));
    IF p_weight > 0 THEN wait := greatest(wait, (p_weight + kept - level) / b.refill); END IF;
  END LOOP;
  IF wait > 0 THEN RETURN jsonb_build_object('waitMs', ceil(1000 * wait), 'blocked', reason); END IF;
  UPDATE rate_budgets r SET counted_at = greatest(r.counted_at, moment),
    tokens = least(r.capacity, r.tokens + r.refill * greatest(0, extract(epoch FROM moment - r.counted_at))) - p_weight
  WHERE r.scope = ANY (p_scopes);
  RETURN jsonb_build_object('waitMs', 0, 'blocked', NULL);
END $$;

CREATE OR REPLACE FUNCTION take_rate(p_scopes text[], p_share text, p_weight numeric) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
  SELECT take_rate_at(p_scopes, p_share, p_weight, NULL)
$$;

-- Nobody sends anything for so long; a longer block stands.
CREATE OR REPLACE FUNCTION block_rate(p_scopes text[], p_ms numeric, p_why text) RETURNS void LANGUAGE sql VOLATILE AS $$
  UPDATE rate_budgets SET blocked_why = left(p_why, 300), blocked_until = clock_timestamp() + p_ms * interval '1 millisecond'
  WHERE scope IN (SELECT scope FROM rate_budgets WHERE scope = ANY (p_scopes) ORDER BY scope FOR UPDATE)
    AND blocked_until < clock_timestamp() + p_ms * interval '1 millisecond'
$$;
