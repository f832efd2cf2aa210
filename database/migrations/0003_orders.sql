-- Up Migration
-- The order journal: a row before every effect outside this database, and the fills that the venue reported.

CREATE TABLE approvals (
  client_order_id text PRIMARY KEY,
  trade_id        text NOT NULL REFERENCES trades,
  max_quantity    numeric NOT NULL CHECK (max_quantity > 0),
  max_notional    numeric NOT NULL CHECK (max_notional > 0),
  -- Price at which quantity counts in limits and reservations, in quote currency.
  reference_price numeric NOT NULL CHECK (reference_price > 0),
  -- maxGrossNotional, maxInstrumentNotional, maxOpenTrades, buyingPower: checked again under the account's lock.
  limits          jsonb NOT NULL,
  approved_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at      timestamptz NOT NULL
);

CREATE TABLE orders (
  client_order_id text PRIMARY KEY CHECK (client_order_id ~ '^[0-9a-f]{32}$'),
  intent_id       text NOT NULL UNIQUE,
  trade_id        text NOT NULL REFERENCES trades,
  account         text NOT NULL REFERENCES accounts,
  instrument      text NOT NULL REFERENCES instruments,
  leg             text NOT NULL CHECK (leg ~ '^(entry|stop[a-z0-9-]*|exit[a-z0-9-]*)$'),
  revision        integer NOT NULL CHECK (revision >= 1),
  side            text NOT NULL CHECK (side IN ('buy', 'sell')),
  quantity        numeric NOT NULL CHECK (quantity > 0),
  type            text NOT NULL CHECK (type IN ('market', 'limit', 'stop', 'stop-limit')),
  price           numeric CHECK (price > 0),
  stop_price      numeric CHECK (stop_price > 0),
  time_in_force   text NOT NULL CHECK (time_in_force IN ('GTC', 'IOC', 'FOK', 'DAY')),
  params_hash     text NOT NULL,
  -- Decided by the fence from the trade's position, never by the caller.
  increases       boolean NOT NULL DEFAULT false,
  reference_price numeric NOT NULL DEFAULT 0,
  state           text NOT NULL DEFAULT 'created' CHECK (state IN ('created', 'sending', 'unknown', 'open', 'partial',
                  'filled', 'cancelled', 'expired', 'rejected', 'unsent')),
  -- Given up: no attempt may follow.
  closed_at       timestamptz,
  venue_order_id  text,
  venue_state     text CHECK (venue_state IN ('open', 'filled', 'cancelled', 'expired', 'rejected')),
  venue_filled    numeric NOT NULL DEFAULT 0,
  booked          numeric NOT NULL DEFAULT 0,
  refusal         text,
  reject_code     text,
  reject_detail   text,
  -- Market time of the first attempt.
  market_at       timestamptz,
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (booked <= quantity AND venue_filled <= quantity)
);
CREATE INDEX orders_trade ON orders (trade_id);
CREATE INDEX orders_venue ON orders (account, venue_order_id);
CREATE INDEX orders_live ON orders (account, instrument) WHERE state IN ('sending', 'unknown', 'open', 'partial');

CREATE TABLE order_attempts (
  client_order_id text NOT NULL REFERENCES orders,
  n               integer NOT NULL CHECK (n >= 1),
  -- Random; only who knows it may renew the fence of this attempt or say that it was never sent.
  owner           text NOT NULL,
  state           text NOT NULL DEFAULT 'sending' CHECK (state IN ('sending', 'acked', 'rejected', 'not-sent', 'unknown',
                  'not-found')),
  fenced_at       timestamptz NOT NULL,
  valid_until     timestamptz NOT NULL,
  finished_at     timestamptz,
  detail          text,
  PRIMARY KEY (client_order_id, n)
);
CREATE INDEX order_attempts_sending ON order_attempts (fenced_at) WHERE state = 'sending';

CREATE TABLE order_lookups (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  client_order_id text NOT NULL REFERENCES orders,
  n               integer NOT NULL,
  at              timestamptz NOT NULL DEFAULT clock_timestamp(),
  result          text NOT NULL CHECK (result IN ('found', 'mismatch', 'not-found', 'too-early', 'inconclusive')),
  detail          text
);
CREATE INDEX order_lookups_order ON order_lookups (client_order_id, n);

-- Append-only: what the venue executed. Positions and cash are sums over these rows.
CREATE TABLE fills (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  venue           text NOT NULL,
  account         text NOT NULL REFERENCES accounts,
  instrument      text NOT NULL REFERENCES instruments,
  venue_order_id  text NOT NULL,
  venue_fill_id   text NOT NULL,
  -- Empty when the order is not ours.
  client_order_id text REFERENCES orders,
  trade_id        text REFERENCES trades,
  side            text NOT NULL CHECK (side IN ('buy', 'sell')),
  quantity        numeric NOT NULL CHECK (quantity > 0),
  price           numeric NOT NULL CHECK (price > 0),
  fee             numeric NOT NULL,
  fee_asset       text NOT NULL,
  liquidity       text NOT NULL CHECK (liquidity IN ('maker', 'taker')),
  market_at       timestamptz NOT NULL,
  booked_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Signed changes: units of the base asset less fees taken in it; quote currency less fees taken in that.
  position_change numeric NOT NULL,
  cash_change     numeric NOT NULL,
  UNIQUE (venue, account, instrument, venue_order_id, venue_fill_id)
);
CREATE INDEX fills_trade ON fills (trade_id);
CREATE INDEX fills_account ON fills (account, instrument);
CREATE INDEX fills_booked ON fills (account, booked_at);
CREATE INDEX fills_market ON fills (account, market_at);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER fills_append_only BEFORE UPDATE OR DELETE ON fills FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE VIEW trade_positions AS
  SELECT trade_id, account, instrument, sum(position_change) AS quantity, sum(cash_change) AS cash
  FROM fills WHERE trade_id IS NOT NULL GROUP BY trade_id, account, instrument;

-- The same sums by account and instrument, kept by a trigger in the fill's own transaction: the fence adds them up for
-- every order, and an account's fills never stop growing. `fills` stays the truth; a test compares the two.
CREATE TABLE account_positions (
  account    text NOT NULL REFERENCES accounts,
  instrument text NOT NULL REFERENCES instruments,
  quantity   numeric NOT NULL,
  cash       numeric NOT NULL,
  PRIMARY KEY (account, instrument)
);

CREATE FUNCTION add_to_position() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO account_positions AS p (account, instrument, quantity, cash)
  VALUES (NEW.account, NEW.instrument, NEW.position_change, NEW.cash_change)
  ON CONFLICT (account, instrument) DO UPDATE SET quantity = p.quantity + excluded.quantity, cash = p.cash + excluded.cash;
  RETURN NULL;
END $$;
CREATE TRIGGER fills_position AFTER INSERT ON fills FOR EACH ROW EXECUTE FUNCTION add_to_position();

-- Down Migration
DROP VIEW trade_positions;
DROP TABLE account_positions, fills, order_lookups, order_attempts, orders, approvals;
DROP FUNCTION refuse_change CASCADE;
DROP FUNCTION add_to_position CASCADE;
