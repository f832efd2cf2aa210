-- The paper venue's side of each exchange with it. The matching itself is computed by the caller, from the book as it
-- was read; what it computed is stored only if the book is still the same, which is decided under the book's row lock.

CREATE OR REPLACE FUNCTION paper.order_json(o paper.orders) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('venueOrderId', o.venue_order_id::text, 'clientOrderId', o.client_order_id,
    'instrument', o.instrument, 'side', o.side, 'quantity', plain(o.quantity), 'type', o.type, 'state', o.state,
    'filledQuantity', plain(o.filled), 'receivedAt', iso(o.received_at))
    || CASE WHEN o.type LIKE 'trailing-stop%' THEN jsonb_strip_nulls(jsonb_build_object('stopPrice',
      coalesce(o.working -> 'stop', o.working -> 'terms' -> 'stopPrice'))) ELSE '{}' END
$$;

CREATE OR REPLACE FUNCTION paper.fill_json(f paper.fills, o paper.orders) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('venueFillId', f.execution::text, 'venueOrderId', f.venue_order_id::text,
    'clientOrderId', o.client_order_id, 'instrument', o.instrument, 'side', o.side, 'quantity', plain(f.quantity),
    'price', plain(f.price), 'fee', plain(f.fee), 'feeAsset', f.fee_asset, 'liquidity', f.liquidity,
    'marketAt', iso(f.market_at))
$$;

-- Orders that work, and orders and fills that changed after a sequence number.
CREATE OR REPLACE FUNCTION paper.changes(p_account text, p_since bigint) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN jsonb_build_object(
    'orders', coalesce((SELECT jsonb_agg(paper.order_json(o) ORDER BY o.sequence) FROM (
        SELECT * FROM paper.orders WHERE account = p_account AND sequence > p_since
        UNION ALL
        SELECT * FROM paper.orders WHERE account = p_account AND state = 'open' AND sequence <= p_since) o), '[]'),
    'fills', coalesce((SELECT jsonb_agg(paper.fill_json(f, o) ORDER BY f.sequence)
      FROM paper.fills f JOIN paper.orders o USING (account, venue_order_id)
      WHERE f.account = p_account AND f.sequence > p_since), '[]'));
END $$;

-- The book of an account at one moment, with the market time of that moment; with `p_since` also what changed after it.
-- Null when the venue has no such account.
CREATE OR REPLACE FUNCTION paper.read_book(p_account text, p_since bigint) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT jsonb_build_object('now', iso(clock_timestamp()), 'marketNow', iso(market_now(b.account)),
    'advancedTo', iso(b.advanced_to), 'currency', b.currency, 'cash', plain(b.cash), 'sequence', b.sequence,
    'working', coalesce((SELECT jsonb_agg(jsonb_build_object('clientOrderId', o.client_order_id,
        'instrument', o.instrument, 'sequence', o.sequence, 'order', o.working) ORDER BY o.venue_order_id)
      FROM paper.orders o WHERE o.account = b.account AND o.state = 'open'), '[]'),
    'positions', coalesce((SELECT jsonb_object_agg(p.instrument, plain(p.quantity))
      FROM paper.positions p WHERE p.account = b.account AND p.quantity <> 0), '{}'),
    'changes', CASE WHEN p_since IS NOT NULL THEN paper.changes(b.account, p_since) END)
  FROM paper.books b WHERE b.account = p_account);
END $$;

-- Stores what was computed from a book. Answers `result`:
--   'stored'   with `receivedAt` and, after `since`, `changes`; of the client order id `show` also what `find_order` shows
--   'moved'    the book is not the one that was read; nothing was stored
--   'expired'  the request came after `validUntil` by this server's clock; nothing was stored
CREATE OR REPLACE FUNCTION paper.store_book(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  b paper.books;
  moment timestamptz;
BEGIN
  SELECT * INTO b FROM paper.books WHERE account = p ->> 'account' FOR UPDATE;
  moment := clock_timestamp();
  IF moment > (p ->> 'validUntil')::timestamptz THEN RETURN jsonb_build_object('result', 'expired'); END IF;
  IF b.sequence IS DISTINCT FROM (p ->> 'readSequence')::bigint
     OR date_trunc('milliseconds', b.advanced_to) IS DISTINCT FROM (p ->> 'readAdvancedTo')::timestamptz THEN
    RETURN jsonb_build_object('result', 'moved');
  END IF;
  UPDATE paper.books SET cash = (p ->> 'cash')::numeric, advanced_to = (p ->> 'advancedTo')::timestamptz,
    sequence = (p ->> 'sequence')::bigint
  WHERE account = b.account;
  -- Ended orders first: a new order may have the client id of one that ends in this very call.
  IF jsonb_array_length(p -> 'changed') > 0 THEN
    UPDATE paper.orders o SET state = c.state, filled = c.filled, end_reason = c."endReason", working = c.working,
      sequence = c.sequence
    FROM jsonb_to_recordset(p -> 'changed') AS c("venueOrderId" bigint, state text, filled numeric, "endReason" text,
      working jsonb, sequence bigint)
    WHERE o.account = b.account AND o.venue_order_id = c."venueOrderId";
  END IF;
  IF jsonb_array_length(p -> 'placed') > 0 THEN
    INSERT INTO paper.orders (account, venue_order_id, client_order_id, instrument, side, quantity, type, price, stop_price,
      time_in_force, state, filled, end_reason, working, received_at, market_at, sequence)
    SELECT b.account, n."venueOrderId", n."clientOrderId", n.instrument, n.side, n.quantity, n.type, n.price,
      n."stopPrice", n."timeInForce", n.state, n.filled, n."endReason", n.working, moment, n."marketAt", n.sequence
    FROM jsonb_to_recordset(p -> 'placed') AS n("venueOrderId" bigint, "clientOrderId" text, instrument text, side text,
      quantity numeric, type text, price numeric, "stopPrice" numeric, "timeInForce" text, state text, filled numeric,
      "endReason" text, working jsonb, "marketAt" timestamptz, sequence bigint);
  END IF;
  IF jsonb_array_length(p -> 'fills') > 0 THEN
    INSERT INTO paper.fills (account, sequence, venue_order_id, execution, quantity, price, fee, fee_asset, liquidity, market_at)
    SELECT b.account, f.sequence, f."venueOrderId", f.execution, f.quantity, f.price, f.fee, f."feeAsset", f.liquidity,
      f."marketAt"
    FROM jsonb_to_recordset(p -> 'fills') AS f(sequence bigint, "venueOrderId" bigint, execution integer, quantity numeric,
      price numeric, fee numeric, "feeAsset" text, liquidity text, "marketAt" timestamptz);
    INSERT INTO paper.positions (account, instrument, quantity)
    SELECT b.account, h.instrument, h.quantity
    FROM jsonb_to_recordset(p -> 'positions') AS h(instrument text, quantity numeric)
    ON CONFLICT (account, instrument) DO UPDATE SET quantity = excluded.quantity;
  END IF;
  RETURN jsonb_build_object('result', 'stored', 'receivedAt', iso(moment),
    'changes', CASE WHEN p ->> 'since' IS NOT NULL THEN paper.changes(b.account, (p ->> 'since')::bigint) END,
    'shown', CASE WHEN p ->> 'show' IS NOT NULL THEN paper.find_order(b.account, p ->> 'show') END);
END $$;

-- The newest order of a client order id with all its fills, or null. Before it says that there is none, it waits for a
-- request that is just being stored, so that absence is certain.
CREATE OR REPLACE FUNCTION paper.find_order(p_account text, p_client_order_id text) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  o paper.orders;
BEGIN
  SELECT * INTO o FROM paper.orders WHERE account = p_account AND client_order_id = p_client_order_id
  ORDER BY received_at DESC, venue_order_id DESC LIMIT 1;
  IF NOT FOUND THEN
    PERFORM FROM paper.books WHERE account = p_account FOR SHARE;
    SELECT * INTO o FROM paper.orders WHERE account = p_account AND client_order_id = p_client_order_id
    ORDER BY received_at DESC, venue_order_id DESC LIMIT 1;
    IF NOT FOUND THEN RETURN NULL; END IF;
  END IF;
  RETURN jsonb_build_object('order', paper.order_json(o), 'fills', coalesce((
    SELECT jsonb_agg(paper.fill_json(f, o) ORDER BY f.execution) FROM paper.fills f
    WHERE f.account = p_account AND f.venue_order_id = o.venue_order_id), '[]'));
END $$;

-- The book as `read_book` answers it, and what `find_order` shows.
CREATE OR REPLACE FUNCTION paper.read_and_find(p_account text, p_client_order_id text) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN jsonb_build_object('book', paper.read_book(p_account, NULL), 'found', paper.find_order(p_account, p_client_order_id));
END $$;
