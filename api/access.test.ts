import { createSeededDatabase, storeTrade, type SeededDatabase } from '../tests/support/seeded-database';
import { expectContract, openTestApi, type TestApi } from '../tests/support/api';
import { ROLES } from '../domain/access/role';
import { generateKey, hashKey, storeKey } from '../database/keys';
import type { Route } from './contract/route';
import { ROUTES } from './contract/routes';

let db: SeededDatabase;
let test: TestApi;
/** The audit line that was the last one when the test began. */
let before: number;
beforeAll(async () => {
  db = await createSeededDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  test = await openTestApi(db.url);
  const { rows } = await db.database.query<{ last: number }>('SELECT coalesce(max(id), 0) AS last FROM audit_events');
  before = rows[0]?.last ?? 0;
});
afterEach(() => test.close());

const keyed = Object.values<Route>(ROUTES).filter((route) => route.role !== null);
const address = (route: Route): string => route.path.replace('{id}', 'paper:x').replace('{name}', 'paper');

async function audit(): Promise<Record<string, unknown>[]> {
  await test.api.drain();
  const { rows } = await db.database.query<Record<string, unknown>>(
    'SELECT actor, ip, method, path, status, user_agent AS agent, metadata, duration_ms >= 0 AS timed FROM audit_events WHERE id > $1 ORDER BY id',
    [before],
  );
  return rows;
}

describe('keys', () => {
  it.each(keyed.map((route) => [route.method, route.path, route] as const))(
    'are needed for %s %s',
    async (method, _path, route) => {
      const response = await test.request[method](address(route));
      expect(response.status).toBe(401);
      expect(response.headers['www-authenticate']).toBe('Bearer');
      expect(response.headers['content-type']).toContain('application/problem+json');
      expect(response.body).toMatchObject({ code: 'unauthenticated' });
    },
  );

  it.each(keyed.map((route) => [route.method, route.path, route] as const))(
    'of a role too low are refused for %s %s',
    async (method, _path, route) => {
      const needed = ROLES.indexOf(route.role ?? 'viewer');
      for (const role of ROLES.slice(0, needed)) {
        const response = await test.as(role)[method](address(route));
        expect(response.body).toMatchObject({ status: 403, code: 'forbidden' });
      }
      const enough = await test.as(ROLES[needed] ?? 'admin')[method](address(route));
      expect([401, 403]).not.toContain(enough.status);
    },
  );

  it('come as a bearer token or in X-API-Key', async () => {
    for (const [name, value] of [
      ['Authorization', `Bearer ${test.keys.viewer}`],
      ['Authorization', `bearer   ${test.keys.viewer}`],
      ['X-API-Key', test.keys.viewer],
    ] as const) {
      expect((await test.request.get('/v1/accounts').set(name, value)).status).toBe(200);
    }
    expect((await test.request.get(`/v1/accounts?key=${test.keys.viewer}`)).status).toBe(401);
  });

  it('that are unknown, wrong by a letter, malformed or revoked get one and the same answer', async () => {
    const revoked = generateKey();
    const id = await storeKey(db.database, revoked, 'gone', 'admin');
    await db.database.query('UPDATE api_keys SET revoked_at = now() WHERE id = $1', [id]);
    const wrong = `${test.keys.viewer.slice(0, -1)}${test.keys.viewer.endsWith('A') ? 'B' : 'A'}`;
    const bodies = [];
    for (const key of [generateKey(), wrong, 'x', hashKey(test.keys.admin), revoked]) {
      const response = await test.request.get('/v1/accounts').set('X-API-Key', key);
      expect(response.status).toBe(401);
      bodies.push(response.body as object);
    }
    for (const body of bodies) expect(body).toEqual(bodies[0]);
  });

  it('are made by an admin, shown once and stored as a hash', async () => {
    const made = await test.as('admin').post('/v1/keys').send({ name: 'desk 2', role: 'trader' });
    expect(made.status).toBe(201);
    expectContract('createKey', made);
    const { key } = made.body as { key: string };
    expect((await test.request.get('/v1/trades').set('X-API-Key', key)).status).toBe(200);
    const { rows } = await db.database.query<{ t: string }>(
      `SELECT string_agg(k::text, '') || (SELECT string_agg(a::text, '') FROM audit_events a) AS t FROM api_keys k`,
    );
    expect(rows[0]?.t).not.toContain(key);
    expect(test.log()).not.toContain(key);
  });

  it.each([
    [{ name: '', role: 'trader' }, 'name', 'name'],
    [{ name: 'a\nb', role: 'trader' }, 'name', 'name'],
    [{ name: 'desk', role: 'root' }, 'role', 'one_of'],
    [{ name: 'desk' }, 'role', 'one_of'],
  ])('are not made from %j', async (body, field, rule) => {
    const response = await test.as('admin').post('/v1/keys').send(body);
    expect(response.status).toBe(422);
    const { errors } = response.body as { errors: { field: string; rule: string }[] };
    expect(errors[0]?.field).toBe(field);
    expect([rule, 'required']).toContain(errors[0]?.rule);
  });
});

describe('too many failures of one address', () => {
  it('are told to wait, while a valid key is still served, until a minute has passed', async () => {
    const guess = (): ReturnType<typeof test.request.get> => test.request.get('/v1/accounts').set('X-API-Key', 'guess');
    for (let n = 0; n < 20; n += 1) expect((await guess()).status).toBe(401);
    const refused = await guess();
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({ code: 'too_many_failures' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await guess()).status).toBe(429);
    expect((await test.as('viewer').get('/v1/accounts')).status).toBe(200);
    // Twenty failures and the first refusal: what follows of the flood leaves no line.
    expect(await audit()).toHaveLength(21);
    test.pass(60_001);
    expect((await guess()).status).toBe(401);
  });
});

describe('the audit log', () => {
  it('has a line for each request of a write route, with who, where and how it ended', async () => {
    const id = await storeTrade(db.database, 'audited');
    await test.as('trader').post(`/v1/trades/${id}/cancel?token=s3cret`).set('User-Agent', 'desk/1');
    await test.as('viewer').post(`/v1/trades/${id}/cancel`);
    await test.as('trader').post('/v1/trades').set('Idempotency-Key', 'bad').send({});
    await test.as('viewer').get('/v1/trades');
    expect(await audit()).toEqual([
      {
        actor: expect.stringMatching(/^trader#[0-9a-f]{8}$/) as string,
        ip: expect.stringContaining('127.0.0.1') as string,
        method: 'POST',
        path: `/v1/trades/${id}/cancel`,
        status: 200,
        agent: 'desk/1',
        metadata: { trade: id, action: 'cancel' },
        timed: true,
      },
      expect.objectContaining({ actor: expect.stringMatching(/^viewer#/) as string, status: 403 }),
      expect.objectContaining({ path: '/v1/trades', status: 422 }),
    ]);
  });

  it('has a line for each failed authentication, also of a read', async () => {
    await test.request.get('/v1/trades').set('X-API-Key', 'nope');
    expect(await audit()).toEqual([
      expect.objectContaining({ actor: 'anonymous', method: 'GET', path: '/v1/trades', status: 401 }),
    ]);
  });
});

describe('the log', () => {
  it('holds no key, address, body or header of a client', async () => {
    const secret = 's3cret-value';
    await test.request.get(`/v1/trades/${secret}?x=${secret}`).set('X-API-Key', secret).set('User-Agent', secret);
    await test
      .as('trader')
      .post('/v1/trades')
      .set('Idempotency-Key', 'k')
      .send({ account: secret, [secret]: secret });
    jest.spyOn(test.trades, 'act').mockRejectedValueOnce(new Error(`bad "${secret}"`));
    const id = await storeTrade(db.database, 'logged');
    const failed = await test.as('trader').post(`/v1/trades/${id}/cancel`);
    expect(failed.body).toMatchObject({ status: 500, code: 'internal' });
    expect(JSON.stringify(failed.body)).not.toContain(secret);
    expect(test.log()).toContain('/v1/trades/:id/cancel');
    expect(test.log()).not.toContain(secret);
  });
});
