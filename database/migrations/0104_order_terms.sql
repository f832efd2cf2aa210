-- Up Migration
-- What an order means beyond its type: until when it is good, and whether it works outside regular hours.

ALTER TABLE orders
  ADD COLUMN good_till timestamptz,
  ADD COLUMN outside_regular_hours boolean NOT NULL DEFAULT false,
  DROP CONSTRAINT orders_time_in_force_check,
  ADD CONSTRAINT orders_time_in_force_check CHECK (time_in_force IN ('GTC', 'IOC', 'FOK', 'DAY', 'GTD', 'OPG')),
  ADD CONSTRAINT orders_good_till_check CHECK ((time_in_force = 'GTD') = (good_till IS NOT NULL));

-- Down Migration
ALTER TABLE orders
  DROP CONSTRAINT orders_good_till_check,
  DROP CONSTRAINT orders_time_in_force_check,
  ADD CONSTRAINT orders_time_in_force_check CHECK (time_in_force IN ('GTC', 'IOC', 'FOK', 'DAY')),
  DROP COLUMN outside_regular_hours,
  DROP COLUMN good_till;
