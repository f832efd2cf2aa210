import { raiseAlert } from '../database/alerts';
import { engageHalt, releaseHalt } from '../database/halts';
import { openDatabase } from '../database/pool';
import type { Database } from '../database/pool';
import type { HaltScope } from '../domain/halt/halt';
import { expectContract, openTestApi } from '../tests/support/api';
import type { TestApi } from '../tests/support/api';
import { createTestDatabase } from '../tests/support/database';
import type { TestDatabase } from '../tests/support/database';

describe('the routes of schedules', () => {
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

  it('list what the code says and how it stands, with the alerts about it', async () => {
    await raiseAlert(database, { cause: 'schedule-missed:upkeep', severity: 'warning', title: 'missed' });
    const answer = await api.as('viewer').get('/v1/schedules').expect(200);
    expectContract('listSchedules', answer);
    expect((answer.body as { items: unknown[] }).items).toMatchObject([
      { id: 'cycle', tag: 'trading', state: 'active', times: ['0 2 * * *'], alerts: [] },
      { id: 'upkeep', tag: 'operations', alerts: ['schedule-missed:upkeep'], lastRun: { outcome: 'completed' } },
    ]);
  });

  it('are closed to a viewer and a trader where they change something', async () => {
    for (const path of ['apply', 'cycle/trigger', 'cycle/pause', 'cycle/resume'])
      await api.as('trader').post(`/v1/schedules/${path}`).send({}).expect(403);
  });

  it('apply, trigger, pause with a reason and resume, each audited', async () => {
    const operator = api.as('operator');
    expectContract('applySchedules', await operator.post('/v1/schedules/apply').expect(200));
    expectContract('triggerSchedule', await operator.post('/v1/schedules/upkeep/trigger').expect(200));
    expect(api.schedules.asked).toEqual(['apply', 'trigger upkeep']);
    await operator.post('/v1/schedules/upkeep/pause').send({}).expect(422);
    await operator.post('/v1/schedules/strange/pause').send({ reason: 'x' }).expect(404);
    const paused = await operator.post('/v1/schedules/upkeep/pause').send({ reason: 'repairs' }).expect(200);
    expectContract('pauseSchedule', paused);
    expect(paused.body).toMatchObject({
      state: 'paused',
      note: expect.stringMatching(/^paused by .*: repairs$/) as string,
    });
    const resumed = await operator.post('/v1/schedules/upkeep/resume').expect(200);
    expect(resumed.body).toMatchObject({ state: 'active' });
    await api.api.drain();
    const { rows } = await database.query<{ path: string; metadata: object }>(
      `SELECT path, metadata FROM audit_events WHERE path LIKE '/v1/schedules/%' AND status = 200 ORDER BY at`,
    );
    expect(rows).toEqual([
      { path: '/v1/schedules/apply', metadata: { changed: ['cycle'] } },
      { path: '/v1/schedules/upkeep/trigger', metadata: { schedule: 'upkeep' } },
      { path: '/v1/schedules/upkeep/pause', metadata: { schedule: 'upkeep', reason: 'repairs' } },
      { path: '/v1/schedules/upkeep/resume', metadata: { schedule: 'upkeep' } },
    ]);
  });

  it('resume and trigger nothing that a halt holds, whoever paused it, and say which halt; upkeep goes on', async () => {
    const wish = {
      mode: 'reduce-only',
      flatten: false,
      source: 'operator',
      reason: 'a test',
      actor: 'tester',
    } as const;
    const scope = 'global' as HaltScope;
    const halt = await engageHalt(database, { ...wish, scope, everything: false, limited: false });
    if (!('epoch' in halt)) throw new Error(halt.result);
    const operator = api.as('operator');
    await operator.post('/v1/schedules/cycle/pause').send({ reason: 'mine too' }).expect(200);
    for (const verb of ['resume', 'trigger']) {
      const refused = await operator.post(`/v1/schedules/cycle/${verb}`).expect(409);
      expect(refused.body).toMatchObject({
        code: 'halted',
        detail: expect.stringContaining(`halt ${halt.epoch}`) as string,
      });
    }
    await operator.post('/v1/schedules/upkeep/resume').expect(200);
    await releaseHalt(database, { scope, reason: 'over', actor: 'boss' });
    await operator.post('/v1/schedules/cycle/resume').expect(200);
  });

  it('tell of a schedule that is not at Temporal', async () => {
    api.schedules.states.delete('cycle');
    const answer = await api.as('viewer').get('/v1/schedules').expect(200);
    expect((answer.body as { items: unknown[] }).items[0]).toMatchObject({
      id: 'cycle',
      state: 'absent',
      lastRun: null,
    });
    await api.as('operator').post('/v1/schedules/cycle/trigger').expect(404);
  });
});
