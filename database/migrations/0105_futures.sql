-- Up Migration
-- Futures: what a change of the price by 1 is worth for one contract, and the last day of its trading.
--
-- A future is booked gross on both sides: a fill moves the booked cash by its whole worth, quantity × price × multiplier, as
-- one of a stock does, and the position counts quantity × mark × multiplier. So equity, realised and unrealised profit are
-- exact at every moment, entries stay additive, and no daily settlement has to be known. What people and venues call cash is
-- without that notional: whoever shows cash adds the cost of the open futures to it.

ALTER TABLE instruments
  ADD COLUMN multiplier numeric NOT NULL DEFAULT 1 CHECK (multiplier > 0 AND multiplier < 'Infinity'),
  -- Set for a future and for nothing else; in the zone of its calendar.
  ADD COLUMN last_trading_day date,
  ADD CONSTRAINT instruments_future_check CHECK (multiplier = 1 OR last_trading_day IS NOT NULL);

-- What each account's venue tells of it; the earliest counts.
ALTER TABLE listings ADD COLUMN last_trading_day date;

-- Down Migration
ALTER TABLE listings DROP COLUMN last_trading_day;
ALTER TABLE instruments DROP CONSTRAINT instruments_future_check, DROP COLUMN last_trading_day, DROP COLUMN multiplier;
