import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { restoreBackup } from '../../database/backup/restore';
import type { RestoreStep } from '../../database/backup/restore';
import { differences } from '../../database/backup/tables';
import type { TakeStep } from '../../database/backup/take';
import { nodeLoader } from '../../infra/local/node-service';
import { BackupStage, tablesOf, withClient } from '../support/backup-stage';
import { createTestDatabase } from '../support/database';
import type { TestDatabase } from '../support/database';

/** Before the dump, within it, before the final name and after it; and around the one transaction of a restore. */
const KILLED_TAKES: readonly TakeStep[] = ['begun', 'counted', 'finishing', 'finished'];
const KILLED_RESTORES: readonly RestoreStep[] = ['loading', 'checked', 'committing', 'committed'];

describe('a kill', () => {
  let server: TestDatabase;
  let stage: BackupStage;
  beforeAll(async () => {
    server = await createTestDatabase();
    stage = new BackupStage();
  });
  afterAll(async () => {
    await server.drop();
    stage.close();
  });

  /** Runs it in a process that kills itself at a step; answers the signal that ended it. */
  const killed = (deed: object): Promise<string | null> =>
    new Promise((resolve, reject) => {
      const file = join(__dirname, '../support/killed-backup.ts');
      const child = spawn(process.execPath, [...nodeLoader(), file, JSON.stringify(deed)], { stdio: 'ignore' });
      child.once('error', reject);
      child.once('exit', (_code, signal) => resolve(signal));
    });
  const killedOnce = async (deed: object): Promise<void> => {
    const deadline = performance.now() + 60_000;
    while ((await killed(deed)) !== 'SIGKILL') {
      if (performance.now() > deadline) throw new Error(`it was not killed: ${JSON.stringify(deed)}`);
    }
  };
  const finalNames = (): string[] => readdirSync(stage.folder.path).filter((name) => !name.startsWith('.'));

  it('at any step of a backup leaves no partial one under a final name, and the next run ends right', async () => {
    const path = stage.folder.path;
    await stage.take(server.url);
    let whole = 1;
    for (const at of KILLED_TAKES) {
      // Until the server has seen the one before gone, another run finds it under way.
      await killedOnce({ databaseUrl: server.url, path, at });
      if (at === 'finished') whole += 1;
      expect([at, finalNames().length]).toEqual([at, whole]);
      expect((await stage.folder.list()).every(({ kind }) => kind === 'whole')).toBe(true);
    }
    // The lock of the last killed one goes with its connection.
    const deadline = performance.now() + 30_000;
    for (;;) {
      const taken = await stage.take(server.url).then(
        () => true,
        (error: unknown) =>
          error instanceof Error && error.name === 'BackupRunning' ? false : Promise.reject(error as Error),
      );
      if (taken || performance.now() > deadline) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(readdirSync(path).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(finalNames()).toHaveLength(whole + 1);
  }, 180_000);

  it('at any step of a restore leaves the database as it was, or restored and guarded; the next run ends right', async () => {
    const manifest = await stage.take(server.url);
    await withClient(server.url, (client) =>
      client.query(`INSERT INTO alerts (cause, severity, title) VALUES ('after-the-dump', 'warning', 'x')`),
    );
    const before = await tablesOf(server.url);
    const deed = { databaseUrl: server.url, path: stage.folder.path, manifest };
    for (const at of KILLED_RESTORES) {
      expect([at, await killed({ ...deed, at })]).toEqual([at, 'SIGKILL']);
      if (at === 'committed') break;
      expect([at, differences(before, await tablesOf(server.url))]).toEqual([at, []]);
    }
    const guarded = async (): Promise<unknown> =>
      withClient(server.url, async (client) => {
        const { rows } = await client.query<object>(
          `SELECT (SELECT engaged AND mode = 'halt-all' FROM kill_switch WHERE scope = 'global') AS halted,
             (SELECT count(*) FROM restores)::int AS restores, (SELECT count(*) FROM alerts)::int AS alerts`,
        );
        return rows[0];
      });
    expect(await guarded()).toEqual({ halted: true, restores: 1, alerts: 0 });
    const guard = { operator: 'boss', seenEpoch: 0 };
    await restoreBackup({ databaseUrl: server.url, folder: stage.folder, manifest, guard, force: true });
    expect(await guarded()).toEqual({ halted: true, restores: 1, alerts: 0 });
  }, 180_000);
});
