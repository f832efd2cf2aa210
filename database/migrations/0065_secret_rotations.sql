-- Up Migration
-- When secrets were changed: names and days, never a value.

CREATE TABLE secret_rotations (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name       text NOT NULL CHECK (name ~ '^[a-z0-9-]{1,64}$'),
  rotated_at timestamptz NOT NULL,
  noted_by   text NOT NULL,
  noted_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX secret_rotations_name ON secret_rotations (name, rotated_at DESC);
CREATE TRIGGER secret_rotations_append_only BEFORE UPDATE OR DELETE ON secret_rotations
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Down Migration
DROP TABLE secret_rotations;
