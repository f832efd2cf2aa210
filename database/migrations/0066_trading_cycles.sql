-- Up Migration
-- Trading cycles: one row for each session of a cycle that was looked at.

CREATE TABLE trading_cycles (
  cycle       text NOT NULL,
  -- Trading day of the session; of a day without one, that day.
  date        date NOT NULL,
  account     text NOT NULL,
  strategy    text NOT NULL,
  state       text NOT NULL CHECK (state IN ('running', 'done', 'missed', 'closed', 'halted')),
  workflow_id text NOT NULL,
  -- Market times.
  due_at      timestamptz,
  looked_at   timestamptz NOT NULL,
  -- By instrument: [{instrument, result, code, tradeId}].
  results     jsonb NOT NULL DEFAULT '[]',
  started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  PRIMARY KEY (cycle, date)
);
CREATE INDEX trading_cycles_newest ON trading_cycles (cycle, started_at DESC);

-- Down Migration
DROP TABLE trading_cycles;
