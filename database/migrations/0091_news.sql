-- Up Migration
-- News as sources tell it: what strangers wrote, as plain text, with the two times that decide who may know it.

-- How each source is doing. What it is stands in the file of sources.
CREATE TABLE news_sources (
  name          text PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
  -- SHA-256 of where it is asked: what was learned of another place does not count for this one.
  place_hash    text NOT NULL,
  since         timestamptz NOT NULL DEFAULT clock_timestamp(),
  asked_at      timestamptz,
  -- When it last answered as it should; "nothing new" is an answer.
  answered_at   timestamptz,
  -- What it said of its last answer, sent back to it. Stored with the items of that answer, in one transaction.
  etag          text CHECK (length(etag) <= 500),
  last_modified text CHECK (length(last_modified) <= 100),
  -- Failures since it last answered, and before when it is not asked again.
  failures      integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
  retry_at      timestamptz,
  problem_code  text,
  problem       text,
  CHECK ((failures = 0) = (problem_code IS NULL)),
  CHECK ((problem_code IS NULL) = (problem IS NULL))
);

-- An item as it was when it was first seen: it never changes, since what is written later could not be known earlier.
CREATE TABLE news_items (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source       text NOT NULL REFERENCES news_sources,
  -- SHA-256 of what makes it the same item within its source.
  key          text NOT NULL CHECK (key ~ '^[0-9a-f]{64}$'),
  title        text NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
  summary      text NOT NULL CHECK (length(summary) <= 2000),
  link         text CHECK (link ~ '^https?://' AND length(link) <= 2000),
  -- SHA-256 of the title without what differs between printers; null when it is too short to tell news apart.
  title_hash   text,
  instruments  text[] NOT NULL,
  published_at timestamptz NOT NULL,
  seen_at      timestamptz NOT NULL,
  -- The first item of that title, when another source, or this one, printed it before.
  same_as      bigint REFERENCES news_items ON DELETE SET NULL,
  UNIQUE (source, key)
);
CREATE INDEX news_items_published ON news_items (published_at DESC, id DESC);
CREATE INDEX news_items_instruments ON news_items USING gin (instruments);
CREATE INDEX news_items_title ON news_items (title_hash, published_at) WHERE title_hash IS NOT NULL;
CREATE INDEX news_items_seen ON news_items (seen_at);
CREATE INDEX news_items_same ON news_items (same_as) WHERE same_as IS NOT NULL;

-- Down Migration
DROP TABLE news_items, news_sources;
