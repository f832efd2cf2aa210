import { migrationNames, functionTexts, upText } from '../migrate';
import { BadBackup } from './manifest';
import type { Manifest } from './manifest';
import { ONE_TEXT_SQL, SCHEMAS, stateSql, TABLES_SQL } from './tables';

/** Literal text in SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Removes what is there, and remembers the epochs of halts that it has seen; all inside the restore's one transaction. */
export const CLEAR_SQL = `
CREATE TEMP TABLE seen_epochs (epoch bigint) ON COMMIT DROP;
DO $clear$ BEGIN
  IF to_regclass('public.kill_switch') IS NOT NULL THEN
    -- No order passes the fence from here on.
    LOCK TABLE public.kill_switch IN ACCESS EXCLUSIVE MODE;
    INSERT INTO seen_epochs SELECT max(epoch) FROM public.kill_switch UNION SELECT last_value FROM public.kill_epoch;
  END IF;
  IF to_regclass('public.audit_events') IS NOT NULL THEN
    INSERT INTO seen_epochs SELECT max((metadata ->> 'epoch')::bigint) FROM public.audit_events WHERE method = 'HALT';
  END IF;
END $clear$;
${SCHEMAS.map((schema) => `DROP SCHEMA IF EXISTS ${schema} CASCADE;`).join('\n')}
`;

/** Makes the schema that a dump of COPY was taken from: its migrations, and the partitions that were made since. */
export function emptySchemaSql(manifest: Manifest): string {
  refuseNewer(manifest);
  const partitions = manifest.tables.flatMap(({ name }) => {
    const [, year, month] = /^public\.audit_events_(\d{4})_(\d{2})$/.exec(name) ?? [];
    if (year === undefined || month === undefined) return [];
    const from = new Date(Date.UTC(Number(year), Number(month) - 1, 1)).toISOString();
    const until = new Date(Date.UTC(Number(year), Number(month), 1)).toISOString();
    return [`CREATE TABLE ${name} PARTITION OF public.audit_events FOR VALUES FROM ('${from}') TO ('${until}');`];
  });
  return [
    'CREATE SCHEMA public;',
    'CREATE TABLE public.migrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL);',
    'SET LOCAL check_function_bodies = off;',
    ...manifest.migrations.map((name) => `${upText(name)};`),
    ...partitions,
  ].join('\n');
}

/** Fails unless every table has what the manifest says. */
export function verifySql({ tables, format }: Manifest): string {
  const wanted = tables.map(({ name, rows, checksum }) => `(${literal(name)}, ${rows}, ${literal(checksum)})`);
  const state = literal(stateSql('TABLE_NAME', format));
  return `${ONE_TEXT_SQL}
DO $verify$ DECLARE w record; found record; extra text; BEGIN
  FOR w IN SELECT * FROM (VALUES ${wanted.join(', ')}) AS v(name, rows, checksum) LOOP
    IF to_regclass(w.name) IS NULL THEN RAISE EXCEPTION 'restored wrongly: % is missing', w.name; END IF;
    EXECUTE replace(${state}, 'TABLE_NAME', w.name) INTO found;
    IF found.rows <> w.rows THEN RAISE EXCEPTION 'restored wrongly: % has % rows instead of %', w.name, found.rows, w.rows; END IF;
    IF found.checksum <> w.checksum THEN RAISE EXCEPTION 'restored wrongly: % has other content', w.name; END IF;
  END LOOP;
  SELECT string_agg(t.name, ', ') INTO extra FROM (${TABLES_SQL}) t WHERE t.name NOT IN (${tables.map(({ name }) => literal(name)).join(', ')});
  IF extra IS NOT NULL THEN RAISE EXCEPTION 'restored wrongly: % not in the manifest', extra; END IF;
END $verify$;
RESET ALL;
`;
}

/** Brings what was restored to this version's schema: what was migrated since, and every function. */
export function upgradeSql(manifest: Manifest): string {
  refuseNewer(manifest);
  const pending = migrationNames().filter((name) => !manifest.migrations.includes(name));
  const functions = functionTexts().join('\n');
  return [
    'SET LOCAL search_path TO public;',
    ...pending.map(
      (name) => `${upText(name)};\nINSERT INTO migrations (name, run_on) VALUES (${literal(name)}, now());`,
    ),
    'SET LOCAL check_function_bodies = off;',
    functions,
    'SET LOCAL check_function_bodies = on;',
    functions,
  ].join('\n');
}

/** Only this version's migrations are known. @throws BadBackup for a dump of a newer version */
function refuseNewer({ migrations }: Manifest): void {
  const known = new Set(migrationNames());
  const strange = migrations.find((name) => !known.has(name));
  if (strange !== undefined)
    throw new BadBackup(`it was taken by another version: this one does not know its migration ${strange}`);
}
