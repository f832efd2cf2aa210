-- Up Migration
-- One page a day for the operator.

CREATE TABLE daily_reports (
  -- The day that it tells of, in UTC.
  day       date PRIMARY KEY,
  made_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- What was counted, and the same for people.
  document  jsonb NOT NULL,
  markdown  text NOT NULL,
  html      text NOT NULL,
  -- When it left; it leaves once.
  mailed_at timestamptz,
  posted_at timestamptz
);

-- Down Migration
DROP TABLE daily_reports;
