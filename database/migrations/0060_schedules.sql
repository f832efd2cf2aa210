-- Up Migration
-- What was last seen of Temporal's schedules: their counters live there, and what was told already must be known here.

CREATE TABLE schedule_notes (
  schedule_id text PRIMARY KEY,
  -- Temporal's count of runs that no catch-up window reached, as of the last look.
  missed      bigint NOT NULL CHECK (missed >= 0),
  -- Until a later run completes.
  missed_at   timestamptz,
  looked_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Down Migration

DROP TABLE schedule_notes;
