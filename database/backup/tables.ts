import type { ClientBase } from 'pg';

/** The schemas that a backup holds: ours, and the paper venue's book. */
export const SCHEMAS = ['public', 'paper'] as const;

/** One table as it was at the backup's snapshot. */
export interface TableState {
  /** Schema and name, each quoted where it must be: `public.trades`. */
  readonly name: string;
  readonly rows: number;
  /** Sum of a 64-bit hash of each row's text, as decimal text: the same whatever the order of the rows. */
  readonly checksum: string;
}

/** Which hash a manifest's checksums are made with, by the manifest's format; the newer one takes two thirds of the time. */
export type ChecksumFormat = 1 | 2;

const ROW_HASH: Readonly<Record<ChecksumFormat, string>> = {
  1: `('x' || left(md5(t::text), 16))::bit(64)::bigint::numeric`,
  2: `hashtextextended(t::text, 0)`,
};

/** Settings under which a row has one text only, whoever reads it. */
const ONE_TEXT = [
  "SET LOCAL DateStyle TO 'ISO, YMD'",
  "SET LOCAL IntervalStyle TO 'postgres'",
  "SET LOCAL TimeZone TO 'UTC'",
  'SET LOCAL extra_float_digits TO 1',
  "SET LOCAL bytea_output TO 'hex'",
  // So that a type in a row's text is named the same from every session.
  "SET LOCAL search_path TO 'public'",
];

/** What is to be run in a transaction before tables are read. */
export const ONE_TEXT_SQL = `${ONE_TEXT.join(';\n')};`;

/** Names of the tables that hold rows: partitions one by one, what they belong to not. */
export const TABLES_SQL = `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND n.nspname IN (${SCHEMAS.map((schema) => `'${schema}'`).join(', ')}) ORDER BY 1`;

/** The query that counts and sums up a table. @param name as `TABLES_SQL` gives it */
export function stateSql(name: string, format: ChecksumFormat): string {
  return `SELECT count(*) AS rows, coalesce(sum(${ROW_HASH[format]}), 0)::text AS checksum FROM ONLY ${name} t`;
}

/** Every table as this transaction sees it, in the order of their names. */
export async function readTables(client: ClientBase, format: ChecksumFormat = 2): Promise<readonly TableState[]> {
  await client.query(ONE_TEXT_SQL);
  const { rows } = await client.query<{ name: string }>(TABLES_SQL);
  const found: TableState[] = [];
  for (const { name } of rows) {
    const state = await client.query<{ rows: number | string; checksum: string }>(stateSql(name, format));
    const [row] = state.rows;
    if (row !== undefined) found.push({ name, rows: Number(row.rows), checksum: row.checksum });
  }
  return found;
}

/** How two states of a database differ, one sentence a table; empty when they are the same. */
export function differences(wanted: readonly TableState[], found: readonly TableState[]): readonly string[] {
  const there = new Map(found.map((table) => [table.name, table]));
  const missing = wanted.flatMap(({ name, rows, checksum }) => {
    const table = there.get(name);
    if (table === undefined) return [`${name} is missing`];
    if (table.rows !== rows) return [`${name} has ${table.rows} rows instead of ${rows}`];
    return table.checksum === checksum ? [] : [`${name} has other content in its ${rows} rows`];
  });
  const known = new Set(wanted.map(({ name }) => name));
  const extra = found.filter(({ name }) => !known.has(name)).map(({ name }) => `${name} is not in the manifest`);
  return [...missing, ...extra];
}
