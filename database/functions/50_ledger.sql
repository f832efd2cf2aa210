-- The ledger: entries that come from no fill, and what the entries add up to. Everything is booked under the account's lock.

-- Cash in account currency.
CREATE OR REPLACE FUNCTION cash_of(a accounts) RETURNS numeric LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN coalesce((SELECT b.amount FROM ledger_balances b
    WHERE b.account = a.name AND b.ledger_account = 'cash:' || a.currency AND b.asset = a.currency), 0);
END $$;

-- What came into the account from outside, less what left it, in account currency.
CREATE OR REPLACE FUNCTION deposited(a accounts) RETURNS numeric LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN -coalesce((SELECT b.amount FROM ledger_balances b
    WHERE b.account = a.name AND b.ledger_account = 'external' AND b.asset = a.currency), 0);
END $$;

-- Where the counterpart of an entry may come from or go to.
CREATE OR REPLACE FUNCTION counterparts(p_kind text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE p_kind
    WHEN 'deposit' THEN ARRAY['external'] WHEN 'withdrawal' THEN ARRAY['external']
    WHEN 'interest' THEN ARRAY['income'] WHEN 'dividend' THEN ARRAY['income'] WHEN 'funding' THEN ARRAY['income']
    WHEN 'fee' THEN ARRAY['fees']
    WHEN 'correction' THEN ARRAY['external', 'income', 'fees', 'suspense', 'trading']
  END
$$;

-- Why an entry of this account must not be booked, as 'code: sentence', or null. `legs` is sorted.
CREATE OR REPLACE FUNCTION entry_refusal(p jsonb, legs ledger_leg[]) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  i instruments;
  kind text := p ->> 'kind';
BEGIN
  IF counterparts(kind) IS NULL THEN RETURN 'wrong_kind: only fills and the end of trades make entries of this kind'; END IF;
  IF (p ->> 'source') ~ '^(fill|opening|dust):' THEN RETURN 'reserved_source: sources that begin with fill:, opening: and dust: are the ledger''s own'; END IF;
  IF kind = 'correction' AND (p ->> 'actor' IS NULL OR coalesce(p ->> 'reason', '') = '') THEN
    RETURN 'unexplained: a correction says who makes it and why';
  END IF;
  IF p ->> 'instrument' IS NOT NULL THEN
    SELECT * INTO i FROM instruments WHERE id = p ->> 'instrument';
    IF NOT FOUND THEN RETURN 'unknown_instrument: there is no instrument ' || (p ->> 'instrument'); END IF;
  END IF;
  IF p ->> 'tradeId' IS NOT NULL AND NOT EXISTS (SELECT FROM trades t WHERE t.id = p ->> 'tradeId' AND t.account = p ->> 'account') THEN
    RETURN 'unknown_trade: the account has no such trade';
  END IF;
  IF p ->> 'corrects' IS NOT NULL AND NOT EXISTS (SELECT FROM ledger_entries e
      WHERE e.id = (p ->> 'corrects')::bigint AND e.account = p ->> 'account' AND e.instrument IS NOT DISTINCT FROM i.id AND e.corrects IS NULL) THEN
    RETURN 'unknown_entry: the account has no such entry of this instrument to correct; name the one that was booked first';
  END IF;
  IF i.last_trading_day IS NOT NULL AND EXISTS (SELECT FROM unnest(legs) l WHERE l.cost IS NOT NULL) THEN
    RETURN 'wrong_counterpart: contracts of a future are traded for; they are no value that comes from outside or goes there';
  END IF;
  IF NOT legs_are_formed(legs, i.id) THEN
    RETURN 'malformed_legs: at least two legs of known ledger accounts, each with an asset and an amount other than zero';
  END IF;
  IF NOT legs_sum_to_zero(legs) THEN RETURN 'unbalanced: the legs of each asset must sum to zero'; END IF;
  IF EXISTS (SELECT FROM unnest(legs) l WHERE split_part(l.ledger_account, ':', 1) NOT IN ('cash', 'position', 'dust')
             AND split_part(l.ledger_account, ':', 1) <> ALL (counterparts(kind))) THEN
    RETURN 'wrong_counterpart: an entry of this kind has its counterpart in ' || array_to_string(counterparts(kind), ', ');
  END IF;
  IF EXISTS (SELECT FROM unnest(legs) l WHERE l.ledger_account ~ '^(position|dust):' AND l.asset <> i.base_asset)
     OR EXISTS (SELECT FROM unnest(legs) l WHERE l.ledger_account ~ '^trading:' AND l.asset NOT IN (i.base_asset, i.quote_asset)) THEN
    RETURN 'wrong_asset: units are of the instrument''s base asset, and are traded for its quote asset';
  END IF;
  IF kind <> 'fee' AND EXISTS (SELECT FROM unnest(legs) l WHERE l.ledger_account ~ '^(position|dust):' AND l.cost IS NULL)
     AND NOT EXISTS (SELECT FROM unnest(legs) l WHERE l.ledger_account ~ '^trading:' AND l.asset = i.base_asset) THEN
    RETURN 'cost_missing: units that come or go without a trade say what they count as';
  END IF;
  RETURN NULL;
END $$;

-- Books an entry once: {account, kind, source, legs: [{ledgerAccount, asset, amount, cost?}], instrument?, tradeId?, corrects?,
-- marketAt?, actor?, reason?}. Answers {result: 'booked' | 'known', id}, or {result: 'refused', code, detail}: the same
-- source with another body is refused as 'conflict'.
CREATE OR REPLACE FUNCTION book_entry(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  sorted ledger_leg[];
  refusal text;
  e ledger_entries;
BEGIN
  PERFORM FROM accounts WHERE name = p ->> 'account' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN jsonb_build_object('result', 'refused', 'code', 'unknown_account', 'detail', 'there is no account ' || (p ->> 'account'));
  END IF;
  SELECT array_agg(ROW(l."ledgerAccount", l.asset, l.amount, l.cost)::ledger_leg ORDER BY l."ledgerAccount", l.asset, l.amount, l.cost)
  INTO sorted FROM jsonb_to_recordset(p -> 'legs') AS l("ledgerAccount" text, asset text, amount numeric, cost numeric);
  SELECT * INTO e FROM ledger_entries WHERE account = p ->> 'account' AND source = p ->> 'source';
  IF NOT FOUND THEN
    refusal := entry_refusal(p, sorted);
    IF refusal IS NOT NULL THEN
      RETURN jsonb_build_object('result', 'refused', 'code', split_part(refusal, ': ', 1),
        'detail', substr(refusal, position(': ' IN refusal) + 2));
    END IF;
    INSERT INTO ledger_entries (account, kind, source, instrument, trade_id, corrects, market_at, actor, reason, legs)
    VALUES (p ->> 'account', p ->> 'kind', p ->> 'source', p ->> 'instrument', p ->> 'tradeId', (p ->> 'corrects')::bigint,
      coalesce((p ->> 'marketAt')::timestamptz, market_now(p ->> 'account'), clock_timestamp()), p ->> 'actor', p ->> 'reason', sorted)
    RETURNING * INTO e;
    -- Money that comes or goes is no gain and no drawdown.
    UPDATE equity_peaks k SET equity = k.equity - x.amount
    FROM (SELECT sum(l.amount) AS amount FROM unnest(sorted) l, accounts a
          WHERE a.name = e.account AND l.ledger_account = 'external' AND l.asset = a.currency) x
    WHERE k.account = e.account AND x.amount <> 0;
    RETURN jsonb_build_object('result', 'booked', 'id', e.id);
  END IF;
  -- Who repeats it, and when, does not make it another entry.
  IF (e.kind, e.instrument, e.trade_id, e.corrects, e.reason, e.legs) IS DISTINCT FROM
     (p ->> 'kind', p ->> 'instrument', p ->> 'tradeId', (p ->> 'corrects')::bigint, p ->> 'reason', sorted)
     OR (e.corrects IS NULL AND e.market_at <> (p ->> 'marketAt')::timestamptz) THEN
    RETURN jsonb_build_object('result', 'refused', 'code', 'conflict', 'id', e.id,
      'detail', format('the source %s is booked as entry %s with another body', e.source, e.id));
  END IF;
  RETURN jsonb_build_object('result', 'known', 'id', e.id);
END $$;
