-- Up Migration
-- When a venue last answered a poll stands with the account; the snapshot's copy of it is gone.

ALTER TABLE venue_snapshots DROP COLUMN polled_at;

-- Down Migration

ALTER TABLE venue_snapshots ADD COLUMN polled_at timestamptz;
