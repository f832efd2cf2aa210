import { noteCycle } from '../database/cycles';
import { instant } from '../domain/clock/instant';
import { expectContract, openTestApi, type TestApi } from '../tests/support/api';
import { createSeededDatabase, type SeededDatabase } from '../tests/support/seeded-database';

let db: SeededDatabase;
let test: TestApi;
beforeAll(async () => {
  db = await createSeededDatabase();
  test = await openTestApi(db.url);
});
afterAll(async () => {
  await test.close();
  await db.close();
});

const session = {
  cycle: 'morning',
  date: '2017-06-14',
  account: 'paper',
  strategy: 'technical',
  state: 'done',
  workflowId: 'cycle:morning',
  dueAt: instant(0),
  lookedAt: instant(0),
  results: [{ instrument: 'US500', result: 'started', code: null, tradeId: 'paper:x' }],
} as const;

it('trading cycles are listed and shown with what they did; what is done stays so', async () => {
  await noteCycle(db.database, session);
  await noteCycle(db.database, { ...session, state: 'missed', results: [] });
  await noteCycle(db.database, { ...session, date: '2017-06-15', state: 'closed', dueAt: null, results: [] });
  const listed = await test.as('viewer').get('/v1/cycles');
  expectContract('listCycles', listed);
  expect(listed.body).toMatchObject({ items: [{ name: 'morning', lastRun: { date: '2017-06-15', state: 'closed' } }] });
  const shown = await test.as('viewer').get('/v1/cycles/morning');
  expectContract('showCycle', shown);
  const { runs } = shown.body as { runs: { state: string; results: object[] }[] };
  expect(runs.map(({ state, results }) => [state, results.length])).toEqual([
    ['closed', 0],
    ['done', 1],
  ]);
  expect((await test.as('viewer').get('/v1/cycles/none')).status).toBe(404);
});

it('a trader runs one, unless Temporal is away', async () => {
  expect((await test.as('viewer').post('/v1/cycles/morning/run').send({})).status).toBe(403);
  const run = await test.as('trader').post('/v1/cycles/morning/run').send({});
  expectContract('runCycle', run);
  expect(run.body).toEqual({ cycle: 'morning', workflowId: 'cycle:morning' });
  test.trades.reachable = false;
  expect((await test.as('trader').post('/v1/cycles/morning/run').send({})).body).toMatchObject({
    status: 503,
    code: 'temporal_unavailable',
  });
});
