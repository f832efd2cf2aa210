-- Up Migration
-- What a venue tells of the age of an account's key: never the key.

CREATE TABLE venue_keys (
  account    text PRIMARY KEY REFERENCES accounts,
  made_at    timestamptz NOT NULL,
  -- Null when it does not end by itself.
  expires_at timestamptz,
  told_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Down Migration
DROP TABLE venue_keys;
