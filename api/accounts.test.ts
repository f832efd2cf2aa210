import {
  createSeededDatabase,
  storeFilledEntry,
  storeTrade,
  REPLAY_START,
  type SeededDatabase,
} from '../tests/support/seeded-database';
import { expectContract, openTestApi, type TestApi } from '../tests/support/api';

let db: SeededDatabase;
let test: TestApi;
beforeAll(async () => {
  db = await createSeededDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  test = await openTestApi(db.url);
});
afterEach(() => test.close());

describe('the clock of a paper account', () => {
  const move = (body: object) => test.as('admin').post('/v1/accounts/paper/clock').send(body);

  it('moves forward, never back, and is reset to its start', async () => {
    const moved = await move({ to: '2017-07-03T13:00:00Z' });
    expect(moved.status).toBe(200);
    expectContract('moveClock', moved);
    expect(moved.body).toMatchObject({ marketTime: '2017-07-03T13:00:00.000Z' });
    expect((await move({ to: '2017-07-02T13:00:00Z' })).body).toMatchObject({ status: 409, code: 'clock_goes_back' });
    expect((await move({ reset: true })).body).toMatchObject({ marketTime: REPLAY_START });
  });

  it('stays while a trade is open, and where it is the real one', async () => {
    const id = await storeTrade(db.database, 'open');
    expect((await move({ reset: true })).body).toMatchObject({ status: 409, code: 'account_not_flat' });
    await db.database.query('SELECT end_trade($1, $2)', [id, '{"outcome": "cancelled"}']);
    await db.database.query(`UPDATE account_clocks SET kind = 'live'`);
    expect((await move({ reset: true })).body).toMatchObject({ status: 409, code: 'clock_is_live' });
    await db.database.query(`UPDATE account_clocks SET kind = 'replay'`);
  });

  it.each([[{}], [{ to: 'tomorrow' }], [{ reset: false }], [{ to: '2017-07-03T13:00:00Z', reset: true }]])(
    'does not take %j',
    async (body) => {
      const response = await move(body);
      expect(response.status).toBe(422);
      expectContract('moveClock', response);
    },
  );
});

describe('accounts', () => {
  it('are listed and shown with cash, equity, positions, clock and policy', async () => {
    await storeFilledEntry(db.database, await storeTrade(db.database, 'first'), 'a'.repeat(32));
    const list = await test.as('viewer').get('/v1/accounts');
    expectContract('listAccounts', list);
    expect(list.body).toMatchObject({
      items: [{ name: 'paper', cash: '95134.139', equity: '99995.139', openTrades: 1 }],
    });
    const shown = await test.as('viewer').get('/v1/accounts/paper');
    expectContract('showAccount', shown);
    expect(shown.body).toMatchObject({
      openingCash: '100000',
      policy: { maxLeverage: '3' },
      positions: [{ instrument: 'US500', quantity: '2', value: '4861' }],
      clock: { kind: 'replay', marketTime: REPLAY_START, running: false },
    });
  });

  it.each(['nobody', '%00', 'UPPER'])('are not found by the name %s', async (name) => {
    expect((await test.as('viewer').get(`/v1/accounts/${name}`)).status).toBe(404);
    expect((await test.as('admin').post(`/v1/accounts/${name}/clock`).send({ reset: true })).status).toBe(404);
  });
});

describe('instruments', () => {
  it('are listed with what they are', async () => {
    const list = await test.as('viewer').get('/v1/instruments');
    expectContract('listInstruments', list);
    expect(list.body).toMatchObject({
      items: [
        { id: 'SIM' },
        { id: 'SIMF', lot: '1', future: { multiplier: '50', lastTradingDay: '2099-12-31' } },
        { id: 'US500', tick: '0.01', lastBar: '2020-04-17' },
        { id: 'USCOMP' },
      ],
    });
  });
});

describe('orders', () => {
  it('are listed with filters and shown with their attempts', async () => {
    const id = await storeTrade(db.database, 'second');
    await storeFilledEntry(db.database, id, 'c'.repeat(32));
    const list = await test
      .as('viewer')
      .get(`/v1/orders?trade=${encodeURIComponent(id)}&account=paper&instrument=US500&state=filled&limit=3`);
    expectContract('listOrders', list);
    expect(list.body).toMatchObject({ items: [{ clientOrderId: 'c'.repeat(32), leg: 'entry' }], nextCursor: null });
    const shown = await test.as('viewer').get(`/v1/orders/${'c'.repeat(32)}`);
    expectContract('showOrder', shown);
    expect(shown.body).toMatchObject({
      tries: [{ n: 1 }, { n: 2 }],
      lookups: [{ result: 'not-found' }],
      fills: [{ price: '2430.5' }],
    });
    expect(JSON.stringify(shown.body)).not.toContain('secret-owner-token');
  });

  it.each(['b'.repeat(32), 'x', '%00'])('are not found by the id %s', async (id) => {
    expect((await test.as('viewer').get(`/v1/orders/${id}`)).status).toBe(404);
  });
});
