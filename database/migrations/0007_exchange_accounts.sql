-- Up Migration
-- Accounts at exchanges: what they may trade, what their venue shows, and the prices that its instruments have.

-- An exchange's rules for an instrument belong to the account's listing; `instruments` then keeps its identity alone.
ALTER TABLE instruments
  DROP CONSTRAINT instruments_feed_check,
  ADD CONSTRAINT instruments_feed_check CHECK (feed IN ('daily-bars', 'synthetic', 'venue')),
  ALTER COLUMN tick DROP NOT NULL,
  ALTER COLUMN lot DROP NOT NULL,
  ALTER COLUMN min_quantity DROP NOT NULL,
  ALTER COLUMN min_notional DROP NOT NULL,
  ADD CONSTRAINT instruments_rules_check CHECK ((feed = 'venue') =
    (num_nulls(tick, lot, min_quantity, min_notional) = 4) AND num_nulls(tick, lot, min_quantity, min_notional) IN (0, 4));

ALTER TABLE accounts
  ADD COLUMN market_type text NOT NULL DEFAULT 'spot' CHECK (market_type IN ('spot')),
  -- Milliseconds after which a price of the venue is stale; null for a paper account, whose tape knows.
  ADD COLUMN quote_max_age_ms integer CHECK (quote_max_age_ms > 0),
  -- Who set the quarantine, so that nobody lifts another's: 'settings', 'contact' or 'key'; null for all others.
  ADD COLUMN quarantined_by text CHECK (quarantined_by IN ('settings', 'contact', 'key')),
  -- When the venue first answered and the opening cash was read; null until then, and for paper accounts.
  ADD COLUMN contacted_at timestamptz;

CREATE TABLE listings (
  account           text NOT NULL REFERENCES accounts,
  instrument        text NOT NULL REFERENCES instruments,
  tick              numeric NOT NULL CHECK (tick > 0),
  lot               numeric NOT NULL CHECK (lot > 0),
  min_quantity      numeric NOT NULL CHECK (min_quantity >= 0),
  min_notional      numeric NOT NULL CHECK (min_notional >= 0),
  max_base_fee_rate numeric NOT NULL CHECK (max_base_fee_rate >= 0),
  -- False once the venue lists it no more: open trades go on with the last rules, new ones are refused.
  listed            boolean NOT NULL DEFAULT true,
  fetched_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (account, instrument)
);

-- The last price of an instrument at the account's venue, and the last one of the UTC day before: what a day's profit or
-- loss is measured from.
CREATE TABLE venue_quotes (
  account    text NOT NULL REFERENCES accounts,
  instrument text NOT NULL REFERENCES instruments,
  price      numeric NOT NULL CHECK (price > 0),
  bid        numeric NOT NULL CHECK (bid > 0),
  ask        numeric NOT NULL CHECK (ask > 0),
  market_at  timestamptz NOT NULL,
  stored_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  prior_price numeric CHECK (prior_price > 0),
  prior_at   timestamptz,
  PRIMARY KEY (account, instrument)
);

-- People who watch a price: the account's watcher fetches it until the lease ends.
CREATE TABLE quote_leases (
  account    text NOT NULL REFERENCES accounts,
  instrument text NOT NULL REFERENCES instruments,
  until      timestamptz NOT NULL,
  PRIMARY KEY (account, instrument)
);

-- What the venue showed of the account when it was last asked, ours or not; the watcher replaces it as a whole.
CREATE TABLE venue_snapshots (
  account       text PRIMARY KEY REFERENCES accounts,
  -- Venue's name for people, and how its prices come: 'stream', 'poll' or 'none'.
  quotes_by     text CHECK (quotes_by IN ('stream', 'poll', 'none')),
  balances      jsonb NOT NULL DEFAULT '[]',
  orders        jsonb NOT NULL DEFAULT '[]',
  as_of         timestamptz,
  -- Of the last poll of orders and fills that was booked.
  polled_at     timestamptz,
  -- What went wrong last by chore, such as {"poll": "..."}; a chore that works again leaves it.
  problems      jsonb NOT NULL DEFAULT '{}',
  -- State of the venue's streams, such as {"quotes": {"up": true, "why": "..."}}.
  lines         jsonb NOT NULL DEFAULT '{}'
);

CREATE INDEX fills_foreign ON fills (account, id DESC) WHERE trade_id IS NULL;
CREATE INDEX order_attempts_absent ON order_attempts (finished_at) WHERE state = 'not-found';

-- Down Migration
DROP INDEX fills_foreign, order_attempts_absent;
DROP TABLE venue_snapshots, quote_leases, venue_quotes, listings;
ALTER TABLE accounts DROP COLUMN market_type, DROP COLUMN quote_max_age_ms, DROP COLUMN quarantined_by, DROP COLUMN contacted_at;
ALTER TABLE instruments
  DROP CONSTRAINT instruments_rules_check,
  DROP CONSTRAINT instruments_feed_check,
  ADD CONSTRAINT instruments_feed_check CHECK (feed IN ('daily-bars', 'synthetic')),
  ALTER COLUMN tick SET NOT NULL,
  ALTER COLUMN lot SET NOT NULL,
  ALTER COLUMN min_quantity SET NOT NULL,
  ALTER COLUMN min_notional SET NOT NULL;
