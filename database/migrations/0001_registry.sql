-- Up Migration
-- Who and what exists: the installation, accounts and their clocks, instruments and bars, keys, the audit log.

CREATE TABLE installation (
  singleton  boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  -- Part of every client order id, so that two installations on one account never share an id.
  id         uuid NOT NULL DEFAULT gen_random_uuid(),
  created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO installation DEFAULT VALUES;

CREATE TABLE accounts (
  name         text PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
  venue        text NOT NULL,
  mode         text NOT NULL CHECK (mode IN ('paper', 'sandbox', 'live')),
  currency     text NOT NULL,
  -- Cash that was there before the first booked fill.
  opening_cash numeric NOT NULL CHECK (opening_cash >= 0),
  policy       jsonb NOT NULL,
  -- While set, the fence refuses every order of the account: its books are not yet compared with the venue.
  quarantine   text,
  -- Up to where the venue's orders and fills have been booked.
  poll_cursor  text,
  created_at   timestamptz NOT NULL DEFAULT now()
);

-- The account's market clock. `market_time` was true at `real_time`; a replay clock moves on from there, at `speed`
-- market seconds a real second, until `runs_until` at the latest: whoever keeps the account alive extends that.
CREATE TABLE account_clocks (
  account     text PRIMARY KEY REFERENCES accounts,
  kind        text NOT NULL CHECK (kind IN ('replay', 'live')),
  speed       numeric NOT NULL DEFAULT 1 CHECK (speed > 0),
  market_time timestamptz NOT NULL,
  real_time   timestamptz NOT NULL DEFAULT clock_timestamp(),
  runs_until  timestamptz NOT NULL DEFAULT '-infinity',
  -- Real time of the last move backwards: what was booked before belongs to another passage of the same market days.
  rewound_at  timestamptz NOT NULL DEFAULT '-infinity'
);

CREATE TABLE instruments (
  id                text PRIMARY KEY CHECK (id ~ '^[A-Z0-9][A-Z0-9._/-]{0,31}$'),
  description       text NOT NULL,
  calendar          text NOT NULL,
  feed              text NOT NULL CHECK (feed IN ('daily-bars', 'synthetic')),
  base_asset        text NOT NULL,
  quote_asset       text NOT NULL,
  tick              numeric NOT NULL CHECK (tick > 0),
  lot               numeric NOT NULL CHECK (lot > 0),
  min_quantity      numeric NOT NULL CHECK (min_quantity >= 0),
  min_notional      numeric NOT NULL CHECK (min_notional >= 0),
  max_base_fee_rate numeric NOT NULL DEFAULT 0 CHECK (max_base_fee_rate >= 0)
);

CREATE TABLE daily_bars (
  instrument text NOT NULL REFERENCES instruments,
  date       date NOT NULL,
  open       numeric NOT NULL,
  high       numeric NOT NULL,
  low        numeric NOT NULL,
  close      numeric NOT NULL,
  volume     numeric NOT NULL,
  PRIMARY KEY (instrument, date),
  CHECK (low > 0 AND high >= greatest(open, close) AND low <= least(open, close))
);

-- The last price that the account's watcher saw: what open positions count for in the fence's sums.
CREATE TABLE marks (
  account    text NOT NULL REFERENCES accounts,
  instrument text NOT NULL REFERENCES instruments,
  price      numeric NOT NULL CHECK (price > 0),
  market_at  timestamptz NOT NULL,
  PRIMARY KEY (account, instrument)
);

CREATE TABLE api_keys (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name         text NOT NULL,
  role         text NOT NULL CHECK (role IN ('viewer', 'trader', 'operator', 'admin')),
  -- SHA-256 of the key, hex. Keys are 256 random bits, so a fast hash is enough.
  key_hash     text NOT NULL UNIQUE,
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz,
  revoked_at   timestamptz
);

CREATE TABLE audit_events (
  id          bigint GENERATED ALWAYS AS IDENTITY,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor       text NOT NULL,
  ip          text,
  method      text NOT NULL,
  path        text NOT NULL,
  status      integer NOT NULL,
  duration_ms integer NOT NULL,
  user_agent  text,
  metadata    jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);
CREATE INDEX audit_events_actor ON audit_events (actor, at DESC);
CREATE INDEX audit_events_path ON audit_events (path, at DESC);
-- Rows of a month whose partition was not made in time must not be lost.
CREATE TABLE audit_events_default PARTITION OF audit_events DEFAULT;

-- Down Migration
DROP TABLE audit_events, api_keys, marks, daily_bars, instruments, account_clocks, accounts, installation;
