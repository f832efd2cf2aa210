-- Accounts at exchanges: how they are made, quarantined and freed, and the rules that their venue has for an instrument.

-- An instrument as one account trades it: by its listing at an exchange, by its own row on paper.
CREATE OR REPLACE FUNCTION traded_instrument(p_account text, i instruments) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT jsonb_build_object('id', i.id, 'description', i.description, 'calendar', i.calendar,
      'baseAsset', i.base_asset, 'quoteAsset', i.quote_asset, 'tick', plain(coalesce(l.tick, i.tick)),
      'lot', plain(coalesce(l.lot, i.lot)), 'minQuantity', plain(coalesce(l.min_quantity, i.min_quantity)),
      'minNotional', plain(coalesce(l.min_notional, i.min_notional)),
      'maxBaseFeeRate', plain(coalesce(l.max_base_fee_rate, i.max_base_fee_rate)),
      'extendedHours', i.extended_hours) || future_of(i)
    FROM (SELECT) one LEFT JOIN listings l ON l.account = p_account AND l.instrument = i.id);
END $$;

-- Whether a new trade of the account may use an instrument.
CREATE OR REPLACE FUNCTION may_trade(p_venue text, p_account text, i instruments) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN CASE WHEN p_venue = 'paper' THEN i.feed <> 'venue'
      ELSE EXISTS (SELECT FROM listings l WHERE l.account = p_account AND l.instrument = i.id AND l.listed) END;
END $$;

-- Makes an account at an exchange with a live clock, or brings one to what the settings now say. A new one is
-- quarantined until its venue has answered, and a live one is halted until a person releases it. Answers why the account
-- cannot be used under these settings, or null.
CREATE OR REPLACE FUNCTION ensure_exchange_account(p jsonb) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  a accounts;
  problem text;
BEGIN
  INSERT INTO accounts (name, venue, mode, currency, opening_cash, policy, market_type, quote_max_age_ms, quarantine, quarantined_by)
  VALUES (p ->> 'name', p ->> 'venue', p ->> 'mode', p ->> 'currency', 0, p -> 'policy', p ->> 'marketType',
          (p ->> 'quoteMaxAge')::integer, p ->> 'waiting', 'contact')
  ON CONFLICT (name) DO NOTHING;
  IF FOUND THEN
    INSERT INTO account_clocks (account, kind, market_time) VALUES (p ->> 'name', 'live', clock_timestamp());
    INSERT INTO venue_snapshots (account) VALUES (p ->> 'name');
    IF p ->> 'mode' = 'live' THEN
      PERFORM engage_halt('account:' || (p ->> 'name'), 'reduce-only', false, 'a live account that is new here', 'start-up');
      -- Once and for all: a restart neither engages nor releases.
      UPDATE accounts SET startup_halted_at = clock_timestamp() WHERE name = p ->> 'name';
    END IF;
    RETURN NULL;
  END IF;
  SELECT * INTO a FROM accounts WHERE name = p ->> 'name' FOR NO KEY UPDATE;
  -- Its books are those of one account at one venue, and never those of another.
  problem := CASE
    WHEN a.venue <> p ->> 'venue' THEN format('its books are those of an account at %s: give the one at %s another name', a.venue, p ->> 'venue')
    WHEN a.mode <> p ->> 'mode' THEN format('its books are those of a %s account: give the %s one another name', a.mode, p ->> 'mode')
    WHEN a.currency <> p ->> 'currency' THEN format('its books are kept in %s: give the account in %s another name', a.currency, p ->> 'currency')
  END;
  IF problem IS NULL THEN
    UPDATE accounts SET policy = p -> 'policy', quote_max_age_ms = (p ->> 'quoteMaxAge')::integer WHERE name = a.name;
  END IF;
  RETURN problem;
END $$;

-- Quarantines an account for one of our reasons; one that stands for a reason of others stays as it is.
CREATE OR REPLACE FUNCTION quarantine_account(p_account text, p_by text, p_why text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM FROM accounts WHERE name = p_account FOR NO KEY UPDATE;
  UPDATE accounts SET quarantine = p_why, quarantined_by = p_by
  WHERE name = p_account AND (quarantine IS NULL OR quarantined_by IS NOT NULL);
END $$;

-- Lifts our own quarantine, if that is what stands.
CREATE OR REPLACE FUNCTION free_account(p_account text, p_by text[]) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM FROM accounts WHERE name = p_account FOR NO KEY UPDATE;
  UPDATE accounts SET quarantine = NULL, quarantined_by = NULL
  WHERE name = p_account AND quarantined_by = ANY (p_by);
  RETURN FOUND;
END $$;

-- The venue's first answer: the cash that the account begins with. Later ones change nothing.
CREATE OR REPLACE FUNCTION first_contact(p_account text, p_cash numeric) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM FROM accounts WHERE name = p_account FOR NO KEY UPDATE;
  UPDATE accounts SET opening_cash = p_cash, contacted_at = clock_timestamp() WHERE name = p_account AND contacted_at IS NULL;
  RETURN FOUND;
END $$;

-- Brings futures to what their venues say of them now. The multiplier of a contract with fills or an open trade is what its books
-- are kept by, and stays for good. Of several accounts' last trading days the earliest counts, and that of a contract that is
-- held or traded becomes no later than it was, so that nothing is held too long.
CREATE OR REPLACE FUNCTION store_future_terms(p jsonb) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  e record;
BEGIN
  FOR e IN SELECT i.id, i.multiplier AS known, i.last_trading_day AS known_day, coalesce((l #>> '{future,multiplier}')::numeric, 1) AS told,
      CASE WHEN l ? 'future' THEN (SELECT min(x.last_trading_day) FROM listings x WHERE x.instrument = i.id AND x.listed) END AS told_day,
      EXISTS (SELECT FROM trades t WHERE t.instrument = i.id AND t.phase <> 'ended') AS traded
    FROM jsonb_array_elements(p) l JOIN instruments i ON i.id = l ->> 'id' AND i.feed = 'venue'
    WHERE i.last_trading_day IS NOT NULL OR l ? 'future' ORDER BY i.id
  LOOP
    IF (e.known <> e.told OR (e.known_day IS NULL) <> (e.told_day IS NULL))
       AND (e.traded OR EXISTS (SELECT FROM account_positions h WHERE h.instrument = e.id)) THEN
      RAISE EXCEPTION '% is booked with a multiplier of % and a last trading day of %, and its venue now says % and %: give the other contract a name of its own',
        e.id, plain(e.known), coalesce(e.known_day::text, 'none'), plain(e.told), coalesce(e.told_day::text, 'none');
    END IF;
    UPDATE instruments SET multiplier = e.told, last_trading_day = CASE
        WHEN e.traded OR EXISTS (SELECT FROM account_positions h WHERE h.instrument = e.id AND h.quantity <> 0)
          THEN least(e.known_day, e.told_day)
        ELSE e.told_day END
    WHERE id = e.id;
  END LOOP;
END $$;

-- Stores what the venue lists of the account's instruments. One that it lists no more keeps its last rules.
CREATE OR REPLACE FUNCTION store_listings(p_account text, p jsonb) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  INSERT INTO instruments (id, description, calendar, feed, base_asset, quote_asset, extended_hours, multiplier, last_trading_day)
  SELECT e ->> 'id', e ->> 'description', coalesce(e ->> 'calendar', 'ALWAYS'), 'venue', e ->> 'baseAsset', e ->> 'quoteAsset',
    coalesce((e ->> 'extendedHours')::boolean, false), coalesce((e #>> '{future,multiplier}')::numeric, 1),
    (e #>> '{future,lastTradingDay}')::date FROM jsonb_array_elements(p) e
  ON CONFLICT (id) DO UPDATE SET extended_hours = excluded.extended_hours
  WHERE instruments.feed = 'venue' AND instruments.extended_hours <> excluded.extended_hours;
  INSERT INTO listings (account, instrument, tick, lot, min_quantity, min_notional, max_base_fee_rate, last_trading_day)
  SELECT p_account, i.id, (e ->> 'tick')::numeric, (e ->> 'lot')::numeric, (e ->> 'minQuantity')::numeric,
    (e ->> 'minNotional')::numeric, (e ->> 'maxBaseFeeRate')::numeric, (e #>> '{future,lastTradingDay}')::date
  FROM jsonb_array_elements(p) e JOIN instruments i ON i.id = e ->> 'id' AND i.feed = 'venue'
  ON CONFLICT (account, instrument) DO UPDATE SET tick = excluded.tick, lot = excluded.lot, min_quantity = excluded.min_quantity,
    min_notional = excluded.min_notional, max_base_fee_rate = excluded.max_base_fee_rate,
    last_trading_day = excluded.last_trading_day, listed = true, fetched_at = clock_timestamp();
  UPDATE listings SET listed = false
  WHERE account = p_account AND instrument NOT IN (SELECT e ->> 'id' FROM jsonb_array_elements(p) e);
  PERFORM store_future_terms(p);
END $$;

-- Stores prices, each unless a later one is there. A venue's clock may be ahead: no print is from the future.
CREATE OR REPLACE FUNCTION store_quotes(p_account text, p jsonb) RETURNS void LANGUAGE sql VOLATILE AS $$
  INSERT INTO venue_quotes AS q (account, instrument, price, bid, ask, market_at)
  SELECT p_account, i.id, (e ->> 'price')::numeric, (e ->> 'bid')::numeric, (e ->> 'ask')::numeric,
    least(clock_timestamp(), to_timestamp((e ->> 'at')::numeric / 1000))
  FROM jsonb_array_elements(p) e JOIN instruments i ON i.id = e ->> 'instrument'
  ON CONFLICT (account, instrument) DO UPDATE SET price = excluded.price, bid = excluded.bid, ask = excluded.ask,
    market_at = excluded.market_at, stored_at = clock_timestamp(),
    prior_price = CASE WHEN date_trunc('day', excluded.market_at, 'UTC') > date_trunc('day', q.market_at, 'UTC') THEN q.price ELSE q.prior_price END,
    prior_at = CASE WHEN date_trunc('day', excluded.market_at, 'UTC') > date_trunc('day', q.market_at, 'UTC') THEN q.market_at ELSE q.prior_at END
  WHERE q.market_at <= excluded.market_at
$$;
