import { readFileSync, writeFileSync } from 'node:fs';
import { WorkflowFailedError } from '@temporalio/client';
import { recordedBackups } from '../../database/backup/record';
import { openAlerts } from '../../database/alerts';
import type { BackupDatabaseResult } from '../../temporal/messages/back-up-database';
import type { DrillRestoreResult } from '../../temporal/messages/drill-restore';
import type { PruneHistoryResult } from '../../temporal/messages/prune-history';
import { verifyBackupWorkflowId } from '../../temporal/messages/verify-backup';
import type { VerifyBackupResult } from '../../temporal/messages/verify-backup';
import { OPERATIONS_QUEUE } from '../../temporal/messages/task-queues';
import { BackupStage } from '../support/backup-stage';
import { createTestDatabase } from '../support/database';
import { Harness } from '../support/harness';

describe('upkeep', () => {
  let harness: Harness;
  let stage: BackupStage;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    const server = await createTestDatabase();
    drop = () => server.drop();
    stage = new BackupStage();
    harness = await Harness.open({
      databaseUrl: server.url,
      temporalAddress: process.env['TEST_TEMPORAL_ADDRESS'] ?? '',
      clock: { kind: 'live' },
    });
    const upkeep = { databaseUrl: server.url, software: '9.9.9', backup: { dir: stage.folder.path } };
    await harness.work(['operations'], await harness.wire({ upkeep }));
  });
  afterAll(async () => {
    await harness.close();
    await drop();
    stage.close();
  });

  const run = <T>(workflow: string, n: number): Promise<T> =>
    harness.client.workflow.execute(workflow, {
      workflowId: `${workflow}-${n}`,
      taskQueue: OPERATIONS_QUEUE,
    }) as Promise<T>;
  const alerts = async (): Promise<readonly string[]> =>
    (await openAlerts(harness.database)).map(({ cause }) => cause).filter((cause) => cause.startsWith('backup-'));

  it('takes a backup, proves it, and says when it is worth nothing', async () => {
    await expect(run('drillRestore', 1)).rejects.toThrow(WorkflowFailedError);
    const taken = await run<BackupDatabaseResult>('backupDatabase', 1);
    expect(taken).toMatchObject({ deleted: [], storage: null });
    expect(taken.rows).toBeGreaterThan(1_000);
    const drill = await run<DrillRestoreResult>('drillRestore', 2);
    expect(drill).toMatchObject({ backup: taken.id, good: true, problems: [], rows: taken.rows });
    expect(await alerts()).not.toContain('backup-drill-failed');

    const found = await stage.folder.find(taken.id);
    if (found.kind !== 'whole') throw new Error(found.reason);
    const path = stage.folder.fileOf(taken.id, found.manifest.dump.name);
    const verify = async (id: string) =>
      harness.client.workflow.execute('verifyBackup', {
        workflowId: verifyBackupWorkflowId(id),
        args: [{ id }],
        taskQueue: OPERATIONS_QUEUE,
      }) as Promise<VerifyBackupResult>;
    expect(await verify(taken.id)).toEqual({ copies: [{ place: 'local', problem: null }] });
    await expect(verify('2020-01-01T00-00-00Z')).rejects.toThrow(WorkflowFailedError);
    const whole = readFileSync(path);
    const damaged = Buffer.from(whole);
    damaged[whole.length - 50] = (damaged[whole.length - 50] ?? 0) ^ 0xff;
    writeFileSync(path, damaged);
    expect((await verify(taken.id)).copies).toMatchObject([{ problem: expect.stringMatching(/damaged/) as string }]);
    expect(await recordedBackups(harness.database)).toMatchObject([
      { id: taken.id, place: 'local', reason: null, verifyProblem: expect.stringMatching(/damaged/) as string },
    ]);
    await expect(run('drillRestore', 3)).rejects.toThrow(WorkflowFailedError);
    expect(await alerts()).toContain('backup-drill-failed');
    const { rows } = await harness.database.query<{ good: boolean; problems: string[] }>(
      'SELECT good, problems FROM restore_drills ORDER BY id',
    );
    expect(rows.map(({ good }) => good)).toEqual([true, false]);
    expect(rows[1]?.problems[0]).toMatch(/damaged/);

    writeFileSync(path, whole);
    await run('drillRestore', 4);
    expect(await alerts()).not.toContain('backup-drill-failed');
  });

  it('makes the next partitions of the audit log and deletes what is too old', async () => {
    await harness.database
      .query(`CREATE TABLE audit_events_2020_01 PARTITION OF audit_events FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
      INSERT INTO alerts (cause, severity, title, cleared_at) VALUES ('long-ago', 'warning', 'x', '2020-01-01'), ('open', 'warning', 'x', NULL)`);
    const pruned = await run<PruneHistoryResult>('pruneHistory', 1);
    expect(pruned.made).toHaveLength(4);
    expect(pruned.deleted).toMatchObject({ audit_events: 1, alerts: 1, model_calls: 0 });
    expect((await run<PruneHistoryResult>('pruneHistory', 2)).made).toEqual([]);
    expect((await openAlerts(harness.database)).map(({ cause }) => cause)).toContain('open');
  });
});
