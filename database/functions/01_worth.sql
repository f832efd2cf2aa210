-- What a quantity is worth at a price: the one place where the two meet. The same as `worthOf` in domain/instrument/worth.ts.

-- Notional in quote currency, signed as the quantity. In SQL on purpose: it is plain arithmetic on a row that the caller has,
-- and PostgreSQL writes it into the caller's own plan.
CREATE OR REPLACE FUNCTION worth_of(i instruments, p_quantity numeric, p_price numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT p_quantity * p_price * i.multiplier
$$;

-- What makes an instrument a future, to be added to its JSON: {} for everything else.
CREATE OR REPLACE FUNCTION future_of(i instruments) RETURNS jsonb LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  IF i.last_trading_day IS NULL THEN RETURN '{}'; END IF;
  RETURN jsonb_build_object('future',
    jsonb_build_object('multiplier', plain(i.multiplier), 'lastTradingDay', i.last_trading_day::text));
END $$;
