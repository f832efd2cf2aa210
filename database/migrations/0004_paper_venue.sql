-- Up Migration
-- The paper venue's own ledger. Nothing of ours reads or writes it but the paper broker; tests judge us by it.

CREATE SCHEMA paper;

CREATE TABLE paper.books (
  account      text PRIMARY KEY,
  currency     text NOT NULL,
  cash         numeric NOT NULL,
  -- Market time up to which every print has been matched.
  advanced_to  timestamptz NOT NULL,
  -- Counts every change of an order and every fill: the cursor of a poll.
  sequence     bigint NOT NULL DEFAULT 0
);

-- What the fills of an account sum up to, in units of each base asset, fees taken in it included.
CREATE TABLE paper.positions (
  account    text NOT NULL REFERENCES paper.books,
  instrument text NOT NULL,
  quantity   numeric NOT NULL,
  PRIMARY KEY (account, instrument)
);

CREATE TABLE paper.orders (
  account         text NOT NULL REFERENCES paper.books,
  -- The sequence number of its acceptance.
  venue_order_id  bigint NOT NULL,
  client_order_id text NOT NULL,
  instrument      text NOT NULL,
  side            text NOT NULL,
  quantity        numeric NOT NULL,
  type            text NOT NULL,
  price           numeric,
  stop_price      numeric,
  time_in_force   text NOT NULL,
  state           text NOT NULL,
  filled          numeric NOT NULL DEFAULT 0 CHECK (filled <= quantity),
  -- Why it ended, for people; null while it works.
  end_reason      text,
  -- What the matching engine keeps of a working order.
  working         jsonb NOT NULL,
  received_at     timestamptz NOT NULL,
  -- Market time at which it was placed.
  market_at       timestamptz NOT NULL,
  -- Of its last change that the venue shows.
  sequence        bigint NOT NULL,
  PRIMARY KEY (account, venue_order_id)
);
-- As at real venues: an id may come back as soon as its order works no more.
CREATE UNIQUE INDEX paper_orders_open_id ON paper.orders (account, client_order_id) WHERE state = 'open';
CREATE INDEX paper_orders_changed ON paper.orders (account, sequence);
CREATE INDEX paper_orders_client ON paper.orders (account, client_order_id);

CREATE TABLE paper.fills (
  account        text NOT NULL REFERENCES paper.books,
  sequence       bigint NOT NULL,
  venue_order_id bigint NOT NULL,
  -- 1 for the order's first execution, then 2, 3…: no execution can be stored twice.
  execution      integer NOT NULL,
  quantity       numeric NOT NULL CHECK (quantity > 0),
  price          numeric NOT NULL,
  fee            numeric NOT NULL,
  fee_asset      text NOT NULL,
  liquidity      text NOT NULL,
  market_at      timestamptz NOT NULL,
  PRIMARY KEY (account, sequence),
  UNIQUE (account, venue_order_id, execution),
  FOREIGN KEY (account, venue_order_id) REFERENCES paper.orders
);

-- Down Migration
DROP SCHEMA paper CASCADE;
