import { rmSync } from 'node:fs';
import { restoreBackup } from '../../database/backup/restore';
import { differences } from '../../database/backup/tables';
import { takeBackup } from '../../database/backup/take';
import type { BackupFolder } from '../../database/backup/folder';
import type { BackupMethod, Manifest } from '../../database/backup/manifest';
import { ensureSeries } from '../../database/candle-series';
import { tablesOf, withClient } from './backup-stage';

/**
 * Fills a migrated database with so many rows: candles of a seeded walk, and a tenth as many lines of the audit log, which
 * are wider and hold JSON. @returns how many rows that are in all
 */
export async function fillRows(databaseUrl: string, rows: number, seed: number): Promise<number> {
  const lines = Math.floor(rows / 10);
  // Not over the product's pool: its statements end after a few seconds.
  return withClient(databaseUrl, async (client) => {
    const wish = { feed: 'bench', symbol: 'ROWS/X', timeframe: '1m', adjustment: 'raw', calendar: 'ALWAYS' } as const;
    const { number } = await ensureSeries(client, wish);
    await client.query('SELECT setseed($1)', [1 / (1 + seed)]);
    await client.query(
      `INSERT INTO candles (series, open_at, open, high, low, close, volume, source, received_at)
       SELECT $1, '2000-01-01'::timestamptz + n * interval '1 minute', p, p + h, p - l, p, v, 1, '2024-01-01'
       FROM (SELECT n, (64000 + 900 * sin(n / 5000.0) + 50 * random())::numeric(12, 2) AS p, (10 * random())::numeric(12, 2) AS h,
         (10 * random())::numeric(12, 2) AS l, (100 * random())::numeric(14, 5) AS v FROM generate_series(1, $2::int) n) walk`,
      [number, rows - lines],
    );
    await client.query(
      `INSERT INTO audit_events (at, actor, method, path, status, duration_ms, metadata)
       SELECT '2024-01-01'::timestamptz + n * interval '1 second', 'bench', 'POST', '/v1/trades/' || md5(n::text), 201, n % 50,
         jsonb_build_object('trade', md5(n::text), 'n', n) FROM generate_series(1, $1::int) n`,
      [lines],
    );
    await client.query('ANALYZE');
    return rows;
  });
}

/** What a database weighs: its tables with their indexes, and rows as text, in bytes. */
export async function bytesOf(databaseUrl: string): Promise<number> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ bytes: string }>(
      'SELECT pg_database_size(current_database())::text AS bytes',
    );
    return Number(rows[0]?.bytes);
  });
}

/** How long each half took, in seconds, and what is not the same afterwards. */
export interface RoundTrip {
  readonly manifest: Manifest;
  readonly taken: number;
  readonly restored: number;
  readonly differences: readonly string[];
}

/** Takes a backup of one database, restores it into another that is empty, and compares every table of both. */
export async function roundTrip(
  source: string,
  target: string,
  folder: BackupFolder,
  method: BackupMethod,
): Promise<RoundTrip> {
  const began = performance.now();
  const manifest = await takeBackup({
    ...{ databaseUrl: source, folder, method, software: '9.9.9', now: () => new Date() },
  });
  const between = performance.now();
  await restoreBackup({ databaseUrl: target, place: folder, manifest, guard: null, force: false });
  const restored = (performance.now() - between) / 1_000;
  const [before, after] = [await tablesOf(source), await tablesOf(target)];
  rmSync(folder.fileOf(manifest.id, ''), { recursive: true });
  return { manifest, taken: (between - began) / 1_000, restored, differences: differences(before, after) };
}
