-- Up Migration
-- Backups as whoever takes, copies and reads them last found them: what the API shows, with the folder on another machine.
CREATE TABLE backups (
  id             text NOT NULL CHECK (id ~ '^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}Z$'),
  -- local: the folder of the workers; s3: object storage.
  place          text NOT NULL CHECK (place IN ('local', 's3')),
  -- Null while it can be used; else why not.
  reason         text,
  rows           bigint,
  bytes          bigint,
  encrypted      boolean,
  writer         text,
  -- When it was last found there.
  seen_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- When every byte of it was last read, and what was wrong: null when nothing was.
  verified_at    timestamptz,
  verify_problem text,
  PRIMARY KEY (id, place)
);

-- Down Migration
DROP TABLE backups;
