-- Up Migration
-- What restoring a backup into a scratch database showed.

CREATE TABLE restore_drills (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  backup    text NOT NULL,
  at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  good      boolean NOT NULL,
  -- One sentence each; empty when it is good.
  problems  jsonb NOT NULL,
  rows      bigint NOT NULL,
  seconds   numeric NOT NULL
);

-- Down Migration
DROP TABLE restore_drills;
