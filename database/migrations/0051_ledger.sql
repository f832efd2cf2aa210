-- Up Migration
-- The ledger of an account: double entry, append-only. An entry and its legs are one row, so neither is ever without the
-- other, and a constraint of the row refuses legs that do not sum to zero for each asset.

-- One movement of one asset in one ledger account; positive amounts come in.
CREATE TYPE ledger_leg AS (
  -- 'cash:USD', 'position:ID' and 'dust:ID' hold what the venue holds; 'trading:ID', 'fees', 'income', 'external' and
  -- 'suspense' are where it came from or went to.
  ledger_account text,
  asset          text,
  amount         numeric,
  -- Of units that come or go without a trade: what they count as, in the instrument's quote currency, signed as the units.
  cost           numeric
);

-- Both name nothing but what PostgreSQL has: a restore checks rows before it knows our search path.
CREATE FUNCTION legs_are_formed(legs ledger_leg[], instrument text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT count(*) >= 2 AND bool_and(
    l.asset ~ '^[^[:space:]:]{1,40}$' AND l.amount <> 0 AND l.amount < 'Infinity' AND l.amount > '-Infinity'
    AND (l.ledger_account IN ('cash:' || l.asset, 'fees', 'income', 'external', 'suspense')
      -- Units are of the instrument that the entry names.
      OR l.ledger_account IN ('position:' || instrument, 'dust:' || instrument, 'trading:' || instrument)) IS TRUE
    AND (l.cost IS NULL OR (l.ledger_account ~ '^(position|dust):' AND l.cost < 'Infinity' AND sign(l.cost) IN (0, sign(l.amount)))))
    IS TRUE
  FROM unnest(legs) l
$$;
CREATE FUNCTION legs_sum_to_zero(legs ledger_leg[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT NOT EXISTS (SELECT FROM unnest(legs) l GROUP BY l.asset HAVING (sum(l.amount) = 0) IS NOT TRUE)
$$;

-- How often the account's clock was turned back: market times are in order only within one passage.
ALTER TABLE account_clocks ADD COLUMN passage integer NOT NULL DEFAULT 0;
UPDATE account_clocks SET passage = 1 WHERE rewound_at > '-infinity';

-- What a venue says of an execution later: its fee, or another quantity or price under a higher revision. Such a row has no
-- quantity of its own, so that nothing counts twice; its changes are the differences.
ALTER TABLE fills
  ADD COLUMN revision integer NOT NULL DEFAULT 0,
  ADD COLUMN amendment integer NOT NULL DEFAULT 0,
  ADD COLUMN amends bigint REFERENCES fills,
  -- {quantity, price, fee, feeAsset}: how the execution stands after the amendment.
  ADD COLUMN stands jsonb,
  DROP CONSTRAINT fills_quantity_check,
  ADD CONSTRAINT fills_quantity_check CHECK (CASE WHEN amendment = 0 THEN quantity > 0 ELSE quantity = 0 END),
  ADD CONSTRAINT fills_amendment_check CHECK ((amendment = 0) = (amends IS NULL) AND (amendment = 0) = (stands IS NULL)),
  DROP CONSTRAINT fills_venue_account_instrument_venue_order_id_venue_fill_id_key,
  ADD CONSTRAINT fills_identity UNIQUE (venue, account, instrument, venue_order_id, venue_fill_id, amendment);
CREATE INDEX fills_amendments ON fills (amends, amendment DESC) WHERE amends IS NOT NULL;

CREATE TABLE ledger_entries (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account    text NOT NULL REFERENCES accounts,
  kind       text NOT NULL CHECK (kind IN ('fill', 'fee', 'funding', 'interest', 'dividend', 'deposit', 'withdrawal',
             'correction', 'dust')),
  -- Where the entry comes from, unique for the account: the same source is booked once.
  source     text NOT NULL CHECK (length(source) BETWEEN 1 AND 400),
  instrument text REFERENCES instruments,
  trade_id   text REFERENCES trades,
  fill_id    bigint UNIQUE REFERENCES fills,
  -- The entry that this one sets right; never itself one that does.
  corrects   bigint REFERENCES ledger_entries,
  passage    integer NOT NULL,
  market_at  timestamptz NOT NULL,
  booked_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Who booked it and why; a correction has both.
  actor      text,
  reason     text CHECK (length(reason) <= 500),
  legs       ledger_leg[] NOT NULL,
  UNIQUE (account, source),
  CONSTRAINT ledger_entries_legs_formed CHECK (legs_are_formed(legs, instrument)),
  CONSTRAINT ledger_entries_sum_to_zero CHECK (legs_sum_to_zero(legs)),
  CONSTRAINT ledger_entries_correction_explained CHECK (kind <> 'correction' OR (actor IS NOT NULL AND reason IS NOT NULL))
);
CREATE INDEX ledger_entries_newest ON ledger_entries (account, id DESC);
CREATE INDEX ledger_entries_market ON ledger_entries (account, passage, market_at, id);
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON ledger_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The legs as rows, for whoever wants to add them up.
CREATE VIEW ledger_legs AS
  SELECT e.id AS entry_id, l.n::integer AS n, e.account, e.kind, e.instrument, l.ledger_account, l.asset, l.amount, l.cost
  FROM ledger_entries e, unnest(e.legs) WITH ORDINALITY AS l(ledger_account, asset, amount, cost, n);

-- What the legs add up to, kept by a trigger in the entry's own transaction; the entries stay the truth, and a test compares.
CREATE TABLE ledger_balances (
  account        text NOT NULL REFERENCES accounts,
  ledger_account text NOT NULL,
  asset          text NOT NULL,
  amount         numeric NOT NULL,
  PRIMARY KEY (account, ledger_account, asset)
);

CREATE FUNCTION stamp_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.corrects IS NOT NULL THEN
    -- It counts where the entry that it sets right counts.
    SELECT e.passage, e.market_at INTO NEW.passage, NEW.market_at FROM ledger_entries e WHERE e.id = NEW.corrects;
  ELSE
    NEW.passage := coalesce((SELECT c.passage FROM account_clocks c WHERE c.account = NEW.account), 0);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER ledger_stamp BEFORE INSERT ON ledger_entries FOR EACH ROW EXECUTE FUNCTION stamp_entry();

CREATE FUNCTION post_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ledger_balances AS b (account, ledger_account, asset, amount)
  SELECT NEW.account, l.ledger_account, l.asset, sum(l.amount) FROM unnest(NEW.legs) l GROUP BY 2, 3 ORDER BY 2, 3
  ON CONFLICT (account, ledger_account, asset) DO UPDATE SET amount = b.amount + excluded.amount;
  IF NEW.instrument IS NOT NULL THEN
    INSERT INTO account_positions AS p (account, instrument, quantity, cash)
    SELECT NEW.account, NEW.instrument,
      coalesce(sum(l.amount) FILTER (WHERE l.ledger_account IN ('position:' || NEW.instrument, 'dust:' || NEW.instrument)), 0),
      coalesce(sum(l.amount) FILTER (WHERE l.ledger_account = 'cash:' || i.quote_asset), 0)
    FROM unnest(NEW.legs) l, instruments i WHERE i.id = NEW.instrument
    ON CONFLICT (account, instrument) DO UPDATE SET quantity = p.quantity + excluded.quantity, cash = p.cash + excluded.cash;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_post AFTER INSERT ON ledger_entries FOR EACH ROW EXECUTE FUNCTION post_entry();

-- From now on positions follow from the ledger, whatever an entry comes from.
DROP TRIGGER fills_position ON fills;
DROP FUNCTION add_to_position();

-- What one row of `fills` moves: units against money in trading, and the fee from whatever holds its asset.
CREATE FUNCTION fill_legs(f fills) RETURNS ledger_leg[] LANGUAGE sql STABLE AS $$
  SELECT array_agg(ROW(m.ledger_account, m.asset, m.amount, NULL)::ledger_leg ORDER BY m.n)
  FROM instruments i,
    LATERAL (SELECT f.position_change + CASE WHEN f.fee_asset = i.base_asset THEN f.fee ELSE 0 END AS units,
                    f.cash_change + CASE WHEN f.fee_asset = i.quote_asset THEN f.fee ELSE 0 END AS money) x,
    LATERAL (VALUES (1, 'position:' || i.id, i.base_asset, x.units), (2, 'trading:' || i.id, i.base_asset, -x.units),
                    (3, 'cash:' || i.quote_asset, i.quote_asset, x.money), (4, 'trading:' || i.id, i.quote_asset, -x.money),
                    (5, CASE WHEN f.fee_asset = i.base_asset THEN 'position:' || i.id ELSE 'cash:' || f.fee_asset END, f.fee_asset, -f.fee),
                    (6, 'fees', f.fee_asset, f.fee)) AS m(n, ledger_account, asset, amount)
  WHERE i.id = f.instrument AND m.amount <> 0
$$;

-- The ledger's entry of a row of `fills`. Its source is the identity of the fill, as text that nothing else makes.
CREATE FUNCTION enter_fill() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  legs ledger_leg[] := fill_legs(NEW);
  executed boolean := EXISTS (SELECT FROM unnest(legs) l WHERE l.ledger_account = 'trading:' || NEW.instrument);
BEGIN
  IF legs IS NULL THEN RETURN NULL; END IF;
  INSERT INTO ledger_entries (account, kind, source, instrument, trade_id, fill_id, corrects, market_at, booked_at, actor, reason, legs)
  VALUES (NEW.account, CASE WHEN NEW.amends IS NULL THEN 'fill' WHEN executed THEN 'correction' ELSE 'fee' END,
    'fill:' || jsonb_build_array(NEW.venue, NEW.instrument, NEW.venue_order_id, NEW.venue_fill_id, NEW.amendment)::text,
    NEW.instrument, NEW.trade_id, NEW.id, (SELECT e.id FROM ledger_entries e WHERE e.fill_id = NEW.amends), NEW.market_at, NEW.booked_at,
    CASE WHEN NEW.amends IS NOT NULL THEN 'venue:' || NEW.venue END,
    CASE WHEN NEW.amends IS NULL THEN NULL WHEN executed THEN 'the venue corrected the execution' ELSE 'the venue told the fee later' END,
    legs);
  RETURN NULL;
END $$;
CREATE TRIGGER fills_ledger AFTER INSERT ON fills FOR EACH ROW EXECUTE FUNCTION enter_fill();

-- The cash that an account begins with is a deposit, and so is every later change of it.
CREATE FUNCTION book_opening(p_account text, p_currency text, p_change numeric, p_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  n bigint := (SELECT count(*) FROM ledger_entries e WHERE e.account = p_account AND e.source ~ '^opening:');
BEGIN
  IF p_change = 0 THEN RETURN; END IF;
  INSERT INTO ledger_entries (account, kind, source, market_at, reason, legs)
  VALUES (p_account, CASE WHEN p_change > 0 THEN 'deposit' ELSE 'withdrawal' END, 'opening:' || n + 1, p_at, 'opening cash',
    ARRAY[ROW('cash:' || p_currency, p_currency, p_change, NULL), ROW('external', p_currency, -p_change, NULL)]::ledger_leg[]);
END $$;

CREATE FUNCTION enter_opening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM book_opening(NEW.name, NEW.currency, NEW.opening_cash - CASE TG_OP WHEN 'UPDATE' THEN OLD.opening_cash ELSE 0 END,
    coalesce((SELECT clock_reading(c, clock_timestamp()) FROM account_clocks c WHERE c.account = NEW.name), clock_timestamp()));
  RETURN NULL;
END $$;
-- At the commit: the clock of a new account is made after the account.
CREATE CONSTRAINT TRIGGER accounts_ledger AFTER INSERT OR UPDATE OF opening_cash ON accounts
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION enter_opening();

-- Units that no order can sell stay in the account: they move from what is traded to what is dust, and back when the trade
-- is opened again.
CREATE FUNCTION enter_dust() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  moved numeric := NEW.dust - OLD.dust;
  base text := (SELECT base_asset FROM instruments WHERE id = NEW.instrument);
BEGIN
  IF moved = 0 THEN RETURN NULL; END IF;
  INSERT INTO ledger_entries (account, kind, source, instrument, trade_id, market_at, legs)
  SELECT NEW.account, 'dust', 'dust:' || jsonb_build_array(NEW.id, count(*) + 1)::text, NEW.instrument, NEW.id, market_now(NEW.account),
    ARRAY[ROW('position:' || NEW.instrument, base, -moved, NULL), ROW('dust:' || NEW.instrument, base, moved, NULL)]::ledger_leg[]
  FROM ledger_entries e WHERE e.account = NEW.account AND e.trade_id = NEW.id AND e.kind = 'dust';
  RETURN NULL;
END $$;
CREATE TRIGGER trades_dust AFTER UPDATE OF dust ON trades FOR EACH ROW EXECUTE FUNCTION enter_dust();
CREATE INDEX ledger_entries_trade ON ledger_entries (trade_id) WHERE kind = 'dust';

-- What is booked already. Entries before the clock was last turned back belong to an earlier passage.
TRUNCATE account_positions;
ALTER TABLE ledger_entries DISABLE TRIGGER ledger_stamp;
INSERT INTO ledger_entries (account, kind, source, passage, market_at, booked_at, reason, legs)
SELECT a.name, 'deposit', 'opening:1', 0, coalesce(first.market_at, c.market_time, a.created_at), a.created_at, 'opening cash',
  ARRAY[ROW('cash:' || a.currency, a.currency, a.opening_cash, NULL), ROW('external', a.currency, -a.opening_cash, NULL)]::ledger_leg[]
FROM accounts a LEFT JOIN account_clocks c ON c.account = a.name
  LEFT JOIN (SELECT account, min(market_at) AS market_at FROM fills GROUP BY account) first ON first.account = a.name
WHERE a.opening_cash > 0;
INSERT INTO ledger_entries (account, kind, source, instrument, trade_id, fill_id, passage, market_at, booked_at, legs)
SELECT f.account, 'fill', 'fill:' || jsonb_build_array(f.venue, f.instrument, f.venue_order_id, f.venue_fill_id, f.amendment)::text,
  f.instrument, f.trade_id, f.id, CASE WHEN f.booked_at >= c.rewound_at THEN c.passage ELSE 0 END, f.market_at, f.booked_at, fill_legs(f)
FROM fills f LEFT JOIN account_clocks c ON c.account = f.account ORDER BY f.id;
INSERT INTO ledger_entries (account, kind, source, instrument, trade_id, passage, market_at, legs)
SELECT t.account, 'dust', 'dust:' || jsonb_build_array(t.id, 1)::text, t.instrument, t.id,
  CASE WHEN t.ended_at >= c.rewound_at THEN c.passage ELSE 0 END,
  coalesce((SELECT max(f.market_at) FROM fills f WHERE f.trade_id = t.id), t.accepted_market_at),
  ARRAY[ROW('position:' || t.instrument, i.base_asset, -t.dust, NULL), ROW('dust:' || t.instrument, i.base_asset, t.dust, NULL)]::ledger_leg[]
FROM trades t JOIN instruments i ON i.id = t.instrument LEFT JOIN account_clocks c ON c.account = t.account WHERE t.dust <> 0;
ALTER TABLE ledger_entries ENABLE TRIGGER ledger_stamp;

-- Down Migration
-- Positions are kept up to date by fills alone again; entries of other kinds are given up with the ledger.
DROP TRIGGER trades_dust ON trades;
DROP TRIGGER accounts_ledger ON accounts;
DROP TRIGGER fills_ledger ON fills;
DROP FUNCTION enter_dust, enter_opening, book_opening, enter_fill, fill_legs;
DROP VIEW ledger_legs;
DROP TABLE ledger_balances, ledger_entries;
DROP FUNCTION post_entry, stamp_entry, legs_are_formed, legs_sum_to_zero;
DROP TYPE ledger_leg CASCADE;
CREATE FUNCTION add_to_position() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO account_positions AS p (account, instrument, quantity, cash)
  VALUES (NEW.account, NEW.instrument, NEW.position_change, NEW.cash_change)
  ON CONFLICT (account, instrument) DO UPDATE SET quantity = p.quantity + excluded.quantity, cash = p.cash + excluded.cash;
  RETURN NULL;
END $$;
CREATE TRIGGER fills_position AFTER INSERT ON fills FOR EACH ROW EXECUTE FUNCTION add_to_position();
ALTER TABLE fills DROP CONSTRAINT fills_identity, DROP CONSTRAINT fills_amendment_check, DROP CONSTRAINT fills_quantity_check,
  ADD CONSTRAINT fills_quantity_check CHECK (quantity > 0), DROP COLUMN revision, DROP COLUMN amendment, DROP COLUMN amends,
  DROP COLUMN stands,
  ADD CONSTRAINT fills_venue_account_instrument_venue_order_id_venue_fill_id_key
    UNIQUE (venue, account, instrument, venue_order_id, venue_fill_id);
ALTER TABLE account_clocks DROP COLUMN passage;
