-- Up Migration
-- Orders in doubt that a person settled: who, as what, and why. Append-only, beside the audit log's line.

CREATE TABLE order_settlements (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  client_order_id text NOT NULL REFERENCES orders,
  settled_as      text NOT NULL CHECK (settled_as IN ('never-arrived', 'filled')),
  reason          text NOT NULL CHECK (length(reason) BETWEEN 3 AND 500),
  actor           text NOT NULL,
  at              timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX order_settlements_order ON order_settlements (client_order_id);
CREATE TRIGGER order_settlements_append_only BEFORE UPDATE OR DELETE ON order_settlements
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Down Migration
DROP TABLE order_settlements;
