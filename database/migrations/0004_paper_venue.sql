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

CREATE TABLE paper.orders (
  account         text NOT NULL REFERENCES paper.books,
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
  filled          numeric NOT NULL DEFAULT 0,
  -- What the matching engine keeps of a working order.
  working         jsonb NOT NULL,
  received_at     timestamptz NOT NULL,
  market_at       timestamptz NOT NULL,
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
  quantity       numeric NOT NULL,
  price          numeric NOT NULL,
  fee            numeric NOT NULL,
  fee_asset      text NOT NULL,
  liquidity      text NOT NULL,
  market_at      timestamptz NOT NULL,
  PRIMARY KEY (account, sequence),
  FOREIGN KEY (account, venue_order_id) REFERENCES paper.orders
);
CREATE INDEX paper_fills_order ON paper.fills (account, venue_order_id);

-- Down Migration
DROP SCHEMA paper CASCADE;
