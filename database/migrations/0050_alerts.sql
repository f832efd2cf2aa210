-- Up Migration
-- What an operator must know and do something about. One open row a cause: a cause that goes on does not alert again.

CREATE TABLE alerts (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- What is wrong, as a stable name: backup-late, reconciliation:{account}:{instrument}, schedule-failed:{id}…
  cause      text NOT NULL CHECK (cause ~ '^[A-Za-z0-9_:./-]{1,200}$'),
  severity   text NOT NULL CHECK (severity IN ('critical', 'warning')),
  title      text NOT NULL,
  -- Facts for the reader; never a secret.
  detail     jsonb NOT NULL DEFAULT '{}',
  raised_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- When it was last seen to go on.
  seen_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  cleared_at timestamptz
);
CREATE UNIQUE INDEX alerts_one_open_a_cause ON alerts (cause) WHERE cleared_at IS NULL;
CREATE INDEX alerts_by_time ON alerts (raised_at DESC, id DESC);
