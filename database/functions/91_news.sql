-- News: an answer of a source stored as a whole, each item once.

-- Stores what a source answered, and that it did: items that are new, what it says of the answer, and that it is well.
-- `p`: source, placeHash, etag, lastModified, items: [{key, title, summary, link, titleHash, instruments, publishedAt}].
-- Without `items` it said that nothing is new. An item without a time of its own is published when it is seen. Answers
-- {stored, duplicates}: items that are new, and how many of those repeat the title of one of the last days.
CREATE OR REPLACE FUNCTION store_news(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  moment timestamptz;
  item record;
  published timestamptz;
  original bigint;
  stored integer := 0;
  duplicates integer := 0;
BEGIN
  -- One at a time: two sources that bring one title at once would both be its first.
  PERFORM pg_advisory_xact_lock(7316091);
  moment := clock_timestamp();
  FOR item IN
    SELECT x.* FROM jsonb_to_recordset(coalesce(p -> 'items', '[]')) AS x (key text, title text, summary text, link text,
      "titleHash" text, instruments jsonb, "publishedAt" timestamptz)
  LOOP
    CONTINUE WHEN EXISTS (SELECT FROM news_items n WHERE n.source = p ->> 'source' AND n.key = item.key);
    published := coalesce(item."publishedAt", moment);
    SELECT coalesce(n.same_as, n.id) INTO original FROM news_items n
    WHERE n.title_hash = item."titleHash"
      AND n.published_at BETWEEN published - interval '3 days' AND published + interval '3 days'
    ORDER BY n.id LIMIT 1;
    INSERT INTO news_items (source, key, title, summary, link, title_hash, instruments, published_at, seen_at, same_as)
    VALUES (p ->> 'source', item.key, item.title, item.summary, item.link, item."titleHash",
      ARRAY(SELECT jsonb_array_elements_text(item.instruments)), published, moment, original);
    stored := stored + 1;
    IF original IS NOT NULL THEN duplicates := duplicates + 1; END IF;
  END LOOP;
  UPDATE news_sources SET asked_at = moment, answered_at = moment, failures = 0, retry_at = NULL, problem_code = NULL,
    problem = NULL,
    etag = CASE WHEN p ? 'items' THEN p ->> 'etag' ELSE etag END,
    last_modified = CASE WHEN p ? 'items' THEN p ->> 'lastModified' ELSE last_modified END
  WHERE name = p ->> 'source' AND place_hash = p ->> 'placeHash';
  RETURN jsonb_build_object('stored', stored, 'duplicates', duplicates);
END $$;
