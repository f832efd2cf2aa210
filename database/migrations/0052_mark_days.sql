-- Up Migration
-- The last price of each market day that an account's watcher saw: what its positions counted at when the day ended.

CREATE TABLE mark_days (
  account    text NOT NULL REFERENCES accounts,
  instrument text NOT NULL REFERENCES instruments,
  date       date NOT NULL,
  price      numeric NOT NULL CHECK (price > 0),
  PRIMARY KEY (account, instrument, date)
);

CREATE FUNCTION keep_mark() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO mark_days AS d (account, instrument, date, price)
  VALUES (NEW.account, NEW.instrument, (NEW.market_at AT TIME ZONE 'UTC')::date, NEW.price)
  ON CONFLICT (account, instrument, date) DO UPDATE SET price = excluded.price WHERE d.price <> excluded.price;
  RETURN NULL;
END $$;
CREATE TRIGGER marks_days AFTER INSERT OR UPDATE ON marks FOR EACH ROW EXECUTE FUNCTION keep_mark();
INSERT INTO mark_days (account, instrument, date, price)
SELECT account, instrument, (market_at AT TIME ZONE 'UTC')::date, price FROM marks;

-- Down Migration
DROP TRIGGER marks_days ON marks;
DROP FUNCTION keep_mark();
DROP TABLE mark_days;
