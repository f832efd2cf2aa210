-- Numbers of orders for a venue that wants rising ones from each of its clients.

-- The number of an order; drawn if it has none: the larger of what the venue wants next and one above the highest ever
-- drawn, whatever the venue forgot. Null when there are none left. One client's numbers are drawn one after the other.
CREATE OR REPLACE FUNCTION draw_order_number(p_account text, p_client integer, p_id text, p_floor integer, p_last integer)
RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  drawn venue_order_numbers;
  highest integer;
BEGIN
  INSERT INTO venue_order_counters (account, client_id, last_number) VALUES (p_account, p_client, 0) ON CONFLICT DO NOTHING;
  SELECT last_number INTO highest FROM venue_order_counters WHERE account = p_account AND client_id = p_client FOR UPDATE;
  SELECT * INTO drawn FROM venue_order_numbers
  WHERE account = p_account AND client_id = p_client AND client_order_id = p_id;
  IF NOT FOUND THEN
    IF greatest(p_floor, highest + 1) > p_last THEN RETURN NULL; END IF;
    UPDATE venue_order_counters SET last_number = greatest(p_floor, highest + 1)
    WHERE account = p_account AND client_id = p_client RETURNING last_number INTO highest;
    INSERT INTO venue_order_numbers (account, client_id, number, client_order_id) VALUES (p_account, p_client, highest, p_id)
    RETURNING * INTO drawn;
  END IF;
  RETURN jsonb_build_object('number', drawn.number, 'drawnAt', iso(drawn.drawn_at));
END $$;
