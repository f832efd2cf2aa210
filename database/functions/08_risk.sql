-- The limits of risk beyond those that 03_fence.sql adds up, the locks after losses, and the stored verdicts.

-- Locks of an account that hold now, in market time. A clock that was turned back begins another passage of the same days.
CREATE OR REPLACE FUNCTION active_locks(p_account text) RETURNS SETOF risk_locks LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN QUERY
    SELECT l.* FROM risk_locks l JOIN account_clocks c ON c.account = l.account
    WHERE l.account = p_account AND l.released_at IS NULL AND l.market_until > clock_reading(c, clock_timestamp())
      AND l.created_at >= c.rewound_at;
END $$;

-- Attempts to add exposure that left within the last minute of real time.
CREATE OR REPLACE FUNCTION orders_last_minute(p_account text) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN (SELECT count(*)::integer FROM order_attempts a JOIN orders o USING (client_order_id)
    WHERE o.account = p_account AND o.increases AND a.fenced_at > clock_timestamp() - interval '1 minute');
END $$;

-- What an account holds, and what its orders that add exposure may still fill, by instrument and with its sign.
CREATE OR REPLACE FUNCTION committed(p_account text, p_except text, p_instrument text, p_reference numeric)
RETURNS TABLE (instrument text, notional numeric) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT p.instrument, worth_of(i, p.quantity, CASE WHEN p.instrument = p_instrument THEN p_reference ELSE coalesce(
        (SELECT m.price FROM marks m WHERE m.account = p.account AND m.instrument = p.instrument),
        (SELECT f.price FROM fills f WHERE f.account = p.account AND f.instrument = p.instrument ORDER BY f.id DESC LIMIT 1)) END)
    FROM account_positions p JOIN instruments i ON i.id = p.instrument WHERE p.account = p_account AND p.quantity <> 0
    UNION ALL
    SELECT o.instrument, worth_of(i, unbooked(o), o.reference_price) * CASE o.side WHEN 'buy' THEN 1 ELSE -1 END
    FROM orders o JOIN instruments i ON i.id = o.instrument WHERE o.account = p_account AND o.increases AND o.client_order_id <> p_except
      AND o.state IN ('sending', 'unknown', 'open', 'partial');
END $$;

-- Open trades of a strategy in an account, but for one trade: how many, and what they hold or may come to hold.
CREATE OR REPLACE FUNCTION strategy_use(p_account text, p_strategy text, p_except text) RETURNS TABLE (trades integer, notional numeric)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT count(*) FILTER (WHERE worth > 0)::integer, coalesce(sum(worth), 0)
    FROM (SELECT worth_of(i, abs(trade_position(t.id)), coalesce(
              (SELECT m.price FROM marks m WHERE m.account = t.account AND m.instrument = t.instrument),
              (SELECT f.price FROM fills f WHERE f.trade_id = t.id ORDER BY f.id DESC LIMIT 1), 0))
            + coalesce((SELECT sum(worth_of(i, unbooked(o), o.reference_price)) FROM orders o WHERE o.trade_id = t.id AND o.increases
              AND o.state IN ('sending', 'unknown', 'open', 'partial')), 0) AS worth
          FROM trades t JOIN instruments i ON i.id = t.instrument
          WHERE t.account = p_account AND t.strategy = p_strategy AND t.phase <> 'ended' AND t.id <> p_except) each;
END $$;

-- Why an order that adds exposure breaks a limit of its approval that concerns the account's other trades, or null. Runs
-- under the account's lock: of two orders that fit only one at a time, one passes. Approvals of older versions lack some.
CREATE OR REPLACE FUNCTION policy_refusal(t trades, a approvals, p_side text, notional numeric) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  l jsonb := a.limits;
  locked text;
  here numeric;
  net numeric;
  in_sector numeric;
  in_group numeric;
  own record;
  added numeric;
BEGIN
  SELECT k.code INTO locked FROM active_locks(t.account) k
  WHERE k.scope IN ('account', 'instrument:' || t.instrument) ORDER BY k.code LIMIT 1;
  IF locked IS NOT NULL THEN RETURN locked; END IF;
  IF orders_last_minute(t.account) >= (l ->> 'maxOrdersPerMinute')::integer THEN RETURN 'order_rate'; END IF;

  SELECT coalesce(sum(abs(c.notional)) FILTER (WHERE c.instrument = t.instrument), 0),
         coalesce(sum(c.notional), 0),
         coalesce(sum(abs(c.notional)) FILTER (WHERE l #> '{sector,instruments}' ? c.instrument), 0),
         coalesce(sum(abs(c.notional)) FILTER (WHERE l #> '{group,instruments}' ? c.instrument), 0)
  INTO here, net, in_sector, in_group
  FROM committed(t.account, a.client_order_id, t.instrument, a.reference_price) c;
  IF here + notional > (l ->> 'maxPositionNotional')::numeric THEN RETURN 'position_size'; END IF;
  IF (net * CASE p_side WHEN 'buy' THEN 1 ELSE -1 END) + notional > (l ->> 'maxNetNotional')::numeric THEN RETURN 'net_leverage'; END IF;
  IF in_sector + notional > (l #>> '{sector,maxNotional}')::numeric THEN RETURN 'sector_exposure'; END IF;
  IF in_group + notional > (l #>> '{group,maxNotional}')::numeric THEN RETURN 'group_exposure'; END IF;

  IF l ? 'strategyOpenTrades' OR l ? 'strategyNotional' THEN
    SELECT * INTO own FROM strategy_use(t.account, t.strategy, t.id);
    IF own.trades >= (l ->> 'strategyOpenTrades')::integer THEN RETURN 'strategy_open_trades'; END IF;
    IF own.notional + notional > (l ->> 'strategyNotional')::numeric THEN RETURN 'strategy_exposure'; END IF;
  END IF;

  -- What has left since the approval was not in its figure: it counts as if nothing offset it.
  IF l ? 'valueAtRisk' THEN
    SELECT coalesce(sum((b.limits #>> '{valueAtRisk,alone}')::numeric), 0) INTO added
    FROM approvals b JOIN orders o USING (client_order_id)
    WHERE o.account = t.account AND o.client_order_id <> a.client_order_id AND o.increases
      AND o.state NOT IN ('created', 'unsent', 'rejected')
      AND EXISTS (SELECT FROM order_attempts x WHERE x.client_order_id = o.client_order_id AND x.fenced_at >= a.approved_at);
    IF (l #>> '{valueAtRisk,after}')::numeric + added > (l #>> '{valueAtRisk,limit}')::numeric THEN RETURN 'var_limit'; END IF;
  END IF;
  RETURN NULL;
END $$;

-- Called in the transaction that ends a trade, with what it made: locks its instrument after a loss, and the account after
-- several in a row. The policy of the account says whether and for how long.
CREATE OR REPLACE FUNCTION lock_after(t trades, p_money numeric) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  policy jsonb := (SELECT a.policy FROM accounts a WHERE a.name = t.account);
  rewound timestamptz := (SELECT c.rewound_at FROM account_clocks c WHERE c.account = t.account);
  cooldown integer := coalesce((policy ->> 'cooldownSeconds')::integer, 0);
  streak integer;
BEGIN
  IF p_money >= 0 THEN RETURN; END IF;
  IF cooldown > 0 THEN
    INSERT INTO risk_locks (account, scope, code, trade_id, market_until)
    VALUES (t.account, 'instrument:' || t.instrument, 'cooldown', t.id, market_now(t.account) + cooldown * interval '1 second');
  END IF;
  IF policy ->> 'maxLossStreak' IS NULL THEN RETURN; END IF;
  SELECT count(*) INTO streak FROM trades x
  WHERE x.account = t.account AND x.realised_pnl < 0 AND x.ended_at > greatest(rewound,
    (SELECT max(w.ended_at) FROM trades w WHERE w.account = t.account AND w.realised_pnl > 0),
    (SELECT max(k.created_at) FROM risk_locks k WHERE k.account = t.account AND k.code = 'loss_streak'));
  IF streak >= (policy ->> 'maxLossStreak')::integer THEN
    INSERT INTO risk_locks (account, scope, code, trade_id, market_until)
    VALUES (t.account, 'account', 'loss_streak', t.id, market_now(t.account)
      + coalesce((policy ->> 'lossStreakSeconds')::integer, 86400) * interval '1 second');
  END IF;
END $$;

-- Keeps the highest equity that was seen.
CREATE OR REPLACE FUNCTION note_equity(p_account text, p_equity numeric) RETURNS void LANGUAGE sql VOLATILE AS $$
  INSERT INTO equity_peaks AS k (account, equity) VALUES (p_account, p_equity)
  ON CONFLICT (account) DO UPDATE SET equity = excluded.equity, at = excluded.at WHERE k.equity < excluded.equity
$$;

-- Stores what a risk check decided: {approved, code, marketAt, equity, document}.
CREATE OR REPLACE FUNCTION store_verdict(t trades, v jsonb) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  INSERT INTO risk_verdicts (trade_id, account, market_at, approved, code, document)
  VALUES (t.id, t.account, (v ->> 'marketAt')::timestamptz, (v ->> 'approved')::boolean, v ->> 'code', v -> 'document');
  PERFORM note_equity(t.account, (v ->> 'equity')::numeric);
END $$;

-- What a risk check reads beside the portfolio, at one moment.
CREATE OR REPLACE FUNCTION risk_context(p_account text, p_strategy text, p_instrument text, p_except text) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN jsonb_build_object(
    'document', coalesce((SELECT d.document FROM risk_policies d ORDER BY d.id DESC LIMIT 1), '{}'),
    'peak', (SELECT plain(greatest(deposited(a), k.equity)) FROM accounts a LEFT JOIN equity_peaks k ON k.account = a.name
             WHERE a.name = p_account),
    'ordersLastMinute', orders_last_minute(p_account),
    'locks', coalesce((SELECT jsonb_agg(jsonb_build_object('code', l.code, 'scope', l.scope, 'until', iso(l.market_until)))
      FROM active_locks(p_account) l WHERE l.scope IN ('account', 'instrument:' || p_instrument)), '[]'),
    'working', coalesce((SELECT jsonb_agg(jsonb_build_object('instrument', o.instrument, 'mark', plain(o.reference_price),
        'quantity', plain(unbooked(o) * CASE o.side WHEN 'buy' THEN 1 ELSE -1 END)) || future_of(i))
      FROM orders o JOIN instruments i ON i.id = o.instrument WHERE o.account = p_account AND o.increases AND o.trade_id <> p_except
        AND o.state IN ('sending', 'unknown', 'open', 'partial')), '[]'),
    'strategy', (SELECT jsonb_build_object('openTrades', s.trades, 'notional', plain(s.notional))
      FROM strategy_use(p_account, p_strategy, p_except) s),
    'halted', (SELECT min(k.scope) FROM kill_switch k
      WHERE k.engaged AND k.scope = ANY (trade_scopes(p_account, p_strategy, p_instrument))));
END $$;
