-- Up Migration
-- Risk: the policy files that were applied, what the checks decided, locks after losses, and the highest equity.

CREATE TABLE risk_policies (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- The whole file; the newest row is in force, and the accounts' own rows hold what it says of them.
  document   jsonb NOT NULL,
  hash       text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  applied_by text NOT NULL
);
CREATE TRIGGER risk_policies_append_only BEFORE UPDATE OR DELETE ON risk_policies FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE risk_verdicts (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  trade_id  text NOT NULL REFERENCES trades,
  account   text NOT NULL REFERENCES accounts,
  at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  market_at timestamptz NOT NULL,
  approved  boolean NOT NULL,
  -- Of a refusal.
  code      text,
  -- Inputs, limits, the binding one, head-room and every check, as domain/risk/verdict.ts writes them.
  document  jsonb NOT NULL
);
CREATE INDEX risk_verdicts_trade ON risk_verdicts (trade_id, id);
CREATE TRIGGER risk_verdicts_append_only BEFORE UPDATE OR DELETE ON risk_verdicts FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE risk_locks (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account      text NOT NULL REFERENCES accounts,
  -- 'account' or 'instrument:ID'
  scope        text NOT NULL,
  code         text NOT NULL CHECK (code IN ('cooldown', 'loss_streak')),
  -- The losing trade after which it was made.
  trade_id     text NOT NULL REFERENCES trades,
  -- Market time up to which it holds.
  market_until timestamptz NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  released_at  timestamptz,
  released_by  text
);
CREATE INDEX risk_locks_account ON risk_locks (account, market_until) WHERE released_at IS NULL;

CREATE TABLE equity_peaks (
  account text PRIMARY KEY REFERENCES accounts,
  equity  numeric NOT NULL,
  at      timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Down Migration
DROP TABLE equity_peaks, risk_locks, risk_verdicts, risk_policies;
