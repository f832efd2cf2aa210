-- What a venue says of an execution after it was booked: a fee that was not known before, or a correction under a higher
-- revision. Whatever order the reports come in, the highest revision stands, and of one revision the fee that is known.

-- The newest row of a fill's identity; null when it was never booked.
CREATE OR REPLACE FUNCTION last_fill(p_venue text, p_account text, f jsonb) RETURNS fills LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  found_fill fills;
BEGIN
  SELECT * INTO found_fill FROM fills x WHERE x.venue = p_venue AND x.account = p_account AND x.instrument = f ->> 'instrument'
    AND x.venue_order_id = f ->> 'venueOrderId' AND x.venue_fill_id = f ->> 'venueFillId'
  ORDER BY x.amendment DESC LIMIT 1;
  RETURN found_fill;
END $$;

-- How a booked execution stands: {quantity, price, fee, feeAsset}.
CREATE OR REPLACE FUNCTION standing(b fills) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(b.stands, jsonb_build_object('quantity', b.quantity, 'price', b.price, 'fee', b.fee, 'feeAsset', b.fee_asset))
$$;

-- Whether two reports tell of the same execution, fee aside.
CREATE OR REPLACE FUNCTION same_execution(b fills, f jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT b.side = f ->> 'side' AND (standing(b) ->> 'quantity')::numeric = (f ->> 'quantity')::numeric
    AND (standing(b) ->> 'price')::numeric = (f ->> 'price')::numeric
$$;

-- Whether the booked fill tells all that a report does. A fee of zero says no more than that it is not known yet.
CREATE OR REPLACE FUNCTION fill_is_known(b fills, f jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce((f ->> 'revision')::integer, 0) < b.revision OR (coalesce((f ->> 'revision')::integer, 0) = b.revision
    AND same_execution(b, f) AND ((f ->> 'fee')::numeric = 0 OR ((f ->> 'fee')::numeric = (standing(b) ->> 'fee')::numeric
                                                                 AND f ->> 'feeAsset' = standing(b) ->> 'feeAsset')))
$$;

-- A fill that is told in two ways under one identity and revision: what is booked stands, and a person must look.
CREATE OR REPLACE FUNCTION refuse_fill(b fills, f jsonb) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  INSERT INTO alerts (cause, severity, title, detail)
  VALUES ('fill-differs:' || b.account || ':' || coalesce(b.amends, b.id), 'critical',
    format('%s tells execution %s of %s in %s in another way than before; the ledger keeps what it booked first',
      b.venue, b.venue_fill_id, b.instrument, b.account),
    jsonb_build_object('account', b.account, 'tradeId', b.trade_id, 'booked', standing(b), 'told', f))
  ON CONFLICT (cause) WHERE cleared_at IS NULL DO UPDATE SET seen_at = clock_timestamp(), detail = excluded.detail;
  IF b.trade_id IS NOT NULL THEN PERFORM call_person(b.trade_id, 'fill_differs'); END IF;
END $$;

-- Books the difference between a fill as it stands and as it is told now. Answers as book_fill: the order when the
-- position changed, '' when it has none, and null when there is nothing that anybody must wake up for.
CREATE OR REPLACE FUNCTION amend_fill(p_venue text, p_account text, i instruments, f jsonb) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  b fills := last_fill(p_venue, p_account, f);
  before jsonb := standing(b);
  told integer := coalesce((f ->> 'revision')::integer, 0);
  executed boolean := NOT same_execution(b, f);
  -- A fee in another asset takes a row of its own: the first one takes the old fee back.
  moved_asset boolean := (before ->> 'fee')::numeric <> 0 AND before ->> 'feeAsset' <> f ->> 'feeAsset';
  grown numeric := (f ->> 'quantity')::numeric - (before ->> 'quantity')::numeric;
  units numeric := (f ->> 'quantity')::numeric * CASE f ->> 'side' WHEN 'buy' THEN 1 ELSE -1 END;
  units_before numeric := (before ->> 'quantity')::numeric * CASE b.side WHEN 'buy' THEN 1 ELSE -1 END;
  held_before numeric := (SELECT quantity FROM account_positions p WHERE p.account = p_account AND p.instrument = i.id);
  money numeric := worth_of(i, units_before, (before ->> 'price')::numeric) - worth_of(i, units, (f ->> 'price')::numeric);
BEGIN
  IF fill_is_known(b, f) THEN RETURN NULL; END IF;
  IF told = b.revision AND (executed OR (before ->> 'fee')::numeric <> 0) THEN
    PERFORM refuse_fill(b, f);
    RETURN NULL;
  END IF;
  INSERT INTO fills (venue, account, instrument, venue_order_id, venue_fill_id, client_order_id, trade_id, side, quantity, price,
                     fee, fee_asset, liquidity, market_at, revision, amendment, amends, stands, position_change, cash_change)
  SELECT b.venue, b.account, b.instrument, b.venue_order_id, b.venue_fill_id, b.client_order_id, b.trade_id, f ->> 'side', 0,
    (f ->> 'price')::numeric, r.fee, r.asset, b.liquidity, b.market_at, told, b.amendment + r.n, coalesce(b.amends, b.id),
    jsonb_build_object('quantity', f ->> 'quantity', 'price', f ->> 'price', 'fee', f ->> 'fee', 'feeAsset', f ->> 'feeAsset'),
    r.units - CASE WHEN r.asset = i.base_asset THEN r.fee ELSE 0 END,
    r.money - CASE WHEN r.asset = i.quote_asset THEN r.fee ELSE 0 END
  FROM (SELECT 1 AS n, -(before ->> 'fee')::numeric AS fee, before ->> 'feeAsset' AS asset, 0 AS units, 0 AS money WHERE moved_asset
        UNION ALL
        SELECT CASE WHEN moved_asset THEN 2 ELSE 1 END, (f ->> 'fee')::numeric - CASE WHEN moved_asset THEN 0 ELSE (before ->> 'fee')::numeric END,
          f ->> 'feeAsset', units - units_before, money) r
  ORDER BY r.n;
  IF b.trade_id IS NULL THEN RETURN ''; END IF;
  PERFORM note_event(b.trade_id, 'fill', CASE WHEN executed THEN 'corrected' ELSE 'fee' END, f);
  UPDATE trades SET realised_pnl = (SELECT sum(cash_change) FROM fills WHERE trade_id = b.trade_id) WHERE id = b.trade_id AND phase = 'ended';
  IF executed THEN
    UPDATE orders SET booked = least(quantity, greatest(0, booked + grown)), venue_filled = least(quantity, greatest(0, venue_filled + grown)),
      updated_at = clock_timestamp()
    WHERE client_order_id = b.client_order_id;
    PERFORM call_person(b.trade_id, 'execution_corrected');
  END IF;
  IF held_before IS NOT DISTINCT FROM (SELECT quantity FROM account_positions p WHERE p.account = p_account AND p.instrument = i.id) THEN
    RETURN NULL;
  END IF;
  RETURN coalesce(b.client_order_id, '');
END $$;
