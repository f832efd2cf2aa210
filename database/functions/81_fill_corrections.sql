-- What a venue says late of a fill that is booked: another quantity or price, or what it cost.

-- Books what differs between a fill as it is stated now and all that is booked of it: the rows whose id begins with what it
-- corrects, or the row of its own id when only its cost was open. Answers null when there is no such row, and otherwise what
-- differed: 'units', 'money' or 'nothing'. The differences are a row of their own: what was booked stays as it was.
CREATE OR REPLACE FUNCTION correct_fill(p_venue text, p_account text, f jsonb) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  first fills;
  i instruments;
  was record;
  own_id text := f ->> 'venueFillId';
  sign integer;
  units numeric := (f ->> 'quantity')::numeric;
  cost numeric := (f ->> 'fee')::numeric;
  pending boolean := coalesce((f ->> 'feePending')::boolean, false);
  position_now numeric;
  cash_now numeric;
BEGIN
  SELECT * INTO first FROM fills x WHERE x.venue = p_venue AND x.account = p_account AND x.instrument = f ->> 'instrument'
    AND x.venue_order_id = f ->> 'venueOrderId' AND x.corrects IS NULL
    AND CASE WHEN f ? 'corrects' THEN starts_with(x.venue_fill_id, f ->> 'corrects') ELSE x.venue_fill_id = own_id END ORDER BY x.id LIMIT 1;
  IF NOT FOUND THEN RETURN NULL; END IF;
  SELECT * INTO i FROM instruments WHERE id = first.instrument;
  SELECT sum(x.quantity) AS quantity, sum(x.fee) AS fee, sum(x.position_change) AS position, sum(x.cash_change) AS cash,
    bool_or(x.venue_fill_id = own_id) AS stated, bool_or(x.venue_fill_id = own_id AND x.fee_pending) AS open,
    bool_or(x.venue_fill_id = own_id || '+fee') AS settled
  INTO was FROM fills x WHERE x.id = first.id OR x.corrects = first.id;
  -- Stated before: only a cost that was open then may be new.
  IF was.stated AND (pending OR was.settled OR NOT was.open) THEN RETURN 'nothing'; END IF;
  -- Its cost is not known yet: what the earlier statement cost stands.
  IF pending THEN cost := was.fee; END IF;
  sign := CASE first.side WHEN 'buy' THEN 1 ELSE -1 END;
  position_now := sign * units - CASE WHEN f ->> 'feeAsset' = i.base_asset THEN cost ELSE 0 END;
  cash_now := -sign * units * (f ->> 'price')::numeric - CASE WHEN f ->> 'feeAsset' = i.quote_asset THEN cost ELSE 0 END;
  INSERT INTO fills (venue, account, instrument, venue_order_id, venue_fill_id, client_order_id, trade_id, side, quantity,
                     price, fee, fee_asset, liquidity, market_at, position_change, cash_change, corrects, fee_pending)
  VALUES (p_venue, p_account, first.instrument, first.venue_order_id, own_id || CASE WHEN was.stated THEN '+fee' ELSE '' END,
          first.client_order_id, first.trade_id, first.side, units - was.quantity, (f ->> 'price')::numeric,
          cost - was.fee, f ->> 'feeAsset', first.liquidity, (f ->> 'marketAt')::timestamptz,
          position_now - was.position, cash_now - was.cash, first.id, pending);
  -- A trade that has ended keeps its end; what it made is another amount.
  UPDATE trades SET realised_pnl = realised_pnl + cash_now - was.cash WHERE id = first.trade_id AND realised_pnl IS NOT NULL;
  IF units = was.quantity THEN RETURN 'money'; END IF;
  UPDATE orders o SET booked = least(o.quantity, greatest(0, o.booked + units - was.quantity)),
    venue_filled = least(o.quantity, greatest(0, o.venue_filled + units - was.quantity)), updated_at = clock_timestamp()
  WHERE o.client_order_id = first.client_order_id;
  IF first.trade_id IS NOT NULL THEN PERFORM call_person(first.trade_id, 'fill_corrected'); END IF;
  RETURN 'units';
END $$;

-- Whether a report says nothing new of fills that are booked.
CREATE OR REPLACE FUNCTION costs_are_known(p jsonb) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT NOT EXISTS (
    SELECT FROM jsonb_to_recordset(p -> 'fills') AS v(instrument text, "venueOrderId" text, "venueFillId" text, "feePending" boolean)
    JOIN fills f ON f.venue = p ->> 'venue' AND f.account = p ->> 'account' AND f.instrument = v.instrument
      AND f.venue_order_id = v."venueOrderId" AND f.venue_fill_id = v."venueFillId"
    WHERE f.fee_pending AND NOT coalesce(v."feePending", false)
      AND NOT EXISTS (SELECT FROM fills x WHERE x.corrects = coalesce(f.corrects, f.id) AND x.venue_fill_id = f.venue_fill_id || '+fee'))
$$;

-- What `book_fill` answers after a correction: the order whose count changed, '' when only money did, null for nothing new.
CREATE OR REPLACE FUNCTION correction_answer(p_corrected text, p_order text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE p_corrected WHEN 'units' THEN coalesce(p_order, '') WHEN 'money' THEN '' END
$$;
