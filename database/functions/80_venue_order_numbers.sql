-- Numbers of orders for a venue that wants rising ones from each of its clients.

-- The next number of a client for an order: the larger of what the venue wants next and one above the highest ever drawn,
-- whatever the venue forgot. Null when there are none left. Its caller holds the client's counter.
CREATE OR REPLACE FUNCTION next_order_number(p_account text, p_client integer, p_id text, p_floor integer, p_last integer)
RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  drawn venue_order_numbers;
  next_number integer;
BEGIN
  SELECT greatest(p_floor, last_number + 1) INTO next_number FROM venue_order_counters
  WHERE account = p_account AND client_id = p_client;
  IF next_number > p_last THEN RETURN NULL; END IF;
  UPDATE venue_order_counters SET last_number = next_number WHERE account = p_account AND client_id = p_client;
  INSERT INTO venue_order_numbers (account, client_id, number, client_order_id) VALUES (p_account, p_client, next_number, p_id)
  RETURNING * INTO drawn;
  RETURN jsonb_build_object('number', drawn.number, 'drawnAt', iso(drawn.drawn_at));
END $$;

-- The number of an order, the last one that it drew; drawn if it has none. One client's numbers are drawn one after the
-- other.
CREATE OR REPLACE FUNCTION draw_order_number(p_account text, p_client integer, p_id text, p_floor integer, p_last integer)
RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  drawn venue_order_numbers;
BEGIN
  INSERT INTO venue_order_counters (account, client_id, last_number) VALUES (p_account, p_client, 0) ON CONFLICT DO NOTHING;
  PERFORM FROM venue_order_counters WHERE account = p_account AND client_id = p_client FOR UPDATE;
  SELECT * INTO drawn FROM venue_order_numbers
  WHERE account = p_account AND client_id = p_client AND client_order_id = p_id ORDER BY number DESC LIMIT 1;
  IF NOT FOUND THEN RETURN next_order_number(p_account, p_client, p_id, p_floor, p_last); END IF;
  RETURN jsonb_build_object('number', drawn.number, 'drawnAt', iso(drawn.drawn_at));
END $$;

-- A further number for an order whose number `p_spent` the venue takes no more. Only for an attempt that is being sent now,
-- and only while every earlier one is recorded as not sent or not found: whoever might still be under the old number would
-- be a second order beside the new one. {refused: true} otherwise; the order's number when it is another one already; null
-- when there are none left.
CREATE OR REPLACE FUNCTION redraw_order_number(
  p_account text, p_client integer, p_id text, p_spent integer, p_floor integer, p_last integer)
RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  drawn venue_order_numbers;
  sending integer;
BEGIN
  PERFORM FROM venue_order_counters WHERE account = p_account AND client_id = p_client FOR UPDATE;
  SELECT * INTO drawn FROM venue_order_numbers
  WHERE account = p_account AND client_id = p_client AND client_order_id = p_id ORDER BY number DESC LIMIT 1;
  IF drawn.number IS DISTINCT FROM p_spent THEN
    RETURN jsonb_build_object('number', drawn.number, 'drawnAt', iso(drawn.drawn_at));
  END IF;
  SELECT max(n) INTO sending FROM order_attempts WHERE client_order_id = p_id AND state = 'sending';
  IF sending IS NULL OR EXISTS (
    SELECT FROM order_attempts WHERE client_order_id = p_id AND n <> sending AND state NOT IN ('not-sent', 'not-found')) THEN
    RETURN jsonb_build_object('refused', true);
  END IF;
  RETURN next_order_number(p_account, p_client, p_id, p_floor, p_last);
END $$;
