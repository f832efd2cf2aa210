import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { listAlerts } from '../../database/alert-registry';
import { noteRotation } from '../../database/secrets';
import { secretsInUse } from '../../domain/secret/registry';
import {
  REMIND_SECRET_ROTATION_ID,
  REMIND_SECRET_ROTATION_WORKFLOW,
} from '../../temporal/messages/remind-secret-rotation';
import type { RemindSecretRotationResult } from '../../temporal/messages/remind-secret-rotation';
import { OPERATIONS_QUEUE } from '../../temporal/messages/task-queues';
import { haltSignal } from '../../temporal/messages/trade';
import { createTestDatabase } from '../support/database';
import type { TestDatabase } from '../support/database';
import { Harness } from '../support/harness';

let database: TestDatabase;
let harness: Harness;
beforeAll(async () => {
  database = await createTestDatabase();
  harness = await Harness.open({
    databaseUrl: database.url,
    temporalAddress: process.env['TEST_TEMPORAL_ADDRESS'] ?? '',
    clock: { kind: 'live' },
  });
  const secrets = secretsInUse((setting) => setting === 'OPENAI_API_KEY');
  await harness.work(['operations'], await harness.wire({ secrets }));
});
afterAll(async () => {
  await harness.close();
  await database.drop();
});

function begin(): Promise<WorkflowHandle<() => Promise<RemindSecretRotationResult>>> {
  const workflowId = `${REMIND_SECRET_ROTATION_ID}-${randomUUID()}`;
  return harness.client.workflow.start(REMIND_SECRET_ROTATION_WORKFLOW, { workflowId, taskQueue: OPERATIONS_QUEUE });
}

const remind = async () => (await begin()).result();
const installedDaysAgo = (days: number) =>
  harness.database.query(`UPDATE installation SET created_at = clock_timestamp() - $1 * interval '1 day'`, [days]);
const alerts = async (open: boolean) =>
  (await listAlerts(harness.database, { open }, { limit: 50 })).items.map(({ cause }) => cause);
const quiet = async () => {
  const { rows } = await harness.database.query<{ cause: string; quiet: boolean }>(
    `SELECT cause, quiet FROM alerts WHERE cleared_at IS NOT NULL ORDER BY id`,
  );
  return rows.map((row) => `${row.cause} ${row.quiet ? 'quietly' : 'said'}`);
};

it('a reminder stands until the secret is changed, and each step is an alert of its own', async () => {
  await installedDaysAgo(10);
  expect(await remind()).toEqual({ secrets: 1, reminded: [] });
  expect(await alerts(true)).toEqual([]);
  await installedDaysAgo(84.5);
  expect(await remind()).toEqual({ secrets: 1, reminded: ['model-key'] });
  await remind();
  expect(await alerts(true)).toEqual(['secret-rotation:model-key:7d']);
  await installedDaysAgo(92.5);
  await remind();
  expect(await alerts(true)).toEqual(['secret-rotation:model-key:overdue-3']);
  await noteRotation(harness.database, 'model-key', new Date(), 'test');
  expect(await remind()).toEqual({ secrets: 1, reminded: [] });
  expect(await alerts(true)).toEqual([]);
  expect(await quiet()).toEqual(['secret-rotation:model-key:7d quietly', 'secret-rotation:model-key:overdue-3 said']);
});

it('goes on through a halt, and stops when everything does', async () => {
  await harness.database.query('ALTER TABLE secret_rotations RENAME TO rotations_lost');
  const [goesOn, stops] = await Promise.all([begin(), begin()]);
  await goesOn.signal(haltSignal, { epoch: 1, reason: 'test' });
  await stops.signal(haltSignal, { epoch: 1, reason: 'test', everything: true });
  await expect(stops.result()).rejects.toMatchObject({ cause: { type: 'StoppedByHalt' } });
  await harness.database.query('ALTER TABLE rotations_lost RENAME TO secret_rotations');
  expect(await goesOn.result()).toMatchObject({ secrets: 1 });
});
