-- Up Migration
-- Market history as feeds tell it. The paper venue's own tape is `daily_bars`: prices that paper orders fill at, which
-- never change. What is here is corrected when a feed corrects itself, and no order fills at it.

-- Candles of one instrument and length, as one feed tells them.
CREATE TABLE candle_series (
  number     integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- {feed}:{symbol}:{timeframe}, with :{adjustment} behind it unless raw
  id         text NOT NULL UNIQUE CHECK (length(id) <= 120),
  feed       text NOT NULL,
  symbol     text NOT NULL,
  timeframe  text NOT NULL CHECK (timeframe IN ('1m', '5m', '15m', '30m', '1h', '4h', '1d')),
  -- raw; splits: divided by later splits; total: also lowered by later dividends.
  adjustment text NOT NULL CHECK (adjustment IN ('raw', 'splits', 'total')),
  -- Says which candles should exist.
  calendar   text NOT NULL,
  -- The earliest opening that anybody asked for; null when only a file brought candles.
  since      timestamptz,
  -- Everything from since up to here was asked for and answered; where a back-fill goes on.
  filled_to  timestamptz,
  -- Kept up to date by the schedule, and alerted about when it is not.
  followed   boolean NOT NULL DEFAULT false,
  -- When a feed last answered, and what the last try ended with: null when it was well.
  asked_at   timestamptz,
  problem    text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (filled_to IS NULL OR since IS NOT NULL)
);
CREATE INDEX candle_series_by_feed ON candle_series (feed, timeframe);

-- Who brought candles: a feed by its name, or `csv`.
CREATE TABLE candle_sources (
  number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name   text NOT NULL UNIQUE
);

-- Written by store_candles alone, which looks once a call that series and source exist: a foreign key would look for each
-- row.
CREATE TABLE candles (
  series      integer NOT NULL,
  open_at     timestamptz NOT NULL,
  open        numeric NOT NULL CHECK (open > 0),
  high        numeric NOT NULL CHECK (high >= greatest(open, close)),
  low         numeric NOT NULL CHECK (low > 0 AND low <= least(open, close)),
  close       numeric NOT NULL CHECK (close > 0),
  volume      numeric NOT NULL CHECK (volume >= 0),
  source      integer NOT NULL,
  -- When these values were first seen: nothing before could know them.
  received_at timestamptz NOT NULL,
  PRIMARY KEY (series, open_at)
);

-- What a candle said before a source said otherwise; the newest values are in candles.
CREATE TABLE candle_corrections (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  series      integer NOT NULL REFERENCES candle_series,
  open_at     timestamptz NOT NULL,
  open        numeric NOT NULL,
  high        numeric NOT NULL,
  low         numeric NOT NULL,
  close       numeric NOT NULL,
  volume      numeric NOT NULL,
  source      integer NOT NULL REFERENCES candle_sources,
  received_at timestamptz NOT NULL,
  -- The values that took their place.
  new_open    numeric NOT NULL,
  new_high    numeric NOT NULL,
  new_low     numeric NOT NULL,
  new_close   numeric NOT NULL,
  new_volume  numeric NOT NULL,
  new_source  integer NOT NULL REFERENCES candle_sources,
  noticed_at  timestamptz NOT NULL
);
CREATE INDEX candle_corrections_by_series ON candle_corrections (series, open_at);

-- Stretches in which the calendar wants candles, that were asked for again and are still not there.
CREATE TABLE candle_gaps (
  series     integer NOT NULL REFERENCES candle_series,
  from_at    timestamptz NOT NULL,
  -- The first place after the gap.
  to_at      timestamptz NOT NULL CHECK (to_at > from_at),
  missing    integer NOT NULL CHECK (missing > 0),
  -- How often it was asked for again.
  tries      integer NOT NULL DEFAULT 1,
  found_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (series, from_at)
);
