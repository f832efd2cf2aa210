-- Up Migration
-- Comparisons of an account's books with its venue's, and what they found.

CREATE TABLE reconciliations (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account      text NOT NULL REFERENCES accounts,
  -- 'market' in market hours, 'session' after one, 'request' by a person.
  why          text NOT NULL CHECK (why IN ('market', 'session', 'request')),
  requested_by text NOT NULL,
  state        text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'agreed', 'differs', 'failed')),
  -- How often both sides were read, and how many things were compared at the last look.
  looks        integer NOT NULL DEFAULT 0,
  compared     jsonb NOT NULL DEFAULT '{}',
  failure      text,
  started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Market time of the account when it was begun.
  market_at    timestamptz NOT NULL,
  finished_at  timestamptz,
  CHECK ((state = 'running') = (finished_at IS NULL))
);
CREATE UNIQUE INDEX reconciliations_one_at_a_time ON reconciliations (account) WHERE state = 'running';
CREATE INDEX reconciliations_newest ON reconciliations (account, id DESC);

CREATE TABLE reconciliation_differences (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account        text NOT NULL REFERENCES accounts,
  -- The comparison that opened it.
  opened_in      bigint NOT NULL REFERENCES reconciliations,
  -- The same difference at another look has the same key; see domain/reconciliation/difference.ts.
  key            text NOT NULL,
  kind           text NOT NULL,
  subject        text NOT NULL,
  -- Of a balance the asset, of all others the instrument.
  instrument     text,
  asset          text,
  ours           text,
  venue          text,
  evidence       jsonb NOT NULL,
  correction     jsonb,
  state          text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'gone')),
  opened_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  closed_at      timestamptz,
  -- The comparison that no longer saw it.
  closed_in      bigint REFERENCES reconciliations,
  -- Who accepted it, why, and the entry of the ledger that makes our side equal.
  closed_by      text,
  reason         text CHECK (length(reason) BETWEEN 3 AND 500),
  entry          bigint REFERENCES ledger_entries,
  CHECK ((state = 'open') = (closed_at IS NULL)),
  CHECK ((state = 'accepted') = (closed_by IS NOT NULL AND reason IS NOT NULL))
);
CREATE UNIQUE INDEX reconciliation_differences_open ON reconciliation_differences (account, key) WHERE state = 'open';
CREATE INDEX reconciliation_differences_newest ON reconciliation_differences (account, id DESC);
CREATE INDEX reconciliation_differences_accepted ON reconciliation_differences (account, key) WHERE state = 'accepted';

-- Rows are never deleted, and change only from running or open to their end.
CREATE FUNCTION refuse_reopening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.state NOT IN ('running', 'open') THEN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER reconciliations_append_only BEFORE UPDATE OR DELETE ON reconciliations
  FOR EACH ROW EXECUTE FUNCTION refuse_reopening();
CREATE TRIGGER differences_append_only BEFORE UPDATE OR DELETE ON reconciliation_differences
  FOR EACH ROW EXECUTE FUNCTION refuse_reopening();

-- Up to where fills of both sides are compared. It stands still while fills differ or are on their way.
CREATE TABLE reconciliation_cursors (
  account     text PRIMARY KEY REFERENCES accounts,
  cursor      text NOT NULL,
  -- Our fills with a higher id are to be compared.
  fills_after bigint NOT NULL,
  moved_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Down Migration
DROP TABLE reconciliation_cursors, reconciliation_differences, reconciliations;
DROP FUNCTION refuse_reopening;
