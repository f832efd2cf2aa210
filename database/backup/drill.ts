import { Client } from 'pg';
import { brokenRules } from './books';
import { BadBackup } from './manifest';
import type { Manifest } from './manifest';
import { summaryOf } from './place';
import type { BackupPlace } from './place';
import { restoreBackup } from './restore';
import { differences, readTables } from './tables';

/** How a backup proved. */
export interface DrillResult {
  readonly backup: string;
  readonly good: boolean;
  /** One sentence each; empty when it is good. */
  readonly problems: readonly string[];
  readonly rows: number;
  /** Real time from the empty database to the last comparison. */
  readonly seconds: number;
}

export interface DrillOptions {
  /** The database whose server lends a scratch database. */
  readonly databaseUrl: string;
  readonly place: BackupPlace;
  readonly manifest: Manifest;
  readonly identity?: string;
  /** A clock that never goes back, in milliseconds. */
  readonly monotonic: () => number;
}

/**
 * Restores a backup into a scratch database of the same server, compares every table with the manifest, checks the rules
 * of the books, and drops it. What a killed drill left is dropped by the next.
 * @throws what the server failed with; a backup that does not prove good is an answer
 */
export async function drillBackup(options: DrillOptions): Promise<DrillResult> {
  const { databaseUrl, place, manifest, identity, monotonic } = options;
  const url = new URL(databaseUrl);
  const scratch = `${url.pathname.slice(1).replace(/\W/g, '_').slice(0, 40)}_drill`;
  const server = new Client({ connectionString: databaseUrl, application_name: 'tradewind-drill' });
  server.on('error', () => undefined);
  await server.connect();
  const started = monotonic();
  const problems: string[] = [];
  try {
    await server.query(`DROP DATABASE IF EXISTS ${scratch} WITH (FORCE)`);
    await server.query(`CREATE DATABASE ${scratch} TEMPLATE template0`);
    url.pathname = `/${scratch}`;
    try {
      const key = identity === undefined ? {} : { identity };
      await restoreBackup({ databaseUrl: url.href, place, manifest, guard: null, force: false, ...key });
      problems.push(...(await examine(url.href, manifest)));
    } catch (error) {
      if (!(error instanceof BadBackup)) throw error;
      problems.push(error.message);
    }
  } finally {
    await server.query(`DROP DATABASE IF EXISTS ${scratch} WITH (FORCE)`).catch(() => undefined);
    await server.end().catch(() => undefined);
  }
  const { rows } = summaryOf(manifest);
  const seconds = Math.round(monotonic() - started) / 1_000;
  return { backup: manifest.id, good: problems.length === 0, problems, rows, seconds };
}

async function examine(databaseUrl: string, manifest: Manifest): Promise<readonly string[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const names = new Set(manifest.tables.map(({ name }) => name));
    // This version's schema was laid over it: only what the dump holds is compared, but for the list of migrations.
    const found = (await readTables(client, manifest.format)).filter(
      ({ name }) => names.has(name) && name !== 'public.migrations',
    );
    const wanted = manifest.tables.filter(({ name }) => name !== 'public.migrations');
    return [...differences(wanted, found), ...(await brokenRules(client))];
  } finally {
    await client.end();
  }
}
