-- Up Migration
-- How many candles and corrections a series has: counting them reads every row of a table that may have a billion.

ALTER TABLE candle_series ADD COLUMN candles bigint NOT NULL DEFAULT 0 CHECK (candles >= 0);
ALTER TABLE candle_series ADD COLUMN corrections bigint NOT NULL DEFAULT 0 CHECK (corrections >= 0);
UPDATE candle_series s SET candles = (SELECT count(*) FROM candles c WHERE c.series = s.number),
  corrections = (SELECT count(*) FROM candle_corrections k WHERE k.series = s.number);

-- `store_candles` counts what it adds; whatever is deleted, by whomever, is taken off here.
CREATE FUNCTION uncount_candles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE candle_series s SET candles = s.candles - gone.n FROM (SELECT series, count(*) AS n FROM deleted GROUP BY series) gone
  WHERE s.number = gone.series;
  RETURN NULL;
END $$;
CREATE TRIGGER candles_uncounted AFTER DELETE ON candles REFERENCING OLD TABLE AS deleted
  FOR EACH STATEMENT EXECUTE FUNCTION uncount_candles();

-- Down Migration
DROP TRIGGER candles_uncounted ON candles;
DROP FUNCTION uncount_candles;
ALTER TABLE candle_series DROP COLUMN candles, DROP COLUMN corrections;
