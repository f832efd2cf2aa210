-- Calls of language models: answered from the store, or reserved under every cap before they are sent.

-- What was charged under each scope of the budget; a scope is 'trade', 'strategy' or 'day'.
CREATE OR REPLACE FUNCTION model_spending(p_trade text, p_strategy text, p_day date)
RETURNS TABLE (scope text, tokens bigint, cost numeric) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN QUERY
    SELECT 'trade', coalesce(sum(a.charged_tokens), 0)::bigint, coalesce(sum(a.charged_cost), 0)
    FROM model_attempts a WHERE a.trade_id = p_trade AND a.for_trade
    UNION ALL
    SELECT 'strategy', coalesce(sum(a.charged_tokens), 0)::bigint, coalesce(sum(a.charged_cost), 0)
    FROM model_attempts a WHERE a.day = p_day AND a.strategy = p_strategy
    UNION ALL
    SELECT 'day', coalesce(sum(a.charged_tokens), 0)::bigint, coalesce(sum(a.charged_cost), 0)
    FROM model_attempts a WHERE a.day = p_day;
END $$;

-- Begins a call. Answers {result: 'answered', ...} with what is stored; {result: 'budget', scope, unit, cap, spent,
-- wanted} when it could exceed a cap, which stores the call and no attempt; else {result: 'send', attempt}.
-- `p`: id, analysisId, purpose, model, parameters, prompt, schema, tokens, cost (the most it can use), and
-- caps: {trade|strategy|day: {tokens, cost}}.
CREATE OR REPLACE FUNCTION begin_model_call(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  asked analyses;
  call model_calls;
  today date;
  refused record;
  next_n integer;
BEGIN
  -- One reservation at a time: the sums below hold until this transaction has added to them.
  PERFORM pg_advisory_xact_lock(7316040);
  today := (clock_timestamp() AT TIME ZONE 'UTC')::date;
  SELECT * INTO STRICT asked FROM analyses WHERE id = p ->> 'analysisId';
  INSERT INTO model_calls (id, analysis_id, purpose, model, parameters, prompt, schema)
  VALUES (p ->> 'id', asked.id, p ->> 'purpose', p ->> 'model', p -> 'parameters', p -> 'prompt', p -> 'schema')
  ON CONFLICT (id) DO NOTHING;
  SELECT * INTO call FROM model_calls WHERE id = p ->> 'id' FOR UPDATE;
  IF call.answered_at IS NOT NULL THEN RETURN model_answer(call.id); END IF;
  -- Whoever sent before has died or is given up: whether it was paid for is not known, so it keeps its reservation.
  UPDATE model_attempts SET state = 'lost', finished_at = clock_timestamp() WHERE call_id = call.id AND state = 'sending';
  SELECT s.scope, u.unit, u.cap, u.spent, u.wanted INTO refused
  FROM model_spending(asked.trade_id, asked.strategy, today) s
  CROSS JOIN LATERAL (VALUES
    ('tokens', (p #>> ARRAY['caps', s.scope, 'tokens'])::numeric, s.tokens::numeric, (p ->> 'tokens')::numeric),
    ('USD', (p #>> ARRAY['caps', s.scope, 'cost'])::numeric, s.cost, (p ->> 'cost')::numeric)) AS u (unit, cap, spent, wanted)
  WHERE u.spent + u.wanted > u.cap AND (s.scope <> 'trade' OR asked.repeat_id IS NULL)
  LIMIT 1;
  IF FOUND THEN
    RETURN jsonb_build_object('result', 'budget', 'scope', refused.scope, 'unit', refused.unit, 'cap', plain(refused.cap),
      'spent', plain(refused.spent), 'wanted', plain(refused.wanted));
  END IF;
  SELECT coalesce(max(n), 0) + 1 INTO next_n FROM model_attempts WHERE call_id = call.id;
  INSERT INTO model_attempts (call_id, n, trade_id, for_trade, strategy, day, reserved_tokens, reserved_cost, charged_tokens, charged_cost)
  VALUES (call.id, next_n, asked.trade_id, asked.repeat_id IS NULL, asked.strategy, today,
          (p ->> 'tokens')::bigint, (p ->> 'cost')::numeric, (p ->> 'tokens')::bigint, (p ->> 'cost')::numeric);
  RETURN jsonb_build_object('result', 'send', 'attempt', next_n);
END $$;

CREATE OR REPLACE FUNCTION model_answer(p_call text) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('result', 'answered', 'text', c.response, 'refusal', c.refusal, 'finish', c.finish,
    'answerHash', c.answer_hash) FROM model_calls c WHERE c.id = p_call
$$;

-- Stores how one attempt ended and settles its reservation; the first answer of a call stays. Answers the call's answer
-- as begin_model_call does, or null where there is none. `p`: callId, attempt, state, tokens, cost (null: the
-- reservation stands), inputTokens, outputTokens, reason, status, code, latencyMs, and of an answer: text, refusal,
-- finish, answeredBy, answerHash.
CREATE OR REPLACE FUNCTION settle_model_call(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  call model_calls;
BEGIN
  SELECT * INTO STRICT call FROM model_calls WHERE id = p ->> 'callId' FOR UPDATE;
  -- Also of an attempt that was given up: what really happened is known better now.
  UPDATE model_attempts SET state = p ->> 'state',
    charged_tokens = coalesce((p ->> 'tokens')::bigint, reserved_tokens),
    charged_cost = coalesce((p ->> 'cost')::numeric, reserved_cost),
    input_tokens = (p ->> 'inputTokens')::bigint, output_tokens = (p ->> 'outputTokens')::bigint,
    reason = p ->> 'reason', status = (p ->> 'status')::integer, code = p ->> 'code',
    latency_ms = (p ->> 'latencyMs')::integer, finished_at = clock_timestamp()
  WHERE call_id = call.id AND n = (p ->> 'attempt')::integer AND state IN ('sending', 'lost');
  IF p ->> 'state' = 'answered' AND call.answered_at IS NULL THEN
    UPDATE model_calls SET response = p ->> 'text', refusal = p ->> 'refusal', finish = p ->> 'finish',
      answered_by = p ->> 'answeredBy', answer_hash = p ->> 'answerHash', answered_at = clock_timestamp()
    WHERE id = call.id;
  END IF;
  RETURN (SELECT model_answer(c.id) FROM model_calls c WHERE c.id = call.id AND c.answered_at IS NOT NULL);
END $$;
