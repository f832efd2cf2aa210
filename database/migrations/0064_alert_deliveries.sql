-- Up Migration
-- Telling people of alerts: a row for every message to every channel, written before anything is sent.

-- True: everybody who had to hear of its end was told, or nobody has to.
ALTER TABLE alerts ADD COLUMN settled boolean NOT NULL DEFAULT false;
-- Another alert took its place: its end is told to nobody.
ALTER TABLE alerts ADD COLUMN quiet boolean NOT NULL DEFAULT false;
UPDATE alerts SET settled = true WHERE cleared_at IS NOT NULL;
CREATE INDEX alerts_unsettled ON alerts (id) WHERE NOT settled;

CREATE TABLE alert_deliveries (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  alert_id     bigint NOT NULL REFERENCES alerts,
  channel      text NOT NULL CHECK (channel IN ('webhook', 'slack', 'slack-critical', 'pagerduty', 'email')),
  kind         text NOT NULL CHECK (kind IN ('raised', 'worsened', 'repeated', 'cleared', 'test')),
  n            integer NOT NULL DEFAULT 0 CHECK (n >= 0),
  -- Of the alert when this was planned.
  severity     text NOT NULL CHECK (severity IN ('critical', 'warning')),
  -- dropped: the alert was over before it left.
  state        text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sending', 'delivered', 'refused', 'dropped')),
  attempts     integer NOT NULL DEFAULT 0,
  planned_at   timestamptz NOT NULL,
  -- Pending: not tried before. Sending: whoever sends has given up by then.
  next_at      timestamptz NOT NULL,
  finished_at  timestamptz,
  -- Of the last attempt that failed: `http 503`, `timeout`. Never an address or a token.
  reason       text,
  UNIQUE (alert_id, channel, kind, n)
);
CREATE INDEX alert_deliveries_open ON alert_deliveries (next_at) WHERE state IN ('pending', 'sending');

-- Channels that some process delivers to, and when it last looked.
CREATE TABLE alert_channels (
  name    text PRIMARY KEY,
  seen_at timestamptz NOT NULL
);

-- Down Migration
DROP TABLE alert_channels, alert_deliveries;
ALTER TABLE alerts DROP COLUMN quiet, DROP COLUMN settled;
