-- Candles: stored in bulk, corrected with both values kept.

-- Stores candles of one series, given by column and without a repeat. What is there with the same values stays as it is;
-- what is there with others is corrected, and the old values are kept. Answers how many were new, and how many corrected.
-- Times are milliseconds since 1970.
CREATE OR REPLACE FUNCTION store_candles(
  p_series integer, p_source text, p_open_at bigint[], p_open numeric[], p_high numeric[], p_low numeric[],
  p_close numeric[], p_volume numeric[], OUT stored integer, OUT corrected integer
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  source_number integer;
  moment timestamptz := clock_timestamp();
BEGIN
  -- Held until the end: neither is deleted meanwhile.
  PERFORM FROM candle_series WHERE number = p_series FOR KEY SHARE;
  IF NOT FOUND THEN RAISE EXCEPTION 'there is no series number %', p_series; END IF;
  SELECT number INTO source_number FROM candle_sources WHERE name = p_source FOR KEY SHARE;
  IF source_number IS NULL THEN
    INSERT INTO candle_sources (name) VALUES (p_source) ON CONFLICT (name) DO UPDATE SET name = excluded.name
    RETURNING number INTO source_number;
  END IF;

  INSERT INTO candles (series, open_at, open, high, low, close, volume, source, received_at)
  SELECT p_series, 'epoch'::timestamptz + t * interval '1 millisecond', o, h, l, c, v, source_number, moment
  FROM unnest(p_open_at, p_open, p_high, p_low, p_close, p_volume) AS given(t, o, h, l, c, v)
  ON CONFLICT (series, open_at) DO NOTHING;
  GET DIAGNOSTICS stored = ROW_COUNT;
  corrected := 0;
  IF stored > 0 THEN UPDATE candle_series SET candles = candles + stored WHERE number = p_series; END IF;
  IF stored = cardinality(p_open_at) THEN RETURN; END IF;

  WITH given AS (
    SELECT 'epoch'::timestamptz + t * interval '1 millisecond' AS open_at, o, h, l, c, v
    FROM unnest(p_open_at, p_open, p_high, p_low, p_close, p_volume) AS given(t, o, h, l, c, v)
  ), differing AS (
    SELECT old.*, o, h, l, c, v FROM candles old JOIN given USING (open_at)
    WHERE old.series = p_series AND (old.open, old.high, old.low, old.close, old.volume) <> (o, h, l, c, v)
    FOR UPDATE OF old
  ), kept AS (
    INSERT INTO candle_corrections (series, open_at, open, high, low, close, volume, source, received_at,
      new_open, new_high, new_low, new_close, new_volume, new_source, noticed_at)
    SELECT series, open_at, open, high, low, close, volume, source, received_at, o, h, l, c, v, source_number, moment
    FROM differing
  )
  UPDATE candles SET open = o, high = h, low = l, close = c, volume = v, source = source_number, received_at = moment
  FROM differing WHERE candles.series = differing.series AND candles.open_at = differing.open_at;
  GET DIAGNOSTICS corrected = ROW_COUNT;
  IF corrected > 0 THEN UPDATE candle_series SET corrections = corrections + corrected WHERE number = p_series; END IF;
END $$;
