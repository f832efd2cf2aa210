import { instant } from '../domain/clock/instant';
import { decimalString as d } from '../domain/money/decimal';
import { measureRisk } from '../domain/risk/measure';
import { DEFAULT_RISK_POLICY } from '../domain/risk/policy';
import type { RiskVerdict } from '../domain/risk/verdict';
import { verdictOf } from '../domain/risk/verdict';
import { assessRisk } from '../domain/risk/assess-risk';
import { riskInput } from '../tests/support/risk-input';
import { createSeededDatabase, storeTrade, type SeededDatabase } from '../tests/support/seeded-database';
import { expectContract, openTestApi, type TestApi } from '../tests/support/api';

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

const input = riskInput();
const verdict: RiskVerdict = verdictOf(input, assessRisk(input));
const question = { account: 'paper', instrument: 'US500', direction: 'long', stopPrice: '2400' };
const post = (path: string, body: object, role: 'trader' | 'admin' = 'trader') => test.as(role).post(path).send(body);

describe('POST /v1/risk/checks', () => {
  it('asks the workers, and answers their verdict', async () => {
    test.risk.answer = { kind: 'verdict', verdict };
    const response = await post('/v1/risk/checks', {
      ...question,
      entry: { type: 'limit', price: '2430' },
      extendedHours: true,
    });
    expectContract('checkRisk', response);
    expect(response.status).toBe(200);
    expect(response.body).toMatchObject({ approved: true, quantity: '100', binding: 'risk' });
    expect(test.risk.asked.at(-1)).toEqual({
      ...question,
      strategy: 'manual',
      entry: { type: 'limit', price: '2430' },
      extendedHours: true,
    });
  });

  it('says when nobody answers', async () => {
    test.risk.answer = { kind: 'unreachable' };
    const response = await post('/v1/risk/checks', {
      ...question,
      takeProfitPrice: '2600',
      maxQuantity: '2',
      maxNotional: '9',
    });
    expect(response.body).toMatchObject({ status: 503, code: 'temporal_unavailable' });
  });

  it('asks of a trailing entry with its stop at a distance', async () => {
    test.risk.answer = { kind: 'verdict', verdict };
    const trailing = {
      ...{ account: 'paper', instrument: 'US500', direction: 'long', stopDistance: '20' },
      entry: { type: 'trailing-stop', trailAmount: '5' },
    };
    expect((await post('/v1/risk/checks', trailing)).status).toBe(200);
    expect(test.risk.asked.at(-1)).toEqual({ ...trailing, strategy: 'manual' });
  });

  it.each([
    [{ ...question, stopPrice: 2400 }, 'stopPrice', 'decimal_string'],
    [{ ...question, stopPrice: undefined }, 'stopPrice', 'required'],
    [{ ...question, entry: { type: 'trailing-stop', trailBps: 5 } }, 'stopDistance', 'required'],
    [{ ...question, direction: 'up' }, 'direction', 'one_of'],
    [{ ...question, entry: { type: 'limit', price: '2300' } }, 'stopPrice', 'losing_side'],
    [{ ...question, size: '1' }, 'size', 'unknown_field'],
  ])('refuses %j', async (body, field, rule) => {
    const response = await post('/v1/risk/checks', body);
    expect(response.body).toMatchObject({ code: 'invalid_request' });
    expect((response.body as { errors: object[] }).errors[0]).toMatchObject(
      rule === 'unknown_field' ? {} : { field, rule },
    );
  });

  it('refuses what does not exist', async () => {
    const response = await post('/v1/risk/checks', { ...question, strategy: 'astrology' });
    expect(response.body).toMatchObject({ code: 'unknown_reference', errors: [{ field: 'strategy' }] });
  });
});

describe('GET /v1/accounts/{name}/risk', () => {
  it('answers what the workers measured', async () => {
    const positions = [{ instrument: 'US500', quantity: d('2'), mark: d('2440') }];
    const risk = measureRisk({ positions, guarded: [], barsOf: new Map(), assumedVolatility: d('0.05') });
    const marketTime = instant(Date.UTC(2017, 5, 14));
    test.risk.measureAnswer = {
      kind: 'measured',
      risk: { account: 'paper', marketTime, equity: d('1'), limit: null, ...risk },
    };
    const response = await test.as('viewer').get('/v1/accounts/paper/risk');
    expectContract('measureRisk', response);
    expect(response.body).toMatchObject({ days: 0, tails: { length: 8 }, positions: [{ value: '4880' }, {}] });
  });

  it('says when nobody answers, or there is no such account', async () => {
    test.risk.measureAnswer = { kind: 'unreachable' };
    expect((await test.as('viewer').get('/v1/accounts/paper/risk')).body).toMatchObject({
      code: 'temporal_unavailable',
    });
    expect((await test.as('viewer').get('/v1/accounts/nobody/risk')).status).toBe(404);
  });
});

describe('the policy', () => {
  it('is put into force by an admin, kept with who did it, and shown', async () => {
    const before = await test.as('viewer').get('/v1/risk/policy');
    expectContract('showRisk', before);
    expect(before.body).toMatchObject({ applied: null, document: {}, locks: [] });
    const file = { defaults: { maxOpenTrades: 3 }, accounts: { paper: { maxDailyLoss: '500' } } };
    expect((await post('/v1/risk/policy', file)).status).toBe(403);
    const applied = await post('/v1/risk/policy', file, 'admin');
    expectContract('applyRisk', applied);
    expect(applied.body).toMatchObject({ stored: true, changed: ['paper'] });
    const again = await post('/v1/risk/policy', { accounts: file.accounts, defaults: file.defaults }, 'admin');
    expect(again.body).toMatchObject({ stored: false, changed: [] });
    const after = await test.as('viewer').get('/v1/risk/policy');
    expect(after.body).toMatchObject({
      applied: { by: expect.stringContaining('admin') as string },
      document: file,
      accounts: [{ account: 'paper', limits: { ...DEFAULT_RISK_POLICY, maxOpenTrades: 3, maxDailyLoss: '500' } }],
    });
    await test.api.drain();
    const { rows } = await db.database.query(
      `SELECT actor, metadata ->> 'stored' AS stored FROM audit_events WHERE path = '/v1/risk/policy' AND status = 200 ORDER BY id`,
    );
    expect(rows).toHaveLength(2);
  });

  it('that breaks a rule changes nothing, and each rule is named', async () => {
    const response = await post('/v1/risk/policy', { defaults: { maxVar: '2', maxOpenTrades: 0 } }, 'admin');
    expectContract('applyRisk', response);
    expect(response.body).toMatchObject({
      code: 'invalid_request',
      errors: [
        { field: 'defaults.maxVar', rule: 'policy' },
        { field: 'defaults.maxOpenTrades', rule: 'policy' },
      ],
    });
  });
});

describe('locks and verdicts', () => {
  it('a lock is released once', async () => {
    const trade = await storeTrade(db.database, 'locked');
    const { rows } = await db.database.query<{ id: string }>(
      `INSERT INTO risk_locks (account, scope, code, trade_id, market_until)
       VALUES ('paper', 'instrument:US500', 'cooldown', $1, '2017-06-14T15:00:00Z') RETURNING id`,
      [trade],
    );
    const path = `/v1/risk/locks/${rows[0]?.id ?? ''}/release`;
    expect((await post(path, {})).status).toBe(403);
    const released = await post(path, {}, 'admin');
    expectContract('releaseLock', released);
    expect(released.body).toMatchObject({
      scope: 'instrument:US500',
      code: 'cooldown',
      until: '2017-06-14T15:00:00.000Z',
    });
    expect((await post(path, {}, 'admin')).status).toBe(404);
    expect((await post('/v1/risk/locks/first/release', {}, 'admin')).status).toBe(422);
  });

  it('the verdicts of a trade are kept in order, and cannot be changed', async () => {
    const trade = await storeTrade(db.database, 'judged');
    for (const approved of [false, true]) {
      const document = { ...verdict, approved, code: approved ? null : 'market_closed' };
      const row = { approved, code: document.code, marketAt: '2017-06-14T13:30:00Z', equity: '100000', document };
      await db.database.query('SELECT advance_trade($1, $2, $3)', [
        trade,
        'checking-risk',
        JSON.stringify({ verdict: row }),
      ]);
    }
    const response = await test.as('viewer').get(`/v1/trades/${trade}/risk`);
    expectContract('showVerdicts', response);
    const { items } = response.body as { items: { verdict: { code: string | null } }[] };
    expect(items.map((item) => item.verdict.code)).toEqual(['market_closed', null]);
    await expect(db.database.query('UPDATE risk_verdicts SET approved = true')).rejects.toThrow('append-only');
    expect((await test.as('viewer').get('/v1/trades/paper:none/risk')).status).toBe(404);
  });
});
