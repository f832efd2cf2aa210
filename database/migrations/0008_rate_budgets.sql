-- Up Migration
-- The request budgets of venues: token buckets that every process of this installation draws from.

CREATE TABLE rate_budgets (
  -- 'address:VENUE:HOST:ADDRESS' or 'account:NAME'.
  scope         text PRIMARY KEY,
  -- Units that may be spent at once, and units that come back each second; the venue's own measure of a request.
  capacity      numeric NOT NULL CHECK (capacity > 0),
  refill        numeric NOT NULL CHECK (refill > 0),
  -- Units that only `safety` may spend.
  reserve       numeric NOT NULL CHECK (reserve >= 0 AND reserve < capacity),
  tokens        numeric NOT NULL,
  counted_at    timestamptz NOT NULL,
  -- Until then nobody sends anything: the venue said so.
  blocked_until timestamptz NOT NULL DEFAULT '-infinity',
  blocked_why   text
);

-- Down Migration
DROP TABLE rate_budgets;
