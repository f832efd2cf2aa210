import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackupMethod } from '../../database/backup/manifest';
import { findPrograms } from '../../database/backup/programs';
import { restoreBackup } from '../../database/backup/restore';
import type { RestoreStep } from '../../database/backup/restore';
import { differences } from '../../database/backup/tables';
import type { TakeStep } from '../../database/backup/take';
import { backupProcess } from '../support/backup-process';
import { BackupStage, tablesOf, withClient } from '../support/backup-stage';
import { createTestDatabase } from '../support/database';
import type { TestDatabase } from '../support/database';
import { fillRows } from '../support/many-rows';

/** Before the dump, in its middle, behind it, before the final name and after it; and around the one transaction of a restore. */
const KILLED_TAKES: readonly (TakeStep | 'within')[] = ['begun', 'within', 'counted', 'finishing', 'finished'];
const KILLED_RESTORES: readonly RestoreStep[] = ['loading', 'loaded', 'checked', 'committing', 'committed'];
/** A busy machine needs seconds to start a process, and a server as long to notice that one has gone. */
const PATIENCE_MS = 120_000;

describe('a kill', () => {
  let server: TestDatabase;
  let stage: BackupStage;
  let methodOf: (n: number) => BackupMethod;
  beforeAll(async () => {
    server = await createTestDatabase();
    await fillRows(server.url, 20_000, 1);
    stage = new BackupStage();
    const programs = (await findPrograms(15)) !== undefined;
    methodOf = (n) => (programs && n % 2 === 0 ? 'pg_dump' : 'copy');
  });
  afterAll(async () => {
    await server.drop();
    stage.close();
  });

  /** In a process that kills itself at a step; until the server has noticed that it is gone, its locks stand. */
  const killed = async (deed: object): Promise<void> => {
    const { signal, stderr } = await backupProcess(deed);
    if (signal !== 'SIGKILL') throw new Error(`it was not killed but ended with: ${stderr}`);
    const deadline = performance.now() + PATIENCE_MS;
    while ((await sessions()) > 0) {
      if (performance.now() > deadline) throw new Error('the server does not notice that the killed one is gone');
      await sleep(50);
    }
  };
  const sessions = (): Promise<number> =>
    withClient(server.url, async (client) => {
      const { rows } = await client.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'tradewind-%'`,
      );
      return rows[0]?.n ?? 0;
    });
  const finalNames = (): string[] => readdirSync(stage.folder.path).filter((name) => !name.startsWith('.'));

  it('at any step of a backup leaves no partial one under a final name, and the next run ends right', async () => {
    await stage.take(server.url);
    let whole = 1;
    for (const [n, at] of KILLED_TAKES.entries()) {
      await killed({ databaseUrl: server.url, path: stage.folder.path, at, method: methodOf(n) });
      if (at === 'finished') whole += 1;
      expect([at, finalNames().length]).toEqual([at, whole]);
      expect((await stage.folder.list()).map(({ kind }) => kind)).toEqual(Array(whole).fill('whole'));
    }
    await stage.take(server.url);
    expect(readdirSync(stage.folder.path).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(finalNames()).toHaveLength(whole + 1);
  }, 600_000);

  it('at any step of a restore leaves the database as it was, or restored and guarded; the next run ends right', async () => {
    const manifests = [
      await stage.take(server.url, { method: methodOf(0) }),
      await stage.take(server.url, { method: methodOf(1) }),
    ];
    await withClient(server.url, (client) =>
      client.query(`INSERT INTO alerts (cause, severity, title) VALUES ('after-the-dump', 'warning', 'x')`),
    );
    const before = await tablesOf(server.url);
    for (const [n, at] of KILLED_RESTORES.entries()) {
      await killed({ databaseUrl: server.url, path: stage.folder.path, manifest: manifests[n % 2], at });
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
    const [manifest] = manifests;
    if (manifest === undefined) throw new Error('there is no backup');
    await restoreBackup({ databaseUrl: server.url, place: stage.folder, manifest, guard, force: true });
    expect(await guarded()).toEqual({ halted: true, restores: 1, alerts: 0 });
  }, 600_000);
});
