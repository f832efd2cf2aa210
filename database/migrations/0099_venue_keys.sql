-- Up Migration
-- What a venue tells of the age of an account's key: never the key.

CREATE TABLE venue_keys (
  account    text PRIMARY KEY REFERENCES accounts,
  made_at    timestamptz NOT NULL,
  -- Null when it does not end by itself.
  expires_at timestamptz,
  told_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The moment that a schedule's server was stuck at when it counted runs as missed: it counts the same ones again when it wakes.
ALTER TABLE schedule_notes ADD COLUMN stuck_at timestamptz;

-- Down Migration
ALTER TABLE schedule_notes DROP COLUMN stuck_at;
DROP TABLE venue_keys;
