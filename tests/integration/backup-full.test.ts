import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../../cli/context';
import { BackupFolder } from '../../database/backup/folder';
import type { BackupMethod } from '../../database/backup/manifest';
import { findPrograms } from '../../database/backup/programs';
import { DiskFull } from '../../database/backup/take';
import { differences } from '../../database/backup/tables';
import { backupProcess } from '../support/backup-process';
import { BackupStage, withClient } from '../support/backup-stage';
import { runCli } from '../support/cli';
import { createEmptyDatabase, createTestDatabase } from '../support/database';
import type { TestDatabase } from '../support/database';
import { fillRows, roundTrip } from '../support/many-rows';

const ROWS = 20_000;

describe('many rows', () => {
  let source: TestDatabase;
  let stage: BackupStage;
  let methods: readonly BackupMethod[];
  beforeAll(async () => {
    source = await createTestDatabase();
    await fillRows(source.url, ROWS, 1);
    stage = new BackupStage();
    methods = (await findPrograms(15)) === undefined ? ['copy'] : ['pg_dump', 'copy'];
  });
  afterAll(async () => {
    await source.drop();
    stage.close();
  });

  /** Titles of the open alert that a backup failed. */
  const failures = (): Promise<readonly string[]> =>
    withClient(source.url, async (client) => {
      const { rows } = await client.query<{ title: string }>(
        `SELECT title FROM alerts WHERE cause = 'backup-failed' AND cleared_at IS NULL`,
      );
      return rows.map(({ title }) => title);
    });

  it('come back with equal checksums, and a control with one row more does not', async () => {
    for (const method of methods) {
      const target = await createEmptyDatabase();
      const trip = await roundTrip(source.url, target.url, stage.folder, method);
      expect(trip.differences).toEqual([]);
      const candles = trip.manifest.tables.find(({ name }) => name === 'public.candles');
      expect(candles?.rows).toBe(ROWS - ROWS / 10);
      const one = trip.manifest.tables.map((table) => (table === candles ? { ...table, checksum: '1' } : table));
      expect(differences(one, trip.manifest.tables)).toEqual(['public.candles has other content in its 18000 rows']);
      await target.drop();
    }
  });

  it('find no room on a disk that is full: that is told, the backups before stand, and nothing has a final name', async () => {
    const path = join(stage.path, 'small');
    mkdirSync(path);
    const unmount = mounted(path);
    // Who may not mount has the next test.
    if (unmount === undefined) return;
    try {
      for (const method of methods) {
        const folder = new BackupFolder(path);
        await expect(stage.take(source.url, { method, folder })).rejects.toThrow(DiskFull);
        expect(readdirSync(path)).toEqual([]);
      }
      const run = (BACKUP_DIR: string) =>
        runCli(['backup', 'run'], { env: { DATABASE_URL: source.url, BACKUP_DIR }, now: () => Date.now() });
      const told = await run(path);
      expect(told).toMatchObject({ code: EXIT.failed, stderr: expect.stringContaining('is full') as string });
      expect(await failures()).toEqual([expect.stringContaining('is full')]);
      await run(join(stage.path, 'large'));
      expect(await failures()).toEqual([]);
    } finally {
      unmount();
    }
  });

  it('that are too many for the largest file that a process may write are no backup either', async () => {
    const path = join(stage.path, 'limited');
    mkdirSync(path);
    const ended = await backupProcess({ databaseUrl: source.url, path, at: null, method: 'copy' }, 64);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('DiskFull') as string });
    expect(readdirSync(path)).toEqual([]);
    const enough = await backupProcess({ databaseUrl: source.url, path, at: null, method: 'copy' }, 64_000);
    expect(enough).toMatchObject({ code: 0 });
    expect(readdirSync(path)).toHaveLength(1);
  });
});

/** Lays a file system of 256 KiB over a folder, where this user may; answers how to take it away. */
function mounted(path: string): (() => void) | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return () => void execFileSync('umount', [path], { stdio: 'ignore' });
}
