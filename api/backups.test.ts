import { recordBackups, recordVerified } from '../database/backup/record';
import { openDatabase } from '../database/pool';
import type { Database } from '../database/pool';
import { expectContract, openTestApi } from '../tests/support/api';
import type { TestApi } from '../tests/support/api';
import { createTestDatabase } from '../tests/support/database';
import type { TestDatabase } from '../tests/support/database';

const ID = '2026-01-05T02-00-00Z';
const bad = (id: string) => ({ id, kind: 'bad', reason: 'its file database.dump is missing' }) as const;

describe('the routes of backups', () => {
  let server: TestDatabase;
  let database: Database;
  let api: TestApi;
  beforeAll(async () => {
    server = await createTestDatabase();
    database = openDatabase(server.url, { max: 2 });
    api = await openTestApi(server.url);
  });
  afterAll(async () => {
    await api.close();
    await database.end();
    await server.drop();
  });

  it('show each backup with its copies as they were last found, newest first; what is gone is forgotten', async () => {
    await recordBackups(database, 'local', [bad(ID), bad('2026-01-04T02-00-00Z')]);
    await recordBackups(database, 's3', [bad(ID)]);
    await recordVerified(database, ID, 's3', 'its file database.dump is damaged');
    const answer = await api.as('viewer').get('/v1/backups').expect(200);
    expectContract('listBackups', answer);
    expect((answer.body as { items: unknown[] }).items).toMatchObject([
      {
        id: ID,
        copies: [
          { place: 'local', usable: false, reason: 'its file database.dump is missing', verifiedAt: null },
          { place: 's3', verifyProblem: 'its file database.dump is damaged' },
        ],
      },
      { id: '2026-01-04T02-00-00Z', copies: [{ place: 'local' }] },
    ]);
    await recordBackups(database, 'local', []);
    const shown = await api.as('viewer').get(`/v1/backups/${ID}`).expect(200);
    expectContract('showBackup', shown);
    expect((shown.body as { copies: unknown[] }).copies).toHaveLength(1);
  });

  it('start a backup and the reading of one, for an operator, each audited', async () => {
    const operator = api.as('operator');
    expectContract('runBackup', await operator.post('/v1/backups').expect(202));
    const verifying = await operator.post(`/v1/backups/${ID}/verify`).expect(202);
    expectContract('verifyBackup', verifying);
    expect(verifying.body).toEqual({ workflowId: `verify-backup:${ID}` });
    expect(api.backups.asked).toEqual(['run', `verify ${ID}`]);
    await api.api.drain();
    const { rows } = await database.query<{ path: string; metadata: object }>(
      `SELECT path, metadata FROM audit_events WHERE method = 'POST' ORDER BY at`,
    );
    expect(rows).toMatchObject([
      { path: '/v1/backups', metadata: { workflowId: 'backup-by-hand' } },
      { path: `/v1/backups/${ID}/verify`, metadata: { backup: ID } },
    ]);
  });

  it('refuse who may not, what is no id, and what there is not', async () => {
    await api.as('trader').post('/v1/backups').expect(403);
    await api.as('trader').post(`/v1/backups/${ID}/verify`).expect(403);
    await api.as('viewer').get('/v1/backups/..%2Fetc').expect(422);
    await api.as('viewer').get('/v1/backups/2020-01-01T00-00-00Z').expect(404);
    await api.as('operator').post('/v1/backups/2020-01-01T00-00-00Z/verify').expect(404);
    expect(api.backups.asked).toEqual(['run', `verify ${ID}`]);
  });
});
