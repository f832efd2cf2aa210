import type { Queryable } from '../../database/pool';

const SETUP = `
  CREATE SCHEMA controlled;
  CREATE SEQUENCE controlled.micros MINVALUE 0;
  -- A sequence, since it is seen by every connection at once and leaves no dead rows.
  CREATE FUNCTION controlled.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT timestamptz 'epoch' + last_value * interval '1 microsecond' FROM controlled.micros
  $$;
  DO $$
  DECLARE
    c record;
  BEGIN
    -- Names are looked up here first: the functions of the product call this clock without knowing.
    EXECUTE format('ALTER DATABASE %I SET search_path = controlled, public, pg_catalog', current_database());
    FOR c IN SELECT a.attrelid::regclass AS tab, a.attname AS col FROM pg_attrdef d
             JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
             WHERE pg_get_expr(d.adbin, d.adrelid) = 'clock_timestamp()' LOOP
      EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT controlled.clock_timestamp()', c.tab, c.col);
    END LOOP;
  END $$;`;

/**
 * Lets a test set the clock that a migrated database's functions read, though not a character of them changes:
 * \`clock_timestamp\` is found in another schema first. Counts for connections that are opened afterwards.
 */
export async function controlClock(database: Queryable): Promise<void> {
  await database.query(SETUP);
}

/** An expression that sets the database's clock, for what is evaluated after it; epoch milliseconds. */
export function tick(millis: number): string {
  return `setval('controlled.micros', ${millis * 1000})`;
}
