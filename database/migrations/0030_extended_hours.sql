-- Up Migration
-- Whether a venue takes limit orders for an instrument in pre- and post-market.

ALTER TABLE instruments ADD COLUMN extended_hours boolean NOT NULL DEFAULT false;

-- Down Migration
ALTER TABLE instruments DROP COLUMN extended_hours;
