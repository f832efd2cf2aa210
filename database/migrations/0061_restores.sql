-- Up Migration
-- Restores from backups, and which accounts wait for their venue to be read since: what the dump does not know.

CREATE TABLE restores (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  backup      text NOT NULL,
  -- When the dump was taken.
  taken_at    timestamptz NOT NULL,
  restored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  operator    text NOT NULL,
  -- Of the global halt under which the system woke up.
  epoch       bigint NOT NULL
);

CREATE TABLE account_restores (
  account      text PRIMARY KEY REFERENCES accounts,
  restore_id   bigint NOT NULL REFERENCES restores,
  -- Orders that were sent since the dump are in the journal again; before that nobody's fills are booked.
  adopted_at   timestamptz,
  -- Looks in a row that found nothing new, and when the first of them was.
  clean_looks  integer NOT NULL DEFAULT 0,
  clean_since  timestamptz,
  -- What at the venue no trade of ours explains, for a person to look at.
  findings     jsonb NOT NULL DEFAULT '[]',
  -- From then on the account trades again.
  caught_up_at timestamptz,
  -- Who accepted the findings; null when there were none.
  accepted_by  text
);
CREATE INDEX account_restores_held ON account_restores (account) WHERE caught_up_at IS NULL;

-- Down Migration
DROP TABLE account_restores, restores;
