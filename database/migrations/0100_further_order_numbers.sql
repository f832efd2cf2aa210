-- Up Migration
-- An order may have more than one number at a venue that counts orders by itself: a further one is drawn when the venue has
-- gone past the number of an order that never reached it.
ALTER TABLE venue_order_numbers DROP CONSTRAINT venue_order_numbers_account_client_id_client_order_id_key;
CREATE INDEX venue_order_numbers_by_order ON venue_order_numbers (account, client_id, client_order_id, number DESC);

-- Down Migration
-- The counters keep every number from being drawn again.
ALTER TABLE venue_order_numbers DISABLE TRIGGER venue_order_numbers_append_only;
DELETE FROM venue_order_numbers older USING venue_order_numbers newer
WHERE newer.account = older.account AND newer.client_id = older.client_id
  AND newer.client_order_id = older.client_order_id AND newer.number > older.number;
ALTER TABLE venue_order_numbers ENABLE TRIGGER venue_order_numbers_append_only;
DROP INDEX venue_order_numbers_by_order;
ALTER TABLE venue_order_numbers ADD UNIQUE (account, client_id, client_order_id);
