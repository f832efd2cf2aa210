-- Up Migration
-- What language models were asked and said, and what it cost. Texts of models and strangers live here and nowhere else.

-- Several answers to the question of one trade, asked for by a person.
CREATE TABLE analysis_repeats (
  -- {tradeId}/repeat/{key}
  id          text PRIMARY KEY,
  trade_id    text NOT NULL REFERENCES trades,
  key         text NOT NULL CHECK (key ~ '^[A-Za-z0-9_-]{1,64}$'),
  times       integer NOT NULL CHECK (times BETWEEN 1 AND 100),
  created_by  text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- How it ended: every repetition came to its end, or a halt or cancellation stopped it.
  state       text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'completed', 'stopped')),
  finished_at timestamptz,
  UNIQUE (trade_id, key)
);

-- One question to a model and what code made of the answers to it.
CREATE TABLE analyses (
  -- {tradeId}/view/{n}, or {repeatId}/{n}
  id             text PRIMARY KEY,
  trade_id       text NOT NULL REFERENCES trades,
  repeat_id      text REFERENCES analysis_repeats,
  n              integer NOT NULL CHECK (n >= 1),
  strategy       text NOT NULL,
  model          text NOT NULL,
  prompt_version text NOT NULL,
  -- Market time of the question, and until when, in market time, its answers count.
  market_at      timestamptz NOT NULL,
  valid_until    timestamptz NOT NULL,
  -- What the model is shown, and its SHA-256; stored before the first call, so that a retry asks the same. As text that
  -- is JSON: the order of its members is part of the prompt.
  data           json NOT NULL,
  data_hash      text NOT NULL,
  -- Pieces that were left out because they were not known yet at market time.
  withheld       integer NOT NULL,
  hindsight      text NOT NULL CHECK (hindsight IN ('none', 'possible', 'unknown')),
  -- What code concluded; and the model's own words where they had the right form. Null until it is finished.
  signal         jsonb,
  answer         jsonb,
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at    timestamptz,
  CHECK ((signal IS NULL) = (finished_at IS NULL))
);
CREATE INDEX analyses_trade ON analyses (trade_id, created_at);
CREATE INDEX analyses_repeat ON analyses (repeat_id) WHERE repeat_id IS NOT NULL;

-- One request, word by word. The id is a hash of the analysis and everything that is sent: the same call is one row.
CREATE TABLE model_calls (
  id             text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{64}$'),
  analysis_id    text NOT NULL REFERENCES analyses,
  purpose        text NOT NULL CHECK (purpose IN ('ask', 'repair')),
  model          text NOT NULL,
  parameters     jsonb NOT NULL,
  prompt         jsonb NOT NULL,
  schema         jsonb NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- The first answer that was stored; it stays, whatever another attempt brings.
  response       text,
  refusal        text,
  finish         text CHECK (finish IN ('stop', 'length', 'filtered')),
  answered_by    text,
  answer_hash    text,
  answered_at    timestamptz,
  CHECK ((answered_at IS NULL) = (response IS NULL))
);
CREATE INDEX model_calls_analysis ON model_calls (analysis_id, created_at);

-- One sending of a call: the row is there, with its reservation, before the first byte leaves. What an attempt is
-- charged counts against every cap: at first the most that it can cost, later what the endpoint said. An attempt whose
-- end nobody saw keeps its reservation: it may have been paid for.
CREATE TABLE model_attempts (
  call_id         text NOT NULL REFERENCES model_calls,
  n               integer NOT NULL CHECK (n >= 1),
  trade_id        text NOT NULL REFERENCES trades,
  -- False for a person's repetition, which does not count against the trade's own caps.
  for_trade       boolean NOT NULL,
  strategy        text NOT NULL,
  -- Real day in UTC on which it was sent.
  day             date NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'UTC')::date,
  state           text NOT NULL DEFAULT 'sending' CHECK (state IN ('sending', 'answered', 'failed', 'lost')),
  reserved_tokens bigint NOT NULL CHECK (reserved_tokens >= 0),
  reserved_cost   numeric NOT NULL CHECK (reserved_cost >= 0),
  charged_tokens  bigint NOT NULL CHECK (charged_tokens >= 0),
  charged_cost    numeric NOT NULL CHECK (charged_cost >= 0),
  input_tokens    bigint,
  output_tokens   bigint,
  -- Why there is no answer, with HTTP status and the endpoint's code.
  reason          text,
  status          integer,
  code            text,
  latency_ms      integer,
  sent_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at     timestamptz,
  PRIMARY KEY (call_id, n)
);
CREATE INDEX model_attempts_day ON model_attempts (day, strategy) INCLUDE (charged_tokens, charged_cost);
CREATE INDEX model_attempts_trade ON model_attempts (trade_id) INCLUDE (charged_tokens, charged_cost) WHERE for_trade;

-- Down Migration
DROP TABLE model_attempts, model_calls, analyses, analysis_repeats;
