import { Client } from 'pg';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackupFolder } from '../../database/backup/folder';
import type { Manifest } from '../../database/backup/manifest';
import { takeBackup } from '../../database/backup/take';
import type { TakeOptions } from '../../database/backup/take';
import { readTables } from '../../database/backup/tables';
import type { TableState } from '../../database/backup/tables';

/** A folder for backups that belongs to one test. */
export class BackupStage {
  readonly path = mkdtempSync(join(tmpdir(), 'tradewind-backup-'));
  readonly folder = new BackupFolder(join(this.path, 'backups'));
  private second = 0;

  /** Takes a backup; each is a second younger than the one before. */
  take(databaseUrl: string, changes: Partial<TakeOptions> = {}): Promise<Manifest> {
    const at = Date.UTC(2026, 0, 5, 2) + 1_000 * this.second++;
    return takeBackup({ databaseUrl, folder: this.folder, software: '9.9.9', now: () => new Date(at), ...changes });
  }

  close(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Every table of a database as it is now. */
export async function tablesOf(databaseUrl: string): Promise<readonly TableState[]> {
  return withClient(databaseUrl, async (client) => {
    await client.query('BEGIN');
    return readTables(client);
  });
}

/** One connection, closed afterwards. */
export async function withClient<T>(databaseUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
