import { AlertDeliveries } from '../database/alert-deliveries';
import { clearAlert, raiseAlert } from '../database/alerts';
import { expectContract, openTestApi, type TestApi } from '../tests/support/api';
import { createSeededDatabase, type SeededDatabase } from '../tests/support/seeded-database';

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

describe('alerts', () => {
  it('are listed newest first, in pages, and by whether they stand', async () => {
    for (const cause of ['one', 'two', 'three']) {
      await raiseAlert(db.database, { cause, severity: 'warning', title: `${cause} is wrong`, detail: { cause } });
    }
    await clearAlert(db.database, 'two');
    const first = await test.as('viewer').get('/v1/alerts?limit=2');
    expectContract('listAlerts', first);
    const page = first.body as { items: { cause: string }[]; nextCursor: string };
    const rest = await test.as('viewer').get(`/v1/alerts?cursor=${page.nextCursor}`);
    const causes = [...page.items, ...(rest.body as typeof page).items].map(({ cause }) => cause);
    expect(causes).toEqual(['three', 'two', 'one']);
    const open = await test.as('viewer').get('/v1/alerts?open=false');
    expect(open.body).toMatchObject({ items: [{ cause: 'two' }] });
    expect((await test.as('viewer').get('/v1/alerts?open=yes')).body).toMatchObject({ code: 'invalid_request' });
  });

  it('are shown with the messages about them', async () => {
    const { id } = await raiseAlert(db.database, { cause: 'one', severity: 'critical', title: 'wrong' });
    const deliveries = new AlertDeliveries(db.database);
    await deliveries.plan(['pagerduty'], Date.now());
    const [claimed] = await deliveries.claim(['pagerduty'], Date.now(), 1);
    if (claimed !== undefined) await deliveries.retry(claimed, Date.now(), 'http 503');
    const shown = await test.as('viewer').get(`/v1/alerts/${id}`);
    expectContract('showAlert', shown);
    expect(shown.body).toMatchObject({
      deliveries: [{ channel: 'pagerduty', kind: 'raised', state: 'pending', attempts: 1, reason: 'http 503' }],
    });
    expect((await test.as('viewer').get('/v1/alerts/999')).status).toBe(404);
    expect((await test.as('viewer').get('/v1/alerts/x')).status).toBe(404);
  });

  it('channels are tried by an operator, as far as somebody serves them', async () => {
    const ask = (body: object, role: 'trader' | 'operator' = 'operator') =>
      test.as(role).post('/v1/alerts/test').send(body);
    expect((await ask({}, 'trader')).status).toBe(403);
    expect((await ask({})).body).toMatchObject({ status: 422, code: 'unknown_reference' });
    await new AlertDeliveries(db.database).plan(['webhook', 'slack'], Date.now());
    expect((await ask({ channel: 'email' })).body).toMatchObject({
      code: 'unknown_reference',
      errors: [{ field: 'channel', known: ['slack', 'webhook'] }],
    });
    expect((await ask({ channel: 'fax' })).body).toMatchObject({ code: 'invalid_request' });
    const all = await ask({});
    expectContract('testAlerts', all);
    expect(all.status).toBe(202);
    const { deliveries } = all.body as { deliveries: { channel: string; kind: string }[] };
    expect(deliveries.map(({ channel, kind }) => `${channel} ${kind}`)).toEqual(['slack test', 'webhook test']);
    // Nothing is wrong: it is no open alert.
    expect((await test.as('viewer').get('/v1/alerts?open=true')).body).toMatchObject({ items: [] });
  });
});
