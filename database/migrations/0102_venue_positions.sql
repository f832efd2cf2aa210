-- Up Migration
-- What a venue counts beside balances: positions by instrument, and figures that it works out of the account itself. Null
-- where it has nothing of the kind.

ALTER TABLE venue_snapshots ADD COLUMN positions jsonb, ADD COLUMN account_values jsonb;

-- Down Migration
ALTER TABLE venue_snapshots DROP COLUMN positions, DROP COLUMN account_values;
