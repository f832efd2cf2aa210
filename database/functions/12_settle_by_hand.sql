-- A person's word on an order in doubt, where the venue can say nothing any more. Lock order as everywhere.

-- Settles an order in doubt: {clientOrderId, as: 'never-arrived' | 'filled', reason, actor, price?, quantity?, fee?}.
-- 'never-arrived' gives the intent up for good: should the order turn up after all, the watcher books and flags it.
-- 'filled' books one fill of the quantity (the whole order's unless told) at the price, fee in quote currency.
-- Answers {result: 'settled' | 'unknown_order' | 'not_in_doubt' | 'bad_quantity', state?}.
CREATE OR REPLACE FUNCTION settle_by_hand(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  o orders;
  units numeric;
BEGIN
  IF NOT EXISTS (SELECT FROM orders WHERE client_order_id = p ->> 'clientOrderId') THEN
    RETURN jsonb_build_object('result', 'unknown_order');
  END IF;
  o := lock_order(p ->> 'clientOrderId');
  IF o.state NOT IN ('sending', 'unknown') THEN
    RETURN jsonb_build_object('result', 'not_in_doubt', 'state', o.state);
  END IF;
  units := coalesce((p ->> 'quantity')::numeric, o.quantity);
  IF p ->> 'as' = 'filled' AND (units <= o.booked OR units > o.quantity) THEN
    RETURN jsonb_build_object('result', 'bad_quantity', 'state', o.state);
  END IF;
  INSERT INTO order_settlements (client_order_id, settled_as, reason, actor)
  VALUES (o.client_order_id, p ->> 'as', p ->> 'reason', p ->> 'actor');
  PERFORM note_event(o.trade_id, 'note', 'settled-by-hand', jsonb_build_object('clientOrderId', o.client_order_id, 'leg', o.leg,
    'as', p ->> 'as', 'reason', p ->> 'reason', 'by', p ->> 'actor'));
  IF p ->> 'as' = 'never-arrived' THEN
    UPDATE order_attempts SET state = 'not-found', finished_at = clock_timestamp(), detail = 'by hand: ' || (p ->> 'reason')
    WHERE client_order_id = o.client_order_id AND state IN ('sending', 'unknown');
    UPDATE orders SET closed_at = coalesce(closed_at, clock_timestamp()), state = 'unsent', updated_at = clock_timestamp()
    WHERE client_order_id = o.client_order_id RETURNING * INTO o;
    PERFORM note_event(o.trade_id, 'order', 'unsent', jsonb_build_object('clientOrderId', o.client_order_id, 'leg', o.leg));
  ELSE
    PERFORM book_fill((SELECT venue FROM accounts WHERE name = o.account), o.account, jsonb_build_object(
      'venueFillId', 'by-hand', 'venueOrderId', coalesce(o.venue_order_id, 'by-hand:' || o.client_order_id),
      'clientOrderId', o.client_order_id, 'instrument', o.instrument, 'side', o.side, 'quantity', plain(units - o.booked),
      'price', p ->> 'price', 'fee', coalesce(p ->> 'fee', '0'),
      'feeAsset', (SELECT quote_asset FROM instruments WHERE id = o.instrument), 'liquidity', 'taker',
      'marketAt', iso(market_now(o.account))));
    UPDATE orders SET venue_state = CASE WHEN units = quantity THEN 'filled' ELSE 'cancelled' END
    WHERE client_order_id = o.client_order_id;
    PERFORM settle_order(o.client_order_id, true);
  END IF;
  PERFORM doubt_settled(o.trade_id);
  PERFORM settle_clock(o.account);
  SELECT * INTO o FROM orders WHERE client_order_id = o.client_order_id;
  RETURN jsonb_build_object('result', 'settled', 'state', o.state);
END $$;
