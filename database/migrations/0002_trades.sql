-- Up Migration
-- The registry of trades, their time line, and the kill switch that both the registry and the fence read.

CREATE SEQUENCE kill_epoch;

CREATE TABLE kill_switch (
  -- 'global', 'account:NAME', 'strategy:NAME' or 'instrument:ID'
  scope      text PRIMARY KEY,
  engaged    boolean NOT NULL DEFAULT false,
  mode       text NOT NULL DEFAULT 'reduce-only' CHECK (mode IN ('reduce-only', 'halt-all')),
  flatten    boolean NOT NULL DEFAULT false,
  -- Of the last engagement; a release leaves it, so what was halted stays halted.
  epoch      bigint NOT NULL DEFAULT 0,
  engaged_at timestamptz,
  reason     text,
  actor      text
);
INSERT INTO kill_switch (scope) VALUES ('global');

CREATE TABLE trades (
  id                 text PRIMARY KEY,
  account            text NOT NULL REFERENCES accounts,
  key                text NOT NULL CHECK (key ~ '^[A-Za-z0-9_-]{1,64}$'),
  strategy           text NOT NULL,
  instrument         text NOT NULL REFERENCES instruments,
  -- What the client asked for, validated; and its hash, so that a key is never reused for another request.
  spec               jsonb NOT NULL,
  fingerprint        text NOT NULL,
  created_by         text NOT NULL,
  epoch              bigint NOT NULL,
  phase              text NOT NULL DEFAULT 'accepted' CHECK (phase IN ('accepted', 'analysing', 'checking-risk',
                     'awaiting-open', 'awaiting-approval', 'executing', 'managing', 'exiting', 'reconciling', 'ended')),
  outcome            text CHECK (outcome IN ('completed', 'no-trade', 'rejected', 'expired', 'cancelled', 'halted',
                     'needs-attention')),
  outcome_code       text,
  outcome_detail     text,
  -- Why a person should look; empty when nobody needs to.
  attention          text,
  halted             boolean NOT NULL DEFAULT false,
  -- Epoch of the halt that took the trade over from its workflow.
  taken_over_epoch   bigint,
  direction          text CHECK (direction IN ('long', 'short')),
  signal             jsonb,
  sizing             jsonb,
  risk               jsonb,
  -- What the manager of the position needs: levels and high-water mark of stop, target and trailing stop.
  protection         jsonb,
  -- Requests of people that the workflow has accepted and not yet finished: exit, cancel.
  requests           jsonb NOT NULL DEFAULT '{}',
  -- Past this market time nothing that increases is sent.
  valid_until        timestamptz,
  dust               numeric NOT NULL DEFAULT 0,
  realised_pnl       numeric,
  run_id             text,
  accepted_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  accepted_market_at timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at           timestamptz,
  UNIQUE (account, key),
  CHECK ((phase = 'ended') = (outcome IS NOT NULL))
);
CREATE INDEX trades_open ON trades (account, instrument) WHERE phase <> 'ended';
CREATE INDEX trades_newest ON trades (accepted_at DESC, id DESC);

CREATE TABLE trade_events (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  trade_id  text NOT NULL REFERENCES trades,
  -- 'phase' for a change of phase, else what happened: 'note', 'attention', 'order', 'fill', 'request'.
  kind      text NOT NULL,
  name      text NOT NULL,
  at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  market_at timestamptz NOT NULL,
  detail    jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX trade_events_trade ON trade_events (trade_id, id);

-- Down Migration
DROP TABLE trade_events, trades, kill_switch;
DROP SEQUENCE kill_epoch;
