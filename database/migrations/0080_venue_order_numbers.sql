-- Up Migration
-- Numbers of orders for a venue that wants rising ones from each of its clients, and what such a venue says late of a fill.

-- The highest number that was ever drawn for one client of an account's venue.
CREATE TABLE venue_order_counters (
  account     text NOT NULL REFERENCES accounts,
  client_id   integer NOT NULL CHECK (client_id BETWEEN 0 AND 2147483647),
  last_number integer NOT NULL CHECK (last_number >= 0),
  PRIMARY KEY (account, client_id)
);

-- The number of each order: drawn, and committed, before anything is sent under it. It stays the order's for good.
CREATE TABLE venue_order_numbers (
  account         text NOT NULL,
  client_id       integer NOT NULL,
  number          integer NOT NULL CHECK (number >= 1),
  client_order_id text NOT NULL CHECK (client_order_id ~ '^[0-9a-f]{32}$'),
  drawn_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (account, client_id, number),
  UNIQUE (account, client_id, client_order_id),
  FOREIGN KEY (account, client_id) REFERENCES venue_order_counters
);
CREATE TRIGGER venue_order_numbers_append_only BEFORE UPDATE OR DELETE ON venue_order_numbers
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A row that corrects an earlier one holds the differences: its quantity may be negative, or zero for a late fee.
ALTER TABLE fills
  ADD COLUMN corrects bigint REFERENCES fills,
  -- The venue had not said yet what the fill cost.
  ADD COLUMN fee_pending boolean NOT NULL DEFAULT false,
  DROP CONSTRAINT fills_quantity_check,
  ADD CONSTRAINT fills_quantity_check CHECK (quantity > 0 OR corrects IS NOT NULL);

ALTER TABLE accounts
  DROP CONSTRAINT accounts_market_type_check,
  ADD CONSTRAINT accounts_market_type_check CHECK (market_type IN ('spot', 'stock'));
CREATE INDEX fills_corrects ON fills (corrects) WHERE corrects IS NOT NULL;

-- Down Migration
DROP INDEX fills_corrects;
ALTER TABLE accounts
  DROP CONSTRAINT accounts_market_type_check,
  ADD CONSTRAINT accounts_market_type_check CHECK (market_type IN ('spot'));
ALTER TABLE fills
  DROP CONSTRAINT fills_quantity_check,
  DROP COLUMN fee_pending,
  DROP COLUMN corrects,
  ADD CONSTRAINT fills_quantity_check CHECK (quantity > 0);
DROP TABLE venue_order_numbers, venue_order_counters;
