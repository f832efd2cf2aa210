-- Up Migration
-- What was lately asked of a venue that paces requests by sliding windows: one row a place, locked while somebody takes a
-- turn, so that all processes together keep the rules of domain/candle/pacing.ts.

CREATE TABLE paced_requests (
  place text PRIMARY KEY,
  -- [{whole, subject, weight, at}], as far back as the longest rule reaches.
  sent  jsonb NOT NULL DEFAULT '[]'
);

-- Whether the feed of a series brings its prices late, as it said when it was asked last.
ALTER TABLE candle_series ADD COLUMN delayed boolean NOT NULL DEFAULT false;

-- Down Migration
ALTER TABLE candle_series DROP COLUMN delayed;
DROP TABLE paced_requests;
