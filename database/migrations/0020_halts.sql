-- Up Migration
-- Halts: one row an engagement of the kill switch, what it met at its moment, and how it went on. No foreign keys to
-- trades or orders: the commit of a halt must not wait for a row that somebody else holds.

CREATE TABLE halts (
  epoch          bigint PRIMARY KEY,
  scope          text NOT NULL,
  mode           text NOT NULL CHECK (mode IN ('reduce-only', 'halt-all')),
  flatten        boolean NOT NULL,
  -- True: ingestion, backups and research stop too.
  everything     boolean NOT NULL,
  source         text NOT NULL CHECK (source IN ('operator', 'trip', 'startup')),
  -- Of a trip: its name, and what it saw.
  trip           text,
  evidence       jsonb,
  reason         text NOT NULL CHECK (reason <> ''),
  actor          text NOT NULL,
  -- The moment: every fence before it has committed, every later one sees it.
  engaged_at     timestamptz NOT NULL,
  -- A later engagement of the same scope that asked for more.
  superseded_by  bigint,
  released_at    timestamptz,
  released_by    text,
  release_reason text,
  workflow_id    text NOT NULL,
  drained_at     timestamptz,
  -- Clean looks at Temporal's list of open workflows in a row, and the last look.
  clean_sweeps   integer NOT NULL DEFAULT 0,
  swept_at       timestamptz,
  open_workflows jsonb,
  finished_at    timestamptz,
  report         jsonb,
  report_hash    text,
  signature      text
);
CREATE INDEX halts_newest ON halts (engaged_at DESC, epoch DESC);
CREATE INDEX halts_unfinished ON halts (epoch) WHERE finished_at IS NULL;
CREATE INDEX halts_actor ON halts (actor, engaged_at DESC);

-- Trades that were open at the moment.
CREATE TABLE halt_trades (
  epoch           bigint NOT NULL REFERENCES halts,
  trade_id        text NOT NULL,
  phase           text NOT NULL,
  position        numeric NOT NULL,
  told_at         timestamptz,
  -- Stored by the trade's own workflow.
  acknowledged_at timestamptz,
  taken_over_at   timestamptz,
  -- True for a trade that was opened again after the moment, by a late fill.
  reopened        boolean NOT NULL DEFAULT false,
  PRIMARY KEY (epoch, trade_id)
);
CREATE INDEX halt_trades_trade ON halt_trades (trade_id);

-- Attempts that were in `sending` at the moment: all that could still reach a venue.
CREATE TABLE halt_attempts (
  epoch           bigint NOT NULL REFERENCES halts,
  client_order_id text NOT NULL,
  n               integer NOT NULL,
  PRIMARY KEY (epoch, client_order_id, n)
);

-- Looks at a venue: `before` is the first, and the last clean ones in a row count.
CREATE TABLE halt_passes (
  epoch     bigint NOT NULL REFERENCES halts,
  account   text NOT NULL,
  n         integer NOT NULL,
  -- Real time of this database before the venue was asked.
  asked_at  timestamptz NOT NULL,
  -- Working orders and positions, ours and foreign apart.
  seen      jsonb NOT NULL,
  clean     boolean NOT NULL,
  PRIMARY KEY (epoch, account, n)
);

CREATE TABLE halt_schedules (
  epoch       bigint NOT NULL REFERENCES halts,
  schedule_id text NOT NULL,
  tag         text,
  -- 'paused' by this halt, 'was-paused' before it, or 'left' running.
  action      text NOT NULL CHECK (action IN ('paused', 'was-paused', 'left')),
  resumed_at  timestamptz,
  PRIMARY KEY (epoch, schedule_id)
);

-- Signs the reports of halts; made at first use. PEM.
CREATE TABLE report_keys (
  singleton   boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  private_key text NOT NULL,
  public_key  text NOT NULL
);

-- What each automatic trip has seen: since when its condition holds, and what it has already halted for.
CREATE TABLE trip_states (
  trip    text NOT NULL,
  account text NOT NULL,
  state   jsonb NOT NULL,
  at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (trip, account)
);

-- Engagements of before this migration: nothing is left to do for them.
INSERT INTO halts (epoch, scope, mode, flatten, everything, source, reason, actor, engaged_at, workflow_id, finished_at,
                   released_at)
  SELECT epoch, scope, mode, flatten, false, 'operator', coalesce(nullif(reason, ''), 'unknown'), coalesce(actor, 'unknown'),
    coalesce(engaged_at, now()), 'halt:' || epoch, now(), CASE WHEN engaged THEN NULL ELSE now() END
  FROM kill_switch WHERE epoch > 0;

-- When the venue says that it received the order, by its own clock.
ALTER TABLE orders ADD COLUMN venue_received_at timestamptz;
ALTER TABLE trades ADD COLUMN halt_epoch bigint;
COMMENT ON COLUMN trades.halt_epoch IS 'The newest halt that reached the trade.';
ALTER TABLE accounts ADD COLUMN startup_halted_at timestamptz;
-- When the watcher last heard from the venue; written every few seconds.
ALTER TABLE accounts ADD COLUMN polled_at timestamptz;
ALTER TABLE installation ADD COLUMN live boolean NOT NULL DEFAULT false;

-- Down Migration
ALTER TABLE installation DROP COLUMN live;
ALTER TABLE accounts DROP COLUMN polled_at, DROP COLUMN startup_halted_at;
ALTER TABLE trades DROP COLUMN halt_epoch;
ALTER TABLE orders DROP COLUMN venue_received_at;
DROP TABLE trip_states, report_keys, halt_schedules, halt_passes, halt_attempts, halt_trades, halts;
