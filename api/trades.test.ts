import {
  createSeededDatabase,
  storeFilledEntry,
  storeTrade,
  type SeededDatabase,
} from '../tests/support/seeded-database';
import { expectContract, openTestApi, type TestApi } from '../tests/support/api';
import type { ProblemDocument } from './contract/problems';

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
beforeEach(() => {
  test.trades.startAnswer = { kind: 'started', runId: 'run-1' };
});

const manual = {
  account: 'paper',
  instrument: 'US500',
  strategy: 'manual',
  direction: 'long',
  stopPrice: '2400',
};

let count = 0;
const freshKey = (): string => `k${(count += 1)}`;

function post(body: unknown, key: string = freshKey()) {
  const request = test.as('trader').post('/v1/trades').set('Idempotency-Key', key);
  return typeof body === 'string'
    ? request.set('Content-Type', 'application/json').send(body)
    : request.send(body as object);
}

async function problem(body: unknown): Promise<ProblemDocument> {
  const before = await stored();
  const response = await post(body);
  expectContract('startTrade', response);
  expect(await stored()).toBe(before);
  return response.body as ProblemDocument;
}

async function stored(): Promise<number> {
  return (await db.database.query<{ n: number }>('SELECT count(*)::int AS n FROM trades')).rows[0]?.n ?? 0;
}

describe('starting a trade', () => {
  it('stores it with every default filled in, starts its workflow, and answers 201 with its address', async () => {
    const response = await post(manual, 'first');
    expect(response.status).toBe(201);
    expectContract('startTrade', response);
    expect(response.headers['location']).toBe('/v1/trades/paper:first');
    expect(response.body).toMatchObject({
      id: 'paper:first',
      workflowId: 'trade:paper:first',
      runId: 'run-1',
      phase: 'accepted',
      direction: 'long',
      possibleActions: ['cancel'],
      // Wednesday 2017-06-14, 08:30 New York: the session of that day ends at 20:00 UTC.
      validUntil: '2017-06-14T20:00:00.000Z',
      createdBy: expect.stringMatching(/^trader#[0-9a-f]{8}$/) as string,
      spec: {
        ...manual,
        entry: { type: 'market' },
        timeInForce: 'IOC',
        whenClosed: 'reject',
        unfilledTimeoutSeconds: 23_400,
        validUntil: '2017-06-14T20:00:00.000Z',
      },
    });
    expect(test.trades.started).toContain('paper:first');
  });

  it('takes every field that a trade can have', async () => {
    const full = {
      ...manual,
      direction: 'short',
      stopPrice: '2500',
      entry: { type: 'stop-limit', stopPrice: '2430', price: '2429.5' },
      timeInForce: 'DAY',
      takeProfitPrice: '2300.25',
      trailing: { bps: 150 },
      timeExitSeconds: 46_800,
      maxQuantity: '1.5',
      maxNotional: '5000',
      whenClosed: 'wait',
      approvalDeadlineSeconds: 600,
      unfilledTimeoutSeconds: 60,
      validUntil: '2017-06-16T20:00:00Z',
    };
    const response = await post(full);
    expect(response.status).toBe(201);
    expect((response.body as { spec: object }).spec).toEqual({ ...full, validUntil: '2017-06-16T20:00:00.000Z' });
  });

  it('asks an analyst when a strategy is named, with a stop of the client or without', async () => {
    expect((await post({ account: 'paper', instrument: 'US500', strategy: 'technical' })).status).toBe(201);
    const own = await post({
      account: 'paper',
      instrument: 'SIM',
      strategy: 'technical',
      stopPrice: '90',
      trailing: { amount: '1.5' },
    });
    expect(own.status).toBe(201);
    // SIM is always open: a day later.
    expect(own.body).toMatchObject({ validUntil: '2017-06-15T12:30:00.000Z', spec: { trailing: { amount: '1.5' } } });
  });

  it('keeps a resting entry good till cancelled', async () => {
    const response = await post({ ...manual, entry: { type: 'limit', price: '2420' } });
    expect(response.body).toMatchObject({ spec: { timeInForce: 'GTC', entry: { type: 'limit', price: '2420' } } });
  });

  it('answers 202 with phase accepted while Temporal is down; the row is there', async () => {
    test.trades.startAnswer = { kind: 'unreachable' };
    const response = await post(manual, 'later');
    expect(response.status).toBe(202);
    expectContract('startTrade', response);
    expect(response.body).toMatchObject({ id: 'paper:later', phase: 'accepted', runId: null });
  });

  it('answers 202 when starting the workflow fails in any other way', async () => {
    jest.spyOn(test.trades, 'start').mockRejectedValueOnce(new Error('boom'));
    expect((await post(manual)).status).toBe(202);
  });
});

describe('repeating a request', () => {
  it('gives 200 with the same trade, whatever the order of its fields, also after it closed', async () => {
    await post(manual, 'same');
    const reversed = Object.fromEntries(Object.entries(manual).reverse());
    const again = await post(reversed, 'same');
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ id: 'paper:same' });
    await db.database.query(`SELECT end_trade('paper:same', '{"outcome": "cancelled"}')`);
    const closed = await post(manual, 'same');
    expect(closed.status).toBe(200);
    expect(closed.body).toMatchObject({ id: 'paper:same', phase: 'ended', outcome: 'cancelled', possibleActions: [] });
  });

  it('gives 200 also when its validUntil has passed meanwhile', async () => {
    const body = { ...manual, validUntil: '2017-06-14T13:00:00Z' };
    expect((await post(body, 'short-lived')).status).toBe(201);
    await db.database.query(`UPDATE account_clocks SET market_time = '2017-06-14T15:00:00Z'`);
    expect((await post(body, 'short-lived')).status).toBe(200);
    expect((await post(body)).body).toMatchObject({
      code: 'invalid_request',
      errors: [{ field: 'validUntil', rule: 'future' }],
    });
    await db.database.query(`UPDATE account_clocks SET market_time = '2017-06-14T12:30:00Z'`);
  });

  it('with another body is a conflict', async () => {
    await post(manual, 'conflict');
    const other = await post({ ...manual, stopPrice: '2401' }, 'conflict');
    expect(other.status).toBe(409);
    expectContract('startTrade', other);
    expect(other.body).toMatchObject({ code: 'idempotency_conflict' });
  });

  it('starts one trade when it comes twenty times at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(manual, 'crowd')));
    expect(answers.map((answer) => answer.status).sort()).toEqual([...Array<number>(19).fill(200), 201]);
    expect(new Set(answers.map((answer) => (answer.body as { id: string }).id))).toEqual(new Set(['paper:crowd']));
  });
});

describe('a halt', () => {
  it('of a scope of the trade refuses it with 409 and stores nothing', async () => {
    await db.database.query(`SELECT engage_halt('strategy:manual', 'reduce-only', false, 'test', 'test')`);
    expect(await problem(manual)).toMatchObject({ code: 'halted', status: 409, scope: 'strategy:manual' });
    await db.database.query(`SELECT release_halt('strategy:manual')`);
    expect((await post(manual)).status).toBe(201);
  });
});

describe('reading trades', () => {
  it('lists them with filters and pages', async () => {
    const id = await storeTrade(db.database, 'listed', { instrument: 'USCOMP' });
    const list = await test.as('viewer').get('/v1/trades?instrument=USCOMP&phase=accepted&attention=false&limit=5');
    expect(list.status).toBe(200);
    expectContract('listTrades', list);
    expect(list.body).toMatchObject({ items: [{ id }], nextCursor: null });
    const first = await test.as('viewer').get('/v1/trades?limit=1&account=paper&strategy=manual');
    const { items, nextCursor } = first.body as { items: { id: string }[]; nextCursor: string };
    const second = await test.as('viewer').get(`/v1/trades?limit=1&account=paper&strategy=manual&cursor=${nextCursor}`);
    expect((second.body as { items: { id: string }[] }).items[0]?.id).not.toBe(items[0]?.id);
    const none = await test.as('viewer').get('/v1/trades?outcome=completed&attention=true');
    expect(none.body).toEqual({ items: [], nextCursor: null });
  });

  it.each([
    ['limit=0', 'limit', 'range'],
    ['limit=5000', 'limit', 'range'],
    ['phase=sleeping', 'phase', 'one_of'],
    ['colour=red', 'colour', 'unknown_field'],
    [`account=${'x'.repeat(65)}`, 'account', 'length'],
    ['account=%00', 'account', 'text'],
  ])('refuses the query %s', async (query, field, rule) => {
    const response = await test.as('viewer').get(`/v1/trades?${query}`);
    expect(response.status).toBe(422);
    expect(response.body).toMatchObject({ code: 'invalid_request', errors: [{ field, rule }] });
  });

  it('refuses a cursor that is none with 400', async () => {
    const response = await test.as('viewer').get('/v1/trades?cursor=abc');
    expect(response.body).toMatchObject({ status: 400, code: 'invalid_cursor', errors: [{ field: 'cursor' }] });
    expectContract('listTrades', response);
  });

  it('shows one with its orders and fills, and its history', async () => {
    const id = await storeTrade(db.database, 'shown');
    await storeFilledEntry(db.database, id, 'a'.repeat(32));
    const shown = await test.as('viewer').get(`/v1/trades/${id}`);
    expectContract('showTrade', shown);
    expect(shown.body).toMatchObject({
      id,
      position: '2',
      orders: [{ leg: 'entry' }],
      fills: [{ leg: 'entry', price: '2430.5' }],
    });
    const history = await test.as('viewer').get(`/v1/trades/${id}/timeline`);
    expectContract('showTimeline', history);
    expect(history.body).toMatchObject({ items: [{ kind: 'phase', name: 'accepted' }], nextCursor: null });
  });

  it.each(['paper:nothing', 'nonsense', '%00', 'paper:%E2%82%AC'])('finds no trade %s', async (id) => {
    for (const path of [`/v1/trades/${id}`, `/v1/trades/${id}/timeline`]) {
      const response = await test.as('viewer').get(path);
      expect(response.status).toBe(404);
      expect(response.body).toMatchObject({ code: 'not_found' });
    }
  });
});
