-- How far a halt has come, and what its report says: read from the rows of trades, orders and attempts, so that whoever
-- goes on after a crash sees the same.

-- Trades that were opened again after the moment by a late fill belong to the halt too.
CREATE OR REPLACE FUNCTION adopt_reopened(p_epoch bigint) RETURNS void LANGUAGE sql VOLATILE AS $$
  INSERT INTO halt_trades (epoch, trade_id, phase, position, reopened)
    SELECT h.epoch, t.id, t.phase, trade_position(t.id), true FROM halts h JOIN trades t ON t.epoch < h.epoch
    WHERE h.epoch = p_epoch AND t.phase <> 'ended' AND h.scope = ANY (trade_scopes(t.account, t.strategy, t.instrument))
  ON CONFLICT DO NOTHING
$$;

-- Whether every unit of a position has a live order that reduces it, or the watcher stands in for its stop.
CREATE OR REPLACE FUNCTION is_guarded(t trades, held numeric) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT coalesce((t.protection ->> 'emulated')::boolean, false) OR reducing_capacity(t.id, held, '') <= 0
$$;

CREATE OR REPLACE FUNCTION halt_progress(p_epoch bigint) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM adopt_reopened(p_epoch);
  RETURN (
    WITH concerned AS MATERIALIZED (
      SELECT t.id, t.account, t.phase <> 'ended' AS open, x.told_at, x.acknowledged_at, x.taken_over_at,
        t.taken_over_epoch, CASE WHEN t.phase <> 'ended' THEN trade_position(t.id) ELSE 0 END AS held
      FROM halt_trades x JOIN trades t ON t.id = x.trade_id WHERE x.epoch = p_epoch),
    working AS MATERIALIZED (
      SELECT o.* FROM orders o JOIN concerned c ON c.id = o.trade_id WHERE o.state IN ('sending', 'unknown', 'open', 'partial')),
    passes AS (
      SELECT DISTINCT ON (account) account, clean AND n > 1 AND EXISTS (
        SELECT FROM halt_passes b WHERE b.epoch = p.epoch AND b.account = p.account AND b.n = p.n - 1 AND b.clean) AS proven
      FROM halt_passes p WHERE epoch = p_epoch ORDER BY account, n DESC)
    SELECT halt_json(h) || jsonb_build_object(
      'trades', (SELECT count(*) FROM concerned),
      'open', (SELECT count(*) FROM concerned WHERE open),
      'untold', (SELECT count(*) FROM concerned WHERE open AND told_at IS NULL),
      'acknowledged', (SELECT count(*) FROM concerned WHERE acknowledged_at IS NOT NULL),
      'unacknowledged', (SELECT count(*) FROM concerned WHERE open AND acknowledged_at IS NULL AND taken_over_at IS NULL),
      'takenOver', (SELECT count(*) FROM concerned WHERE open AND taken_over_epoch IS NOT NULL),
      'sending', (SELECT count(*) FROM halt_attempts x JOIN order_attempts a USING (client_order_id, n)
                  WHERE x.epoch = p_epoch AND a.state = 'sending'),
      'unknown', (SELECT count(*) FROM working WHERE state IN ('sending', 'unknown')),
      'entries', (SELECT count(*) FROM working WHERE leg = 'entry'),
      'holding', (SELECT count(*) FROM concerned WHERE held <> 0),
      'unguarded', (SELECT count(*) FROM concerned c JOIN trades t ON t.id = c.id WHERE c.held <> 0 AND NOT is_guarded(t, c.held)),
      'drainedAt', iso(h.drained_at), 'cleanSweeps', h.clean_sweeps,
      'accounts', coalesce((SELECT jsonb_agg(jsonb_build_object('account', a.account, 'open', a.open,
          'proven', coalesce(p.proven, false)) ORDER BY a.account)
        FROM (SELECT account, count(*) FILTER (WHERE open) AS open FROM concerned GROUP BY account) a
        LEFT JOIN passes p USING (account)), '[]'))
    FROM halts h WHERE h.epoch = p_epoch);
END $$;

-- Attempts of the moment that nobody answers for any more are in doubt: their trades, or the halt, look them up. Answers
-- how many are still being sent.
CREATE OR REPLACE FUNCTION drain_attempts(p_epoch bigint, p_grace interval) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  a record;
  left_over integer;
BEGIN
  FOR a IN SELECT x.client_order_id, x.n FROM halt_attempts x JOIN order_attempts t USING (client_order_id, n)
           WHERE x.epoch = p_epoch AND t.state = 'sending' AND t.valid_until + p_grace < clock_timestamp()
           ORDER BY x.client_order_id LOOP
    PERFORM lock_order(a.client_order_id);
    PERFORM doubt_attempt(a.client_order_id, a.n);
  END LOOP;
  SELECT count(*) INTO left_over FROM halt_attempts x JOIN order_attempts t USING (client_order_id, n)
  WHERE x.epoch = p_epoch AND t.state = 'sending';
  IF left_over = 0 THEN UPDATE halts SET drained_at = coalesce(drained_at, clock_timestamp()) WHERE epoch = p_epoch; END IF;
  RETURN left_over;
END $$;

-- What an account holds: of each trade of the halt, and what no trade of ours made.
CREATE OR REPLACE FUNCTION halt_positions(p_epoch bigint, p_account text) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
  SELECT jsonb_build_object(
    'ours', coalesce((SELECT jsonb_agg(jsonb_build_object('tradeId', p.trade_id, 'instrument', p.instrument,
        'quantity', plain(p.quantity)) ORDER BY p.trade_id)
      FROM trade_positions p JOIN halt_trades x ON x.trade_id = p.trade_id AND x.epoch = p_epoch
      WHERE p.account = p_account AND p.quantity <> 0), '[]'),
    'foreign', coalesce((SELECT jsonb_agg(jsonb_build_object('instrument', f.instrument, 'quantity', plain(f.quantity))
        ORDER BY f.instrument)
      FROM (SELECT instrument, sum(position_change) AS quantity FROM fills
            WHERE account = p_account AND trade_id IS NULL GROUP BY instrument) f WHERE f.quantity <> 0), '[]'))
$$;

-- Stores a look at a venue: {epoch, account, askedAt, lagMs, skewMs, working: orders that work there}. It is clean when
-- nothing of the halt can fill that must not, and when it was asked after the last request could still arrive: without
-- flatten no entry works and no order is in doubt; with it, no order of the halt works at all and nothing is held.
-- Answers {clean, proven}.
CREATE OR REPLACE FUNCTION record_pass(p jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  h halts;
  latest halt_passes;
  asked timestamptz := (p ->> 'askedAt')::timestamptz;
  lag interval := ((p ->> 'lagMs')::integer + (p ->> 'skewMs')::integer) * interval '1 millisecond';
  seen jsonb;
  clean boolean;
BEGIN
  SELECT * INTO h FROM halts WHERE epoch = (p ->> 'epoch')::bigint;
  SELECT jsonb_build_object('positions', halt_positions(h.epoch, p ->> 'account'), 'orders', jsonb_build_object(
      'ours', coalesce(jsonb_agg(w.v || jsonb_build_object('leg', o.leg, 'tradeId', o.trade_id)) FILTER (WHERE x.trade_id IS NOT NULL), '[]'),
      'otherTrades', count(*) FILTER (WHERE o.trade_id IS NOT NULL AND x.trade_id IS NULL),
      'foreign', coalesce(jsonb_agg(w.v) FILTER (WHERE o.trade_id IS NULL), '[]')))
  INTO seen
  FROM jsonb_array_elements(p -> 'working') w(v)
  LEFT JOIN orders o ON o.client_order_id = w.v ->> 'clientOrderId' AND o.account = p ->> 'account'
    AND o.venue_order_id IS NOT DISTINCT FROM w.v ->> 'venueOrderId'
  LEFT JOIN halt_trades x ON x.trade_id = o.trade_id AND x.epoch = h.epoch;
  clean := NOT EXISTS (
      SELECT FROM orders o JOIN halt_trades x ON x.trade_id = o.trade_id AND x.epoch = h.epoch
      WHERE o.account = p ->> 'account' AND (o.state IN ('sending', 'unknown')
        OR (o.state IN ('open', 'partial') AND (h.flatten OR o.leg = 'entry'))))
    AND NOT EXISTS (SELECT FROM jsonb_array_elements(seen -> 'orders' -> 'ours') v WHERE h.flatten OR v ->> 'leg' = 'entry')
    AND NOT EXISTS (
      SELECT FROM order_attempts a JOIN orders o USING (client_order_id)
        JOIN halt_trades x ON x.trade_id = o.trade_id AND x.epoch = h.epoch
      WHERE o.account = p ->> 'account' AND a.state NOT IN ('not-sent', 'rejected') AND (h.flatten OR o.leg = 'entry')
        AND a.valid_until + lag > asked)
    AND NOT (h.flatten AND EXISTS (
      SELECT FROM trades t JOIN halt_trades x ON x.trade_id = t.id AND x.epoch = h.epoch
      WHERE t.account = p ->> 'account' AND t.phase <> 'ended' AND trade_position(t.id) <> 0));
  SELECT * INTO latest FROM halt_passes WHERE epoch = h.epoch AND account = p ->> 'account' ORDER BY n DESC LIMIT 1;
  IF latest.n IS NULL THEN
    INSERT INTO halt_passes (epoch, account, n, asked_at, seen, clean) VALUES (h.epoch, p ->> 'account', 1, asked, seen, false);
    -- The first look shows what was there before; only later ones prove anything.
    RETURN jsonb_build_object('clean', false, 'proven', false);
  END IF;
  IF NOT clean THEN
    -- One row stands for all looks that were not clean.
    DELETE FROM halt_passes WHERE epoch = h.epoch AND account = p ->> 'account' AND n > 1;
    INSERT INTO halt_passes (epoch, account, n, asked_at, seen, clean) VALUES (h.epoch, p ->> 'account', 2, asked, seen, false);
    RETURN jsonb_build_object('clean', false, 'proven', false);
  END IF;
  IF NOT latest.clean OR asked >= latest.asked_at + lag THEN
    INSERT INTO halt_passes (epoch, account, n, asked_at, seen, clean)
    VALUES (h.epoch, p ->> 'account', latest.n + 1, asked, seen, true);
  END IF;
  RETURN jsonb_build_object('clean', true, 'proven', latest.clean AND asked >= latest.asked_at + lag);
END $$;

-- Attempts on orders of the halt's trades that the fence permitted after the moment, or of which the venue says that it
-- received them after it.
CREATE OR REPLACE FUNCTION sends_after(p_epoch bigint) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
  WITH sent AS (
    SELECT o.trade_id, o.intent_id, o.client_order_id, o.leg, o.side, o.quantity, o.increases, a.n, a.fenced_at, a.state,
      o.venue_received_at, h.engaged_at
    FROM halts h JOIN halt_trades x ON x.epoch = h.epoch JOIN orders o ON o.trade_id = x.trade_id
    JOIN order_attempts a USING (client_order_id)
    WHERE h.epoch = p_epoch AND a.state <> 'not-sent' AND (a.fenced_at > h.engaged_at OR o.venue_received_at > h.engaged_at)),
  shown AS (
    SELECT s.*, jsonb_build_object('intent', intent_id, 'clientOrderId', client_order_id, 'n', n, 'side', side,
      'quantity', plain(quantity), 'permittedAt', iso(fenced_at), 'receivedAt', iso(venue_received_at), 'state', state) AS v
    FROM sent s)
  SELECT jsonb_build_object(
    'increasingByJournal', coalesce(jsonb_agg(v ORDER BY fenced_at) FILTER (WHERE increases AND fenced_at > engaged_at), '[]'),
    'increasingByVenue', coalesce(jsonb_agg(v ORDER BY fenced_at) FILTER (WHERE increases AND venue_received_at > engaged_at
      AND NOT EXISTS (SELECT FROM halt_attempts b WHERE b.epoch = p_epoch AND b.client_order_id = shown.client_order_id)), '[]'),
    'arrivedLater', coalesce(jsonb_agg(v ORDER BY fenced_at) FILTER (WHERE increases AND fenced_at <= engaged_at), '[]'),
    'reducing', coalesce(jsonb_agg(v ORDER BY fenced_at) FILTER (WHERE NOT increases AND fenced_at > engaged_at), '[]'))
  FROM shown
$$;

-- The rows of a halt's report, as of now; what must be 0 is counted by whoever reads them.
CREATE OR REPLACE FUNCTION halt_report(p_epoch bigint) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN (SELECT jsonb_build_object(
    'madeAt', iso(clock_timestamp()), 'installation', (SELECT id FROM installation),
    'halt', halt_json(h), 'progress', halt_progress(p_epoch), 'evidence', h.evidence,
    'trades', coalesce((SELECT jsonb_agg(jsonb_build_object('tradeId', t.id, 'phaseThen', x.phase, 'positionThen', plain(x.position),
        'phase', t.phase, 'outcome', t.outcome, 'position', plain(trade_position(t.id)), 'dust', plain(t.dust),
        'reopened', x.reopened, 'toldAt', iso(x.told_at), 'acknowledgedAt', iso(x.acknowledged_at),
        'takenOverAt', iso(x.taken_over_at), 'endedAt', iso(t.ended_at), 'attention', t.attention,
        'guarded', CASE WHEN t.phase <> 'ended' THEN is_guarded(t, trade_position(t.id)) END) ORDER BY t.id)
      FROM halt_trades x JOIN trades t ON t.id = x.trade_id WHERE x.epoch = p_epoch), '[]'),
    'attempts', coalesce((SELECT jsonb_agg(jsonb_build_object('intent', o.intent_id, 'clientOrderId', o.client_order_id, 'n', a.n,
        'increases', o.increases, 'permittedAt', iso(a.fenced_at), 'attempt', a.state, 'order', o.state, 'booked', plain(o.booked),
        'answeredAt', iso(a.finished_at)) ORDER BY a.fenced_at, o.intent_id)
      FROM halt_attempts x JOIN order_attempts a USING (client_order_id, n) JOIN orders o USING (client_order_id)
      WHERE x.epoch = p_epoch), '[]'),
    'sends', sends_after(p_epoch),
    'refused', (SELECT count(*) FROM audit_events e WHERE e.method = 'FENCE' AND e.at >= h.engaged_at
      AND e.metadata -> 'halts' @> to_jsonb(h.epoch)),
    'venues', coalesce((SELECT jsonb_agg(jsonb_build_object('account', a.account, 'before', (
          SELECT jsonb_build_object('askedAt', iso(p.asked_at)) || p.seen FROM halt_passes p
          WHERE p.epoch = p_epoch AND p.account = a.account AND p.n = 1), 'after', (
          SELECT jsonb_build_object('askedAt', iso(p.asked_at), 'clean', p.clean) || p.seen FROM halt_passes p
          WHERE p.epoch = p_epoch AND p.account = a.account AND p.n > 1 ORDER BY p.n DESC LIMIT 1)) ORDER BY a.account)
      FROM (SELECT DISTINCT account FROM halt_passes WHERE epoch = p_epoch) a), '[]'),
    'schedules', coalesce((SELECT jsonb_agg(jsonb_build_object('scheduleId', s.schedule_id, 'tag', s.tag, 'action', s.action,
        'resumedAt', iso(s.resumed_at)) ORDER BY s.schedule_id) FROM halt_schedules s WHERE s.epoch = p_epoch), '[]'),
    'workflows', coalesce(h.open_workflows, '[]'))
  FROM halts h WHERE h.epoch = p_epoch);
END $$;
