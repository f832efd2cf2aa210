import { finishReport, isGenuine } from '../database/halt-report';
import type { SignedReport } from '../domain/halt/report';
import { createSeededDatabase, storeTrade, type SeededDatabase } from '../tests/support/seeded-database';
import { expectContract, openTestApi, type TestApi } from '../tests/support/api';

let db: SeededDatabase;
let test: TestApi;
beforeEach(async () => {
  db = await createSeededDatabase();
  test = await openTestApi(db.url);
});
afterEach(async () => {
  await test.close();
  await db.close();
});

const engage = (body: object, role: 'operator' | 'admin' = 'operator') => test.as(role).post('/v1/halts').send(body);

describe('engaging a halt', () => {
  it('answers with epoch and moment, starts its workflow and refuses trades from then on', async () => {
    const answered = await engage({ reason: 'prices look wrong', mode: 'halt-all', flatten: true });
    expect(answered.status).toBe(201);
    expectContract('engageHalt', answered);
    expect(answered.body).toMatchObject({
      result: 'engaged',
      scope: 'global',
      mode: 'halt-all',
      flatten: true,
      reason: 'prices look wrong',
      workflow: 'started',
    });
    expect(test.trades.started).toEqual([(answered.body as { workflowId: string }).workflowId]);
    await expect(storeTrade(db.database, 'late')).rejects.toThrow('halted');
    const again = await engage({ reason: 'still wrong' });
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ result: 'standing', reason: 'prices look wrong' });
  });

  it('stands while Temporal is away, and says that the rest is to come', async () => {
    test.trades.startAnswer = { kind: 'unreachable' };
    expect((await engage({ reason: 'now' })).body).toMatchObject({ result: 'engaged', workflow: 'pending' });
  });

  it('is for operators', async () => {
    expect((await test.as('trader').post('/v1/halts').send({ reason: 'x' })).status).toBe(403);
    expect((await test.request.post('/v1/halts').send({ reason: 'x' })).status).toBe(401);
  });

  it.each([
    [{}, 'reason', 'required'],
    [{ reason: '  ' }, 'reason', 'reason'],
    [{ reason: 'x', scope: 'acount:paper' }, 'scope', 'scope'],
    [{ reason: 'x', mode: 'stop' }, 'mode', 'one_of'],
    [{ reason: 'x', flatten: 'yes' }, 'flatten', 'flag'],
  ])('%j is refused by name and rule', async (body, field, rule) => {
    const answered = await engage(body);
    expect(answered.body).toMatchObject({ status: 422, code: 'invalid_request', errors: [{ field, rule }] });
  });

  it.each(['account:nobody', 'instrument:NONE', 'strategy:nothing'])('%s does not exist', async (scope) => {
    expect((await engage({ reason: 'x', scope })).body).toMatchObject({
      status: 422,
      code: 'unknown_reference',
      errors: [{ field: 'scope' }],
    });
  });

  it('takes one a minute of a caller, and says when the next may come', async () => {
    await engage({ reason: 'x', scope: 'instrument:US500' });
    const second = await engage({ reason: 'x', scope: 'strategy:technical' });
    expect(second.body).toMatchObject({ status: 429, code: 'too_many_halts' });
    expect(Number(second.headers['retry-after'])).toBeGreaterThan(0);
    expect((await engage({ reason: 'x' })).status).toBe(201);
    expect((await engage({ reason: 'x', scope: 'strategy:technical' }, 'admin')).status).toBe(201);
  });
});

describe('a halt', () => {
  async function engaged(): Promise<number> {
    await storeTrade(db.database, 'open');
    return ((await engage({ reason: 'x' })).body as { epoch: number }).epoch;
  }

  it('is listed, and shown with what it waits for', async () => {
    const epoch = await engaged();
    const listed = await test.as('viewer').get('/v1/halts');
    expectContract('listHalts', listed);
    expect(listed.body).toMatchObject({ items: [{ epoch, scope: 'global' }], nextCursor: null });
    const shown = await test.as('viewer').get(`/v1/halts/${epoch}`);
    expectContract('showHalt', shown);
    expect(shown.body).toMatchObject({ trades: 1, open: 1, untold: 1 });
    expect((shown.body as { waitsFor: string[] }).waitsFor).toContain('a trade that has not acknowledged');
    for (const unknown of ['999', 'seven'])
      expect((await test.as('viewer').get(`/v1/halts/${unknown}`)).status).toBe(404);
  });

  it('has a signed report, before and after it is done; a changed one is found out', async () => {
    const epoch = await engaged();
    const first = await test.as('viewer').get(`/v1/halts/${epoch}/report`);
    expectContract('showHaltReport', first);
    expect(isGenuine(first.body as SignedReport)).toBe(true);
    const finished = await finishReport(db.database, epoch);
    const genuine = (await test.as('viewer').get(`/v1/halts/${epoch}/report`)).body as SignedReport;
    expect(genuine).toEqual(JSON.parse(JSON.stringify(finished)));
    expect(isGenuine(genuine)).toBe(true);
    expect(isGenuine({ ...genuine, report: { ...genuine.report, refused: 7 } })).toBe(false);
    expect(isGenuine({ ...genuine, signature: 'AAAA' })).toBe(false);
    expect((await test.as('viewer').get('/v1/halts/999/report')).status).toBe(404);
  });

  it('is released by an admin, once, and says what stays halted', async () => {
    const epoch = await engaged();
    const release = (role: 'operator' | 'admin', of = epoch) =>
      test.as(role).post(`/v1/halts/${of}/release`).send({ reason: 'all is well' });
    expect((await release('operator')).status).toBe(403);
    const released = await release('admin');
    expectContract('releaseHalt', released);
    expect(released.body).toMatchObject({ epoch, guarding: 1, others: [], releaseReason: 'all is well' });
    expect((await release('admin')).body).toMatchObject({ status: 409, code: 'not_standing' });
    expect((await release('admin', 999)).status).toBe(404);
    await test.api.drain();
    const { rows } = await db.database.query<{ method: string; path: string }>(
      `SELECT method, path FROM audit_events WHERE status = 200 AND path LIKE '%release%' ORDER BY id`,
    );
    expect(rows).toEqual([
      { method: 'HALT', path: 'release global' },
      { method: 'POST', path: `/v1/halts/${epoch}/release` },
    ]);
  });

  it('that was replaced by a stricter one names it', async () => {
    const epoch = await engaged();
    await engage({ reason: 'worse', mode: 'halt-all' });
    const released = await test.as('admin').post(`/v1/halts/${epoch}/release`).send({ reason: 'x' });
    expect(released.body).toMatchObject({ status: 409, code: 'not_standing' });
    expect((released.body as { detail: string }).detail).toContain('was replaced by halt');
  });
});

it('the metrics show what is halted', async () => {
  await storeTrade(db.database, 'open');
  await engage({ reason: 'x', scope: 'account:paper' });
  const { text } = await test.request.get('/metrics');
  expect(text).toContain('kill_switch_engaged{scope="account",mode="reduce-only",service="api"} 1');
  expect(text).toContain('halted_trades{acknowledged="no",service="api"} 1');
  expect(text).toContain('kill_switch_readable{service="api"} 1');
  await db.database.query('ALTER TABLE kill_switch RENAME TO kill_switch_lost');
  expect((await test.request.get('/metrics')).text).toContain('kill_switch_readable{service="api"} 0');
});

it('whoever engaged a halt may not release it where that is set so', async () => {
  const strict = await openTestApi(db.url, { releaseOwnHalts: false });
  const engaged = await strict.as('admin').post('/v1/halts').send({ reason: 'x' });
  const { epoch } = engaged.body as { epoch: number };
  const release = (api: TestApi) => api.as('admin').post(`/v1/halts/${epoch}/release`).send({ reason: 'x' });
  expect((await release(strict)).body).toMatchObject({ status: 403, code: 'own_halt' });
  expect((await release(test)).status).toBe(200);
  await strict.close();
});
