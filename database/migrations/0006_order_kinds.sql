-- Up Migration
-- Post-only limits and trailing stops: what an order means that its type, prices and time in force do not say.

ALTER TABLE orders
  ADD COLUMN post_only boolean NOT NULL DEFAULT false,
  -- Basis points that a trailing stop stays behind the best price.
  ADD COLUMN trail_bps integer CHECK (trail_bps BETWEEN 1 AND 9999),
  DROP CONSTRAINT orders_type_check,
  ADD CONSTRAINT orders_type_check CHECK (type IN ('market', 'limit', 'stop', 'stop-limit', 'trailing-stop')),
  ADD CONSTRAINT orders_trail_check CHECK ((type = 'trailing-stop') = (trail_bps IS NOT NULL));

-- Down Migration
ALTER TABLE orders
  DROP CONSTRAINT orders_trail_check,
  DROP CONSTRAINT orders_type_check,
  ADD CONSTRAINT orders_type_check CHECK (type IN ('market', 'limit', 'stop', 'stop-limit')),
  DROP COLUMN trail_bps,
  DROP COLUMN post_only;
