-- Up Migration
-- Numbers of orders for a venue that wants rising ones from each of its clients, and accounts that trade stocks.

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

ALTER TABLE accounts
  DROP CONSTRAINT accounts_market_type_check,
  ADD CONSTRAINT accounts_market_type_check CHECK (market_type IN ('spot', 'stock'));

-- Down Migration
ALTER TABLE accounts
  DROP CONSTRAINT accounts_market_type_check,
  ADD CONSTRAINT accounts_market_type_check CHECK (market_type IN ('spot'));
DROP TABLE venue_order_numbers, venue_order_counters;
