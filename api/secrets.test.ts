import { ExchangeAccounts } from '../database/exchange-accounts';
import { expectContract, openTestApi, type TestApi } from '../tests/support/api';
import { createSeededDatabase, type SeededDatabase } from '../tests/support/seeded-database';

let db: SeededDatabase;
let test: TestApi;
beforeEach(async () => {
  db = await createSeededDatabase();
  test = await openTestApi(db.url);
  // The API of a test lives in 2024.
  await db.database.query(`UPDATE installation SET created_at = '2024-09-01'`);
  await db.database.query(`UPDATE api_keys SET created_at = '2024-11-01'`);
});
afterEach(async () => {
  await test.close();
  await db.close();
});

const noted = (name: string, body: object = {}, role: 'admin' | 'operator' = 'admin') =>
  test.as(role).post(`/v1/secrets/${name}/rotations`).send(body);

describe('secrets', () => {
  it('are listed by name, those due first; API keys by their own age', async () => {
    const listed = await test.as('operator').get('/v1/secrets');
    expectContract('listSecrets', listed);
    const { items } = listed.body as { items: { name: string; daysLeft: number; ageFrom: string }[] };
    expect(items[0]).toMatchObject({
      name: 'model-key',
      daysLeft: 4,
      dueAt: '2024-11-30T00:00:00.000Z',
      procedure: 'docs/secrets-rotation.md#model-keys',
    });
    expect(items.filter(({ ageFrom }) => ageFrom === 'own')).toHaveLength(4);
    expect(JSON.stringify(items)).not.toContain('tw_');
    expect((await test.as('trader').get('/v1/secrets')).status).toBe(403);
  });

  it('that were changed begin anew, by an admin, with a line in the audit log', async () => {
    expect((await noted('model-key', {}, 'operator')).status).toBe(403);
    const answered = await noted('model-key', { at: '2024-11-20' });
    expectContract('noteRotation', answered);
    expect(answered.body).toMatchObject({ lastRotation: '2024-11-20T00:00:00.000Z', daysLeft: 84 });
    expect((await noted('model-key')).body).toMatchObject({ lastRotation: '2024-11-25T15:00:00.000Z', daysLeft: 90 });
    await test.api.drain();
    const { rows } = await db.database.query<{ metadata: object }>(
      `SELECT metadata FROM audit_events WHERE status = 200 ORDER BY id`,
    );
    expect(rows[0]?.metadata).toEqual({ secret: 'model-key', at: '2024-11-20T00:00:00.000Z' });
    await expect(db.database.query('DELETE FROM secret_rotations')).rejects.toThrow('append-only');
  });

  it.each([
    [{ at: '2024-11-26' }, 'at', 'past'],
    [{ at: 'yesterday' }, 'at', 'date'],
    [{ when: '2024-11-01' }, 'when', 'unknown_field'],
  ])('%j is refused by name and rule', async (body, field, rule) => {
    expect((await noted('model-key', body)).body).toMatchObject({ code: 'invalid_request', errors: [{ field, rule }] });
  });

  it('that there are not, or that report their own age, cannot be noted', async () => {
    expect((await noted('nothing')).status).toBe(404);
    const { rows } = await db.database.query<{ id: string }>('SELECT left(id::text, 8) AS id FROM api_keys LIMIT 1');
    expect((await noted(`api-key-${rows[0]?.id}`)).body).toMatchObject({ status: 409, code: 'reports_own_age' });
  });

  it('of brokers are as old as their venue tells; where it cannot, as old as somebody noted', async () => {
    for (const name of ['telling', 'silent'])
      await db.database.query(
        `INSERT INTO accounts (name, venue, mode, currency, opening_cash, policy, created_at)
         VALUES ($1, 'binance', 'sandbox', 'USDT', 1, '{}', '2024-11-20')`,
        [name],
      );
    const accounts = new ExchangeAccounts(db.database);
    await accounts.noteKey('telling', {
      madeAt: '2024-09-20T00:00:00.000Z',
      expiresAt: '2024-12-01T00:00:00.000Z',
    } as never);
    await accounts.noteKey('silent', {});
    expect((await noted('broker-silent', { at: '2024-11-22' })).status).toBe(200);
    expect((await noted('broker-telling')).body).toMatchObject({ code: 'reports_own_age' });
    const { items } = (await test.as('operator').get('/v1/secrets')).body as { items: { name: string }[] };
    expect(items.filter(({ name }) => name.startsWith('broker-'))).toMatchObject([
      {
        name: 'broker-telling',
        ageFrom: 'venue',
        lastRotation: '2024-09-20T00:00:00.000Z',
        dueAt: '2024-12-01T00:00:00.000Z',
      },
      { name: 'broker-silent', ageFrom: 'venue-silent', lastRotation: '2024-11-22T00:00:00.000Z' },
    ]);
    // A new key at the venue begins anew; one that the venue tells nothing of any more is noted again.
    await accounts.noteKey('telling', { madeAt: '2024-11-24T00:00:00.000Z' } as never);
    const renewed = (await test.as('operator').get('/v1/secrets')).body as { items: { name: string }[] };
    expect(renewed.items.find(({ name }) => name === 'broker-telling')).toMatchObject({ daysLeft: 88 });
    await accounts.noteKey('telling', {});
    expect((await noted('broker-telling', { at: '2024-11-21' })).status).toBe(200);
  });
});

describe('keys', () => {
  it('are listed without themselves, and revoked at once', async () => {
    const listed = await test.as('admin').get('/v1/keys');
    expectContract('listKeys', listed);
    const { items } = listed.body as { items: { id: string; role: string }[] };
    const viewer = items.find(({ role }) => role === 'viewer')?.id ?? '';
    expect((await test.as('viewer').get('/v1/trades')).status).toBe(200);
    const revoked = await test.as('admin').post(`/v1/keys/${viewer}/revoke`).send({});
    expectContract('revokeKey', revoked);
    expect((await test.as('viewer').get('/v1/trades')).status).toBe(401);
    expect((await test.as('admin').post(`/v1/keys/${viewer}/revoke`).send({})).body).toEqual(revoked.body);
  });

  it('the last admin key stays', async () => {
    const { items } = (await test.as('admin').get('/v1/keys')).body as { items: { id: string; role: string }[] };
    const admin = items.find(({ role }) => role === 'admin')?.id ?? '';
    const answered = await test.as('admin').post(`/v1/keys/${admin}/revoke`).send({});
    expect(answered.body).toMatchObject({ status: 409, code: 'last_admin_key' });
    expect((await test.as('admin').post('/v1/keys/x/revoke').send({})).body).toMatchObject({ code: 'invalid_request' });
    const none = '00000000-0000-4000-8000-000000000000';
    expect((await test.as('admin').post(`/v1/keys/${none}/revoke`).send({})).status).toBe(404);
  });
});
