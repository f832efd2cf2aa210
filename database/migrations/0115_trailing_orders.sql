-- Up Migration
-- Trailing stops that follow at an amount or begin at a level, trailing stop-limits, and where the venue shows their stops.

ALTER TABLE orders
  -- How far a trailing stop stays behind the best price, in quote currency; in place of `trail_bps`.
  ADD COLUMN trail_amount numeric CHECK (trail_amount > 0),
  -- How far the limit of a trailing stop-limit lies beyond its stop.
  ADD COLUMN limit_offset numeric CHECK (limit_offset >= 0),
  -- The level nearest to the market at which the venue has shown a trailing stop: it never moves back.
  ADD COLUMN venue_stop_price numeric,
  DROP CONSTRAINT orders_type_check,
  ADD CONSTRAINT orders_type_check CHECK (type IN ('market', 'limit', 'stop', 'stop-limit', 'trailing-stop', 'trailing-stop-limit')),
  DROP CONSTRAINT orders_trail_check,
  ADD CONSTRAINT orders_trail_check CHECK (num_nonnulls(trail_bps, trail_amount)
    = CASE WHEN type IN ('trailing-stop', 'trailing-stop-limit') THEN 1 ELSE 0 END),
  ADD CONSTRAINT orders_limited_check CHECK ((type = 'trailing-stop-limit') = (limit_offset IS NOT NULL));

-- Down Migration
ALTER TABLE orders
  DROP CONSTRAINT orders_limited_check,
  DROP CONSTRAINT orders_trail_check,
  DROP CONSTRAINT orders_type_check,
  ADD CONSTRAINT orders_type_check CHECK (type IN ('market', 'limit', 'stop', 'stop-limit', 'trailing-stop')),
  ADD CONSTRAINT orders_trail_check CHECK ((type = 'trailing-stop') = (trail_bps IS NOT NULL)),
  DROP COLUMN venue_stop_price,
  DROP COLUMN limit_offset,
  DROP COLUMN trail_amount;
